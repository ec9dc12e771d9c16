/** Makes a span of each request that is answered. */
import type { FastifyInstance } from 'fastify';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { tracePlace } from '../../services/tracing/traceparent.ts';

/**
 * Observes each request. The `traceparent` of a stranger is only a link: neither is our trace a part of theirs, nor do they decide
 * whether it is kept. A request that becomes a WebSocket isn't observed.
 */
export function traceRequests(app: FastifyInstance, observer: Observer): void {
  app.decorateRequest('span', null);
  if (observer === NOBODY) return;
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers.upgrade !== undefined) return done();
    const { method } = request;
    const route = request.routeOptions.url;
    const span = observer.begin(route === undefined ? method : `${method} ${route}`, undefined, { kind: 'server' });
    if (!span) return done();
    request.span = span;
    span.fact('http.request.method', method);
    if (route !== undefined) span.fact('http.route', route);
    span.fact('url.path', request.url.split('?', 1)[0] ?? '');
    span.fact('client.address', request.clientAddress);
    span.fact('cloudillo.request', request.id);
    const stranger = request.headers['traceparent'];
    if (typeof stranger === 'string' && tracePlace(stranger)) span.link(stranger);
    span.run(done);
  });
  // The body came in by events of the connection, which began before the span.
  app.addHook('preValidation', ({ span }, _reply, done) => {
    if (span) span.run(done);
    else done();
  });
  app.addHook('onResponse', ({ span, tenant, refusal }, reply, done) => {
    if (span) {
      span.fact('http.response.status_code', reply.statusCode);
      if (tenant) span.fact('cloudillo.tenant', tenant.idTag);
      // A refusal is the caller's error, not ours: by OpenTelemetry's conventions such a span hasn't failed.
      if (refusal) span.fact('cloudillo.refusal', refusal.code);
      span.end(reply.statusCode >= 500 ? { code: refusal?.code ?? `${reply.statusCode}` } : undefined);
    }
    done();
  });
}
