/** Limits the header lines of a request. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CloudilloError } from '../../protocol/errors.ts';
import { badRequest } from '../http/request-error.ts';

/** Browsers behind several proxies send a few dozen lines. */
const MAX_HEADERS = 200;

/**
 * Makes Node keep all header lines within its limit of bytes, so that they can be counted. It silently drops those after the thousandth,
 * where a second `Host` or `Content-Length` could hide.
 */
export function countAllHeaders({ server }: FastifyInstance): void {
  server.maxHeadersCount = 0;
}

/** The refusal of a request with too many header lines; null: it has not too many. */
export function tooManyHeaders({ raw }: FastifyRequest, reply: FastifyReply): CloudilloError | null {
  if (raw.rawHeaders.length / 2 <= MAX_HEADERS) return null;
  reply.header('connection', 'close');
  return badRequest(`A request has at most ${MAX_HEADERS} header lines`, 'request.headers');
}
