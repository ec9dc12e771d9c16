/** Request IDs. */
import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const ACCEPTED = /^[A-Za-z0-9_.-]{1,64}$/;
const BYTES = 6;
/** Bytes that are drawn at once. Six random bytes cost the system as much as a few thousand. */
const POOL = BYTES * 512;

/**
 * Makes request IDs: the caller's `X-Request-ID` when it is harmless in a log and a header, else a new one (specification:
 * Envelope and errors).
 */
export function createRequestIds(): (request: Pick<IncomingMessage, 'headers'>) => string {
  const pool = Buffer.alloc(POOL);
  let used = POOL;
  return (request) => {
    const given = request.headers['x-request-id'];
    if (typeof given === 'string' && ACCEPTED.test(given)) return given;
    if (used === POOL) {
      randomFillSync(pool);
      used = 0;
    }
    used += BYTES;
    return pool.toString('base64url', used - BYTES, used);
  };
}
