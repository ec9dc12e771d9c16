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
 * `GET /ws/bus`: new actions as they arrive (specification: WebSocket bus). The token is looked at before the handshake, but a
 * bad one is told after it, as the network does: a browser sees close codes, and no status.
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
  /** What was found out before the handshake, for the handler after it. */
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

  // In a scope of its own: the plugin would wrap every route that is added next to it.
  await app.register(async (scope) => {
    await scope.register(websocket, {
      options: {
        // It only listens there for upgrades, which is all that it is shown.
        server: upgradeGate(scope, BUS_PATH) as never,
        maxPayload: limits.frame,
        closeTimeout: limits.closing,
      } as object,
      // A frame that breaks the rules: `ws` has closed with the fitting code by now.
      errorHandler: (_error, socket) => socket.close(),
      preClose: (done) => void hub.close().then(() => done(), done),
    });
    // Without a listener `ws` answers in HTML.
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
      config: { rateClass: 'read' },
      preHandler: decide,
      handler: () => {}, // Never reached: `decide` refuses what is no upgrade.
      wsHandler: open,
    });
  });
}

/** The line in the access log, once it is over: the answer was the WebSocket server's, and no hook sees it. */
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

/** In the query the token would be in the log of whatever stands in front: the header counts when both are there. */
function tokenOf({ headers: { authorization }, query }: BusRequest): string | undefined {
  if (authorization === undefined) return query.token;
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}
