import { LRUCache } from 'lru-cache';

const BURST = 5;
const REFILL_MS = 12_000;
const MAX_KEYS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * At most 5 calls a minute per key, in a burst or spread. Bounds what a stranger can make us ask of one host by naming
 * ever other key IDs, and still lets a rotation be seen at once.
 *
 * @param clock unix milliseconds
 * @returns takes one call: 0 when it may be made, else the milliseconds until the next one may
 */
export function createAskLimit(clock: () => number): (key: string) => number {
  const buckets = new LRUCache<string, Bucket>({ max: MAX_KEYS });
  return (key) => {
    const now = clock();
    const bucket = buckets.get(key) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, bucket.tokens + Math.max(0, now - bucket.at) / REFILL_MS);
    const allowed = tokens >= 1;
    buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed ? 0 : Math.ceil((1 - tokens) * REFILL_MS);
  };
}
