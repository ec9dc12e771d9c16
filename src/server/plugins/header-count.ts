/** Limits the header lines of a request. */
import type { FastifyInstance } from 'fastify';
import { badRequest } from '../http/request-error.ts';

/** Browsers behind several proxies send a few dozen lines. */
const MAX_HEADERS = 200;

/**
 * Refuses a request with too many header lines. Node silently drops those after the thousandth, where a second `Host` or
 * `Content-Length` could hide. Here Node keeps all of them, within its limit of bytes, so that they are counted.
 */
export function limitHeaders(app: FastifyInstance): void {
  app.server.maxHeadersCount = 0;
  app.addHook('onRequest', ({ raw }, reply, done) => {
    if (raw.rawHeaders.length / 2 <= MAX_HEADERS) return done();
    reply.header('connection', 'close');
    done(badRequest(`A request has at most ${MAX_HEADERS} header lines`, 'request.headers'));
  });
}
