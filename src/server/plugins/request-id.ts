/** Request IDs. */
import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const ACCEPTED = /^[A-Za-z0-9_.-]{1,64}$/;
/** Of an ID: six bytes in base64. */
const LENGTH = 8;
/** Random bytes that are drawn at once, for 512 IDs. Six cost the system as much as a few thousand. */
const POOL = 6 * 512;

/**
 * Makes request IDs: the caller's `X-Request-ID` when it is harmless in a log and a header, else a new one (specification:
 * Envelope and errors).
 */
export function createRequestIds(): (request: Pick<IncomingMessage, 'headers'>) => string {
  const pool = Buffer.alloc(POOL);
  let made = '';
  let used = 0;
  return (request) => {
    const given = request.headers['x-request-id'];
    if (typeof given === 'string' && ACCEPTED.test(given)) return given;
    if (used === made.length) {
      made = randomFillSync(pool).toString('base64url');
      used = 0;
    }
    used += LENGTH;
    return made.slice(used - LENGTH, used);
  };
}
