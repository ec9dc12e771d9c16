/** Refuses request bodies by what the head of the request says of them. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CloudilloError } from '../../protocol/errors.ts';
import { badRequest } from '../http/request-error.ts';
import { type BodyDeps, isUnlimited, limitsOf, tooLarge } from './json-body.ts';

/** Refuses a body that is encoded, or longer than the caller may send. Call it when the tenant is known. */
export function refuseStatedBodies(app: FastifyInstance, deps: BodyDeps): void {
  app.addHook('onRequest', (request, reply, done) => {
    const refusal = encodingRefusal(request, reply);
    const stated = request.headers['content-length'];
    if (refusal || stated === undefined) return done(refusal ?? undefined);
    const { bytes } = limitsOf(request);
    if (Number(stated) <= bytes || request.routeOptions.config.longBody === true) return done();
    isUnlimited(deps, request).then((unlimited) => {
      if (unlimited) return done();
      // The client is going to send all of it.
      reply.header('connection', 'close');
      done(tooLarge(bytes));
    }, done);
  });
}

/**
 * The refusal of a compressed body; null: it isn't compressed. This server unpacks none, and an upload would be stored in its compressed form. The status is 415
 * for a content encoding (RFC 9110, 15.5.16) and 501 for a transfer encoding (RFC 9112, 6.1), of which Node handles chunks only.
 * HTTP/1.0 has no chunks: a proxy of that version may see the end of such a body elsewhere, so nothing behind it is read.
 */
function encodingRefusal({ headers, raw }: FastifyRequest, reply: FastifyReply): CloudilloError | null {
  const { 'content-encoding': content, 'transfer-encoding': transfer } = headers;
  if (transfer !== undefined && raw.httpVersion === '1.0') {
    reply.header('connection', 'close');
    return badRequest('HTTP/1.0 has no Transfer-Encoding');
  }
  if (transfer !== undefined && transfer.toLowerCase() !== 'chunked') {
    return badRequest(
      'The body has to come as it is or in chunks: no other Transfer-Encoding',
      'request.transfer-encoding',
    );
  }
  if (content === undefined || content.toLowerCase() === 'identity') return null;
  reply.header('accept-encoding', 'identity');
  return badRequest('The body has to come as it is, without Content-Encoding', 'request.media-type');
}
