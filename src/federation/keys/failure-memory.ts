/** Remembers failed key requests for a while. */
import type { Clock } from '../../protocol/clock.ts';
import type { ErrorCode } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject, errorFromObject, errorToObject } from '../../protocol/errors.ts';
import { timeSpan } from '../../protocol/reason-text.ts';
import { isLocalFailure } from '../http/network-failure.ts';
import { boundedCache, textBytes } from '../limits/bounded-cache.ts';

const NETWORK_MS = 5 * 60_000;
const REFUSAL_MS = 3_600_000;
const MAX_FAILURES = 10_000;
const DEFINITE: ReadonlySet<ErrorCode> = new Set([
  'peer.refused',
  'peer.profile',
  'peer.mismatch',
  'peer.invalid',
  'network.redirect',
  'network.too-large',
]);

interface Failure {
  error: CloudilloError;
  /** About how many bytes the entry holds. */
  bytes: number;
  /** By the wall clock. */
  seenAt: number;
  /** By the monotonic clock. */
  until: number;
}

/** A failure that is remembered. Times are unix milliseconds. */
export interface RememberedFailure {
  error: CloudilloError;
  seenAt: number;
  /** Nobody is asked before this time. */
  againAt: number;
}

/** Remembers failed calls by key, so that tokens of a stranger can't make this instance ask a host again and again. */
export interface FailureMemory {
  /** @throws CloudilloError the remembered failure, with `retryAfter`: seconds until it is forgotten */
  check(key: string): void;
  remember(key: string, error: unknown): void;
  /** What is remembered; null: nothing. */
  of(key: string): RememberedFailure | null;
  /** Forgets a failure. @returns whether there was one */
  forget(key: string): boolean;
}

/**
 * Makes a memory. Network errors are remembered for 5 minutes, definite refusals for an hour (specification: Key fetching).
 */
export function createFailureMemory({ monotonic, wall }: Clock): FailureMemory {
  const failures = boundedCache<string, Failure>(MAX_FAILURES, ({ bytes }) => bytes);
  const of = (key: string): RememberedFailure | null => {
    const failure = failures.get(key);
    if (!failure) return null;
    const left = failure.until - monotonic();
    if (left > 0) return { error: failure.error, seenAt: failure.seenAt, againAt: wall() + left };
    failures.delete(key);
    return null;
  };
  return {
    check(key) {
      const failure = of(key);
      if (failure) throw repeated(failure, wall());
    },
    remember(key, error) {
      // Any other error is a fault of this program, not of the peer. Nor is it one of the peer when this machine couldn't ask.
      if (error instanceof CloudilloError && !isLocalFailure(error))
        failures.set(key, { ...detached(error), seenAt: wall(), until: monotonic() + lifetime(error) });
    },
    of,
    forget: (key) => failures.delete(key),
  };
}

/** A larger error is kept without its facts and causes. In characters of its JSON. */
const MAX_ERROR = 8 * 1024;
const MAX_MESSAGE = 1000;

/**
 * A copy that keeps nothing else in memory. A part of a string keeps the whole string alive, and a cause keeps the answer that it
 * came with.
 */
function detached(error: CloudilloError): { error: CloudilloError; bytes: number } {
  const whole = errorToObject(error);
  let json = JSON.stringify(whole);
  if (json.length > MAX_ERROR) {
    const { details: _, cause: __, hint: ___, ...rest } = whole;
    json = JSON.stringify({ ...rest, message: rest.message.slice(0, MAX_MESSAGE) });
  }
  const copy = errorFromObject(JSON.parse(json) as ErrorObject);
  return { error: copy, bytes: textBytes(json) + textBytes(copy.stack ?? '') };
}

/** How long a failure is remembered, milliseconds. */
function lifetime(error: CloudilloError): number {
  if (error.retryAfter !== undefined) return Math.min(Math.max(error.retryAfter * 1000, NETWORK_MS), REFUSAL_MS);
  return !error.retryable && DEFINITE.has(error.code) ? REFUSAL_MS : NETWORK_MS;
}

/** The failure again, with when it was seen and when it is looked at again. */
function repeated({ error, seenAt, againAt }: RememberedFailure, now: number): CloudilloError {
  const left = Math.max(1, Math.ceil((againAt - now) / 1000));
  const ago = timeSpan(Math.max(1, Math.floor((now - seenAt) / 1000)));
  return new CloudilloError(error.code, `${error.message} (seen ${ago} ago; looked at again in ${timeSpan(left)})`, {
    ...{ stage: error.stage, blame: error.blame, retryable: error.retryable },
    ...(error.hint && { hint: error.hint }),
    retryAfter: left,
    details: { ...error.details, remembered: true, seenAt: new Date(seenAt).toISOString() },
    cause: error.cause,
  });
}
