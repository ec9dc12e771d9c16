/** The access log. */
import type { FastifyInstance } from 'fastify';
import type { Log } from '../../services/runtime/deps.ts';

/** Logs one line for each request, with the reason of a refusal. Query strings and headers carry tokens and are not logged. */
export function logRequests(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method, id: reqId, clientAddress: ip } = request;
    const path = request.url.split('?', 1)[0];
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const refusal = request.refusal && { refusal: request.refusal };
    const tenant = request.tenant?.idTag;
    log('info', 'request', { method, path, status: reply.statusCode, ms, ip, reqId, tenant, ...refusal });
    done();
  });
}
