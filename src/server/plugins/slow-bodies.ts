import type { FastifyInstance } from 'fastify';
import { refuseConnection } from './malformed-http.ts';

/**
 * Ends requests whose body takes longer than `ms`, except where a long one is expected (`longBody`). Node has one limit for all
 * of a server's requests; that one has to let uploads pass.
 */
export function limitBodyTime(app: FastifyInstance, ms: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
    const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
    if (!hasBody || raw.complete || request.routeOptions.config.longBody === true) return done();
    const timer = setTimeout(() => {
      if (raw.complete) return;
      refuseConnection({ name: '', message: '', code: 'ERR_HTTP_REQUEST_TIMEOUT' }, raw.socket, reply.raw);
    }, ms).unref();
    const clear = () => clearTimeout(timer);
    raw.once('end', clear).once('close', clear);
    done();
  });
}
