import type { Clock } from '../../protocol/clock.ts';
import { type ErrorCode, isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';

const FIRST_PAUSE = 60_000;
const LONGEST_PAUSE = 6 * 3_600_000;
const LIFETIME = 3 * 86_400_000;

/** The pause after this many failed attempts (from 1), milliseconds: 60 s doubling to 6 h (specification: Delivery). */
export function deliveryPause(attempts: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, attempts - 1));
}

/**
 * When to try a delivery again after a failed attempt.
 *
 * @param attempts failed attempts so far, from 1
 * @param firstAt when the delivery was queued, unix milliseconds
 * @param retryAfter what the peer asked for, seconds; never shortens a pause, and counts up to the longest pause
 * @returns the time of the next attempt by the monotonic clock, or `null` when the delivery is to be given up: 3 days are over
 */
export function nextAttempt(attempts: number, firstAt: number, clock: Clock, retryAfter = 0): number | null {
  const next = retryTime(attempts, clock.monotonic(), retryAfter);
  return isExpired(firstAt, next, clock) ? null : next;
}

/** When to ask a peer again that failed so many times in a row. As {@link nextAttempt}, without an end. @param now by the monotonic clock */
export function retryTime(failures: number, now: number, retryAfter = 0): number {
  return now + Math.max(deliveryPause(failures), Math.min(retryAfter * 1000, LONGEST_PAUSE));
}

/**
 * Would an attempt at `next` (by the monotonic clock) come too late for a delivery that was queued at `firstAt` (by the wall clock)?
 * Where the two clocks differ, one of them was wrong: the delivery gets the benefit of the doubt.
 */
export function isExpired(firstAt: number, next: number, clock: Clock): boolean {
  return next - ahead(clock) > firstAt + LIFETIME;
}

/** How far the monotonic clock is ahead of the wall clock, where it is. */
function ahead(clock: Clock): number {
  return Math.max(0, clock.monotonic() - clock.wall());
}

/**
 * Is the time of an attempt that is kept on disk come? One that lies further ahead than any pause was made by a clock that was wrong: it
 * is come now. @param now by the monotonic clock
 */
export function isDue(nextAt: number, now: number): boolean {
  return nextAt <= now || isTooFar(nextAt, now);
}

/** See {@link isDue}. */
export function isTooFar(nextAt: number, now: number): boolean {
  return nextAt > now + LONGEST_PAUSE;
}

/** What was queued before this time would be tried too late by an attempt at `next`: the other side of {@link isExpired}. */
export function expiredBefore(next: number, clock: Clock): number {
  return next - ahead(clock) - LIFETIME;
}

/** Wrong on our side: no repetition changes the answer. */
const PERMANENT_AREAS = ['usage', 'token', 'key'] as const;
const PERMANENT_CODES: ReadonlySet<ErrorCode> = new Set(['network.redirect', 'network.too-large']);

/**
 * Is a delivery over with this error? Transport errors (DNS and TLS included: records and certificates get mended),
 * 408, 429 and 5xx are tried again; any other answer is a refusal (specification: Delivery).
 */
export function isPermanent(error: unknown): boolean {
  if (!(error instanceof CloudilloError)) return false;
  if (error.code === 'peer.refused') return !error.retryable;
  return PERMANENT_CODES.has(error.code) || isCodeOf(error.code, ...PERMANENT_AREAS);
}
