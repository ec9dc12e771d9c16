/** When a failed call is made again. */
import { CloudilloError } from '../../protocol/errors.ts';

/** When and how often a failed call is made again. {@link retryDelay} computes the pauses. */
export interface RetryPolicy {
  /** All attempts, the first one included. 1: no retry. */
  attempts: number;
  /** The pause before the second attempt, milliseconds. */
  base: number;
  /** Each further pause is this many times longer. */
  factor: number;
  /** The longest pause, milliseconds. */
  cap: number;
  /** 0–1: up to this share of a pause is taken off at random, so that many callers don't come back together. */
  jitter: number;
  /** Whether another attempt may help. */
  retries(error: unknown): boolean;
}

/** Retries every error that is marked as retryable. */
function retriesRetryable(error: unknown): boolean {
  return error instanceof CloudilloError && error.retryable;
}

/** The policy for people at a terminal and for requests within a server: three attempts within about a second. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attempts: 3,
  base: 250,
  factor: 2,
  cap: 5_000,
  jitter: 0.5,
  retries: retriesRetryable,
};

/** One attempt. */
export const NO_RETRY: RetryPolicy = { ...DEFAULT_RETRY_POLICY, attempts: 1 };

/**
 * The pause after a failed attempt, in milliseconds; `null` to give up. A `Retry-After` (the error's `retryAfter`) lengthens the
 * pause. One beyond the cap gives up, because an earlier attempt would be refused again.
 * @param attempt how many attempts were made, from 1
 * @param random a number in [0, 1)
 */
export function retryDelay(policy: RetryPolicy, attempt: number, error: unknown, random: number): number | null {
  if (attempt >= policy.attempts || !policy.retries(error)) return null;
  const full = Math.min(policy.cap, policy.base * policy.factor ** (attempt - 1));
  const pause = full * (1 - policy.jitter * random);
  const asked = error instanceof CloudilloError && error.retryAfter !== undefined ? error.retryAfter * 1000 : 0;
  if (asked > policy.cap) return null;
  return Math.max(pause, asked);
}
