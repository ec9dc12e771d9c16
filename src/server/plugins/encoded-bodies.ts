import type { FastifyInstance } from 'fastify';
import { badRequest } from '../http/request-error.ts';

/**
 * Refuses a body that is compressed: nobody unpacks it, and an upload would be kept as what it isn't. 415 for its content (RFC 9110,
 * 15.5.16), 501 for how it is transferred (RFC 9112, 6.1), of which Node looks at the chunks only. HTTP/1.0 has no chunks: a proxy
 * that speaks it may see the end of such a body elsewhere, so that nothing behind it is read.
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
