/** The WebSocket route. */
import type { Socket } from 'node:net';
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import type { CloseReason } from '../bus/close-codes.ts';
import { createHub, type SignedIn } from '../bus/hub.ts';
import { BUS_PATH, signIn } from '../bus/sign-in.ts';
import { upgradeGate } from '../bus/upgrade-gate.ts';
import { BUS_LIMITS } from '../context/bus-limits.ts';
import type { ServerDeps } from '../context/deps.ts';
import { badRequest } from '../http/request-error.ts';
import { BAD_HANDSHAKE, refuseConnection } from '../plugins/malformed-http.ts';
import { NOTHING, SIGNED_IN } from '../schemas/answers.ts';
import { busQuerySchema } from '../schemas/bus.ts';
import type { Tenants } from '../tenants/tenants.ts';

type BusRequest = FastifyRequest<{ Querystring: Static<typeof busQuerySchema> }>;

/**
 * `GET /ws/bus`: sends new actions as they arrive (specification: WebSocket bus). The token is checked before the handshake. A
 * bad token closes the socket after the handshake, as on the network: a browser sees close codes, but no HTTP status.
 */
export async function busRoute(app: FastifyInstance, deps: ServerDeps, tenants: Tenants): Promise<void> {
  const { default: websocket } = await import('@fastify/websocket');
  const limits = { ...BUS_LIMITS, ...deps.bus };
  const hub = createHub({
    ...deps,
    identities: deps.identities,
    limits,
    defaultVisibility: () => deps.inbox.policy().defaultVisibility,
    identityOf: async (idTag) => (await tenants.byHost(idTagToAscii(idTag)))?.identity ?? null,
  });
  /** The result of the sign-in before the handshake, for the handler after it. */
  const decisions = new WeakMap<object, SignedIn | CloseReason>();

  async function decide(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!request.ws) {
      reply.header('sec-websocket-version', '13');
      throw badRequest('This is a WebSocket: ask for the upgrade', 'request.upgrade');
    }
    const { clientAddress: address } = request;
    const tenant = request.tenant.idTag;
    const decision = await signIn(deps, tenant, tokenOf(request as BusRequest));
    hub.admit({ tenant, address });
    decisions.set(request.raw, typeof decision === 'string' ? decision : { ...decision, tenant, address });
  }

  function open(socket: WebSocket, request: FastifyRequest): void {
    logSocket(deps, socket, request);
    const decision = decisions.get(request.raw) ?? 'internal';
    const admission = { tenant: request.tenant.idTag, address: request.clientAddress };
    if (typeof decision === 'string') hub.refuse(socket, admission, decision);
    else hub.listen(socket, decision);
  }

  // A scope of its own, because the plugin would wrap every route beside it.
  await app.register(async (scope) => {
    await scope.register(websocket, {
      options: {
        // The plugin only listens for upgrades, so it gets an emitter of those.
        server: upgradeGate(scope, BUS_PATH) as never,
        maxPayload: limits.frame,
        closeTimeout: limits.closing,
      } as object,
      // The frame breaks the protocol: `ws` has closed the socket with the right code by now.
      errorHandler: (_error, socket) => socket.close(),
      preClose: (done) => void hub.close().then(() => done(), done),
    });
    // Without this listener `ws` answers in HTML.
    scope.websocketServer.on('wsClientError', ({ message }, socket) =>
      refuseConnection(Object.assign(new Error(message), { code: BAD_HANDSHAKE }), socket as Socket),
    );
    scope.route({
      method: 'GET',
      url: BUS_PATH,
      exposeHeadRoute: false,
      schema: {
        summary: 'WebSocket: new actions as they arrive (docs/live.md)',
        security: SIGNED_IN,
        querystring: busQuerySchema,
        response: { 101: NOTHING },
      },
      config: { rateClass: 'read', calledByPeers: true },
      preHandler: decide,
      handler: () => {}, // It is never reached: `decide` refuses requests without an upgrade.
      wsHandler: open,
    });
  });
}

/** Writes the access-log line when the connection ends. The WebSocket server sent the answer, so no hook of Fastify runs. */
function logSocket(
  { log }: ServerDeps,
  socket: WebSocket,
  { id: reqId, clientAddress: ip, tenant: { idTag: tenant } }: FastifyRequest,
) {
  const opened = performance.now();
  socket.once('close', (close) => {
    const ms = Math.round(performance.now() - opened);
    log('info', 'request', { method: 'GET', path: BUS_PATH, status: 101, ms, ip, reqId, tenant, close });
  });
}

/**
 * The token of the request. A token in the query would be in the log of a proxy in front, so the header wins when both are there.
 */
function tokenOf({ headers: { authorization }, query }: BusRequest): string | undefined {
  if (authorization === undefined) return query.token;
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}
