/** The errors for refusals of a certificate authority. */
import type { ErrorCode } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { PeerResponse } from '../http/peer-response.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { excerpt } from '../http/text-excerpt.ts';
import { type Problem, problemIn } from './acme-answer.ts';

/** The kinds of problems (RFC 8555, section 6.7) that need something else than the next attempt. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  rateLimited: 'acme.limited',
  userActionRequired: 'acme.terms',
  accountDoesNotExist: 'acme.account',
  externalAccountRequired: 'acme.account',
  invalidContact: 'acme.account',
  unsupportedContact: 'acme.account',
  unauthorized: 'acme.account',
};

/** The error for an answer that is no success. @param now unix milliseconds */
export function acmeRefusal(response: PeerResponse, now: number): CloudilloError {
  const { status, body, url, headers } = response;
  const { host, pathname } = new URL(url);
  const problem = problemOf(body);
  const retryAfter = parseRetryAfter(headers['retry-after'] ?? null, now);
  const code = status === 429 ? 'acme.limited' : ((problem && CODES[problem.type]) ?? 'acme.refused');
  const said = problem ? `${problem.type}: ${problem.detail}` : excerpt(body.toString('utf8').slice(0, 2_000));
  return new CloudilloError(code, `${host} answered ${status} to ${pathname}${said && `: ${said}`}`, {
    stage: 'response',
    retryable: status >= 500 || code === 'acme.limited',
    ...(retryAfter !== undefined && { retryAfter, retryAt: now + retryAfter * 1000 }),
    details: { host, path: pathname, status, ...(problem && { problem: problem.type }) },
  });
}

/** The kind of the problem that an error came from; null: it has none. */
export function problemType(error: unknown): string | null {
  const type = error instanceof CloudilloError ? error.details?.['problem'] : undefined;
  return typeof type === 'string' ? type : null;
}

function problemOf(body: Buffer): Problem | null {
  try {
    return problemIn(JSON.parse(body.toString('utf8')));
  } catch {
    return null;
  }
}
