/** Limits the time that a request body may take. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuseConnection } from './malformed-http.ts';

/**
 * Ends a request whose body takes longer than `ms`. For a route with long bodies (`longBody`) the time starts when the request
 * was answered, as a refused one is. Node has one limit for all requests of a server, and that one has to let uploads pass.
 */
export function limitBodyTime(request: FastifyRequest, reply: FastifyReply, ms: number): void {
  const { raw } = request;
  // A request without either header has no body (RFC 9112, 6.3).
  if (raw.headers['content-length'] === undefined && raw.headers['transfer-encoding'] === undefined) return;
  const start = () => {
    if (raw.complete || raw.destroyed) return;
    const timer = setTimeout(() => {
      if (raw.complete) return;
      if (reply.raw.writableFinished) return void raw.destroy();
      const error = Object.assign(new Error('The body came too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      refuseConnection(error, raw.socket, reply.raw);
    }, ms).unref();
    const clear = () => clearTimeout(timer);
    raw.once('end', clear).once('close', clear);
  };
  if (request.routeOptions.config.longBody === true) reply.raw.once('finish', start);
  // The parser is at the end of the head: the bytes that came with it are read by then.
  else setImmediate(start);
}
