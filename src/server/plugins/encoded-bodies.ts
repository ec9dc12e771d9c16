import type { FastifyInstance } from 'fastify';
import { badRequest } from '../request-error.ts';

/**
 * Refuses a body that is compressed: nobody unpacks it, and an upload would be kept as what it isn't. 415 for its content (RFC 9110,
 * 15.5.16), 501 for how it is transferred (RFC 9112, 6.1), of which Node looks at the chunks only.
 */
export function refuseEncodedBodies(app: FastifyInstance): void {
  app.addHook('onRequest', ({ headers }, reply, done) => {
    const { 'content-encoding': content = 'identity', 'transfer-encoding': transfer = 'chunked' } = headers;
    if (transfer.toLowerCase() !== 'chunked') {
      return done(
        badRequest('The body has to come as it is or in chunks: no other Transfer-Encoding', { status: 501 }),
      );
    }
    if (content.toLowerCase() === 'identity') return done();
    reply.header('accept-encoding', 'identity');
    done(badRequest('The body has to come as it is, without Content-Encoding', { status: 415 }));
  });
}
