/** The methods by which routes send JSON. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Envelope, success } from '../../protocol/envelope.ts';

/** The cache headers of JSON answers: profiles and lists change at any time. */
export const JSON_CACHE_CONTROL = 'no-store, no-cache';
/** Bytes of one write. Node doesn't report progress within a write over TLS, and a slow reader would look like a stalled one. */
const PIECE = 256 * 1024;

/** Adds `reply.data` (in the envelope) and `reply.json` (without it). */
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
 * Sends text that is JSON already. The serializer does nothing, so that Fastify doesn't add `; charset=utf-8`, which the
 * network's answers don't have.
 */
export function sendJson(reply: FastifyReply, json: string, cacheControl = JSON_CACHE_CONTROL): FastifyReply {
  reply.header('content-type', 'application/json').header('cache-control', cacheControl);
  if (json.length <= PIECE) return reply.serializer(asIs).send(json);
  const bytes = Buffer.from(json);
  return reply.header('content-length', String(bytes.length)).send(Readable.from(pieces(bytes)));
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += PIECE) yield bytes.subarray(start, start + PIECE);
}

function asIs(json: string): string {
  return json;
}
