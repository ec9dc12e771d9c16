import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Envelope, success } from '../../protocol/envelope.ts';

/** What every JSON answer says of caching: profiles and lists change under the reader. */
export const JSON_CACHE_CONTROL = 'no-store, no-cache';

/** Adds `reply.data` (in the envelope) and `reply.json` (as it is). */
export function decorateReplies(app: FastifyInstance, clock: () => number): void {
  app.decorateReply('json', function json(this: FastifyReply, value: unknown) {
    return sendJson(this, JSON.stringify(value));
  });
  app.decorateReply(
    'data',
    function data(this: FastifyReply, value: unknown, page?: Pick<Envelope, 'cursorPagination'>) {
      const envelope = success(value, { now: new Date(clock()), reqId: this.request.id }, page);
      return sendJson(this, JSON.stringify(envelope));
    },
  );
}

/**
 * Sends text that is JSON already. A serializer that does nothing keeps Fastify from adding `; charset=utf-8`, which the
 * network's answers don't have.
 */
export function sendJson(reply: FastifyReply, json: string, cacheControl = JSON_CACHE_CONTROL): FastifyReply {
  return reply
    .serializer(asIs)
    .header('content-type', 'application/json')
    .header('cache-control', cacheControl)
    .send(json);
}

function asIs(json: string): string {
  return json;
}
