import { boundedCache } from './bounded-cache.ts';

/** How fast something may happen, and how much of it at once. */
export interface Rate {
  /** Sustained events per `seconds`. */
  points: number;
  /** The unit of `points`, in seconds. */
  seconds: number;
  /** Events accepted at once from a full bucket. */
  burst: number;
}

/** One token bucket per key. */
export interface TokenBucket {
  /**
   * Takes one point.
   * @returns 0 when it was there, else the seconds (rounded up, at least 1) until one is
   */
  take(key: string): number;
}

/**
 * Counts by the generic cell rate algorithm: one number a key, and no timers. A window counter can't express "1,000 an
 * hour, burst 100": it would let the whole hour's allowance through at once.
 * @param monotonic milliseconds of a clock that only moves forward
 * @param maxKeys least recently seen keys are forgotten beyond it, so that a scan of addresses can't fill the memory
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
