/** Cross-origin requests of browsers. */
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The headers that an answer to a browser depends on. The network sends this with every answer. */
const VARY = 'origin, access-control-request-method, access-control-request-headers';
const METHODS = 'GET, HEAD, POST, PATCH, DELETE, OPTIONS';
const EXPOSED =
  'accept-ranges, content-range, etag, retry-after, x-cloudillo-ignored, x-cloudillo-variant, x-cloudillo-variants, x-request-id';
const PREFLIGHT_SECONDS = '3600';

/**
 * Lets browsers call from any origin. No cookie authorises anything here, so a foreign page can do no more with a visitor's
 * browser than by itself.
 */
export function openToBrowsers({ headers: { origin } }: FastifyRequest, reply: FastifyReply): void {
  reply
    .header('vary', VARY)
    .header('access-control-allow-credentials', 'true')
    .header('x-content-type-options', 'nosniff');
  if (origin !== undefined) {
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', EXPOSED);
  }
}

/** Whether a browser asks what it may send. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** Answers a browser that it may send anything. */
export function answerPreflight({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .header('access-control-allow-methods', METHODS)
    .header('access-control-allow-headers', headers['access-control-request-headers'] ?? '')
    .header('access-control-max-age', PREFLIGHT_SECONDS)
    .code(204)
    .send();
}
