/** When a delivery is attempted again, and when it is over (specification: Delivery). */
import type { Clock } from '../../protocol/clock.ts';
import { type ErrorCode, isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';

const FIRST_PAUSE = 60_000;
const LONGEST_PAUSE = 6 * 3_600_000;
const LIFETIME = 3 * 86_400_000;
/** A time on disk that lies further back, or ahead, came from a wrong clock, or no server ran for as long. */
const LONGEST_AGE = 30 * 86_400_000;
/** As many attempts as three days have. They decide where the times can't. */
const ALL_ATTEMPTS = 20;

/** The pause after this many failed attempts (from 1), milliseconds: 60 s doubling to 6 h (specification: Delivery). */
export function deliveryPause(attempts: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, attempts - 1));
}

/**
 * When to attempt a delivery again after a failed attempt.
 * @param attempts failed attempts so far, from 1
 * @param firstAt when the delivery was queued, unix milliseconds
 * @param retryAfter what the peer asked for, seconds; it never shortens a pause, and counts up to the longest pause
 * @returns the time of the next attempt by the monotonic clock, or `null` when the delivery expires: 3 days are over
 */
export function nextAttempt(attempts: number, firstAt: number, clock: Clock, retryAfter = 0): number | null {
  const next = retryTime(attempts, clock.monotonic(), retryAfter);
  if (isImplausible(firstAt, clock.wall())) return attempts < ALL_ATTEMPTS ? next : null;
  return isExpired(firstAt, next, clock) ? null : next;
}

/** Whether nothing that is still tried can have begun then: too long ago, or in the future. @param now by the wall clock */
function isImplausible(firstAt: number, now: number): boolean {
  return firstAt < now - LONGEST_AGE || firstAt > now + LONGEST_PAUSE;
}

/** Whether a peer that failed so often may end what waits for it since `firstAt`, without an attempt. @param now by the wall clock */
export function mayEndUntried(firstAt: number, now: number, failures: number): boolean {
  return !isImplausible(firstAt, now) || failures >= ALL_ATTEMPTS;
}

/**
 * When to ask a peer again after so many failures in a row: as {@link nextAttempt}, without an end. @param now by the monotonic
 * clock
 */
export function retryTime(failures: number, now: number, retryAfter = 0): number {
  return now + Math.max(deliveryPause(failures), Math.min(retryAfter * 1000, LONGEST_PAUSE));
}

/**
 * Whether an attempt at `next` (by the monotonic clock) would come too late for a delivery that was queued at `firstAt` (by the
 * wall clock). Where the two clocks differ, one of them was wrong: the delivery gets the longer time.
 */
export function isExpired(firstAt: number, next: number, clock: Clock): boolean {
  return next - ahead(clock) > firstAt + LIFETIME;
}

/**
 * Whether the three days are over for what was queued at `firstAt`. It decides where this machine couldn't ask: that counts as no
 * attempt, and of an implausible time only attempts can tell.
 */
export function isOverdue(firstAt: number, clock: Clock): boolean {
  return isExpired(firstAt, clock.monotonic(), clock) && !isImplausible(firstAt, clock.wall());
}

/** How far the monotonic clock is ahead of the wall clock; 0 when it isn't. */
function ahead(clock: Clock): number {
  return Math.max(0, clock.monotonic() - clock.wall());
}

/**
 * Whether the time of an attempt, as kept on disk, has come. A time further ahead than any pause came from a wrong clock and
 * counts as come. @param now by the monotonic clock
 */
export function isDue(nextAt: number, now: number): boolean {
  return nextAt <= now || isTooFar(nextAt, now);
}

/** Whether a time is further ahead than any pause; see {@link isDue}. */
export function isTooFar(nextAt: number, now: number): boolean {
  return nextAt > now + LONGEST_PAUSE;
}

/** A delivery that was queued before this time expires before an attempt at `next`: the inverse of {@link isExpired}. */
export function expiredBefore(next: number, clock: Clock): number {
  return next - ahead(clock) - LIFETIME;
}

/** Faults on this side. No repetition changes the answer. */
const PERMANENT_AREAS = ['usage', 'token', 'key'] as const;
const PERMANENT_CODES: ReadonlySet<ErrorCode> = new Set(['network.redirect', 'network.too-large']);

/**
 * Whether a delivery is over with this error. Transport errors (DNS and TLS included, because records and certificates get
 * repaired), 408, 429 and 5xx are attempted again. Any other answer is a refusal (specification: Delivery).
 */
export function isPermanent(error: unknown): boolean {
  if (!(error instanceof CloudilloError)) return false;
  if (error.code === 'peer.refused') return !error.retryable;
  // Its file is missing or damaged: the owner mends that, as records and certificates.
  if (error.code === 'usage.network') return false;
  return PERMANENT_CODES.has(error.code) || isCodeOf(error.code, ...PERMANENT_AREAS);
}
