import { EventEmitter } from 'node:events';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pathOfTarget } from '../http/request-target.ts';
import { afterAnswers, refuseConnection } from '../plugins/malformed-http.ts';

/** What the WebSocket server speaks. Who asks for another is told so in HTTP (RFC 6455, 4.4). */
const VERSIONS = new Set(['13', '8']);

/**
 * Lets through to the WebSocket server only what asks for one at `path`. Node takes every request with `Upgrade` out of
 * HTTP's hands once a server listens for any: the others (a client that offers h2c, which some always do) are answered as if
 * they hadn't asked, on a connection that closes. One with a body can't be: nobody would read it, and it would wait for ever.
 */
export function upgradeGate(app: FastifyInstance, path: string): EventEmitter {
  const gate = new EventEmitter();
  const sockets = new WeakMap<IncomingMessage, Socket>();
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (asksForWebSocket(request, path)) {
      sockets.set(request, socket);
      afterAnswers(socket, () => gate.emit('upgrade', request, socket, head));
    } else if (hasBody(request)) refuseConnection(new Error('An upgrade with a body'), socket);
    else afterAnswers(socket, () => answerPlainly(app, request, socket));
  });
  // Refused in HTTP (no such identity, too many): nobody reads a further request from that socket.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (sockets.has(request.raw)) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    sockets.get(request.raw)?.destroySoon();
    done();
  });
  return gate;
}

function asksForWebSocket({ method, url = '', headers }: IncomingMessage, path: string): boolean {
  const { upgrade, 'sec-websocket-version': version } = headers;
  const isWebSocket = upgrade?.toLowerCase() === 'websocket' && VERSIONS.has(version ?? '');
  return method === 'GET' && isWebSocket && pathOfTarget(url) === path;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function answerPlainly(app: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  app.routing(request, response);
}
