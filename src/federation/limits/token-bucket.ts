/** Rate limits. */
import { boundedCache } from './bounded-cache.ts';

/** A rate limit: a sustained rate and a burst. */
export interface Rate {
  /** Sustained events per `seconds`. */
  points: number;
  /** The unit of `points`, in seconds. */
  seconds: number;
  /** Events accepted at once from a full bucket. */
  burst: number;
}

/** One token bucket for each key. */
export interface TokenBucket {
  /**
   * Takes one point.
   * @returns 0 when there was one, else the seconds (rounded up, at least 1) until there is
   */
  take(key: string): number;
}

/**
 * Makes a token bucket by the generic cell rate algorithm: one number for each key, and no timers. A window counter can't express
 * "1,000 an hour, burst 100": it would allow the whole hour's number at once.
 * @param monotonic the monotonic clock, milliseconds
 * @param maxKeys the most keys; those that were used least recently are forgotten, so that a scan of addresses can't fill the
 *   memory
 */
export function createTokenBucket(rate: Rate, monotonic: () => number, maxKeys = 50_000): TokenBucket {
  const interval = (rate.seconds * 1000) / rate.points;
  const tolerance = interval * (rate.burst - 1);
  const nextFree = boundedCache<string, number>(maxKeys);
  return {
    take(key) {
      const now = monotonic();
      const due = Math.max(nextFree.get(key) ?? 0, now);
      const wait = due - tolerance - now;
      if (wait > 0) return Math.max(1, Math.ceil(wait / 1000));
      nextFree.set(key, due + interval);
      return 0;
    },
  };
}
