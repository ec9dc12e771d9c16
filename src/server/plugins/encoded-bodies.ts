/** Refuses compressed request bodies. */
import type { FastifyInstance } from 'fastify';
import { badRequest } from '../http/request-error.ts';

/**
 * Refuses a compressed body. This server unpacks none, and an upload would be stored in its compressed form. The status is 415
 * for a content encoding (RFC 9110, 15.5.16) and 501 for a transfer encoding (RFC 9112, 6.1), of which Node handles chunks only.
 * HTTP/1.0 has no chunks: a proxy of that version may see the end of such a body elsewhere, so nothing behind it is read.
 */
export function refuseEncodedBodies(app: FastifyInstance): void {
  app.addHook('onRequest', ({ headers, raw }, reply, done) => {
    const { 'content-encoding': content = 'identity', 'transfer-encoding': transfer } = headers;
    if (transfer !== undefined && raw.httpVersion === '1.0') {
      reply.header('connection', 'close');
      return done(badRequest('HTTP/1.0 has no Transfer-Encoding'));
    }
    if (transfer !== undefined && transfer.toLowerCase() !== 'chunked') {
      return done(
        badRequest(
          'The body has to come as it is or in chunks: no other Transfer-Encoding',
          'request.transfer-encoding',
        ),
      );
    }
    if (content.toLowerCase() === 'identity') return done();
    reply.header('accept-encoding', 'identity');
    done(badRequest('The body has to come as it is, without Content-Encoding', 'request.media-type'));
  });
}
