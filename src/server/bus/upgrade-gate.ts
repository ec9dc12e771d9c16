/** Hands WebSocket upgrades to the WebSocket server, and everything else to HTTP. */
import { EventEmitter } from 'node:events';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pathOfTarget } from '../http/request-target.ts';
import { rememberAnswer } from '../plugins/last-answer.ts';
import { afterAnswers, refuseConnection } from '../plugins/malformed-http.ts';

/** The versions that the WebSocket server speaks. A request for another version is answered in HTTP (RFC 6455, 4.4). */
const VERSIONS = new Set(['13', '8']);

/**
 * Emits only the upgrades that ask for a WebSocket at `path`. Once a server listens for upgrades, Node takes every request with
 * `Upgrade` out of HTTP. The others (a client that offers h2c, which some always do) are answered as if they hadn't asked, and
 * their connection is closed. A request with a body is refused, because nobody would read the body.
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
  // The upgrade was refused in HTTP: nobody reads a further request from that socket.
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
  rememberAnswer(request, response);
  // Node no longer listens to a socket that asked for an upgrade. Without `drain` a large answer would stop in the middle.
  socket.on('drain', () => response.emit('drain'));
  socket.on('timeout', () => app.server.emit('timeout', socket));
  response.once('finish', () => socket.destroySoon());
  app.routing(request, response);
}
