import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const ACCEPTED = /^[A-Za-z0-9_.-]{1,64}$/;

/** The caller's `X-Request-ID` when it is harmless in a log and a header, else a new one (PROTOCOL.md, Envelope). */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : randomBytes(6).toString('base64url');
}
