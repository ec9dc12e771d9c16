/** Rate limits for requests, by address (specification: Rate limits). */
import { createTokenBucket, type Rate } from '../../federation/limits/token-bucket.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { addressBlocks } from '../http/client-address.ts';

/** The class of a route. Writes by strangers (inbox, token exchange) cost more than reads. */
export type RateClass = 'inbox' | 'read';

/**
 * Each address has a short bucket and a long one. For the inbox each network block has a long one, too (specification: Rate
 * limits).
 */
const RATES: Record<RateClass, { host: Rate[]; network: Rate[] }> = {
  inbox: {
    host: [
      { points: 100, seconds: 1, burst: 200 },
      { points: 1000, seconds: 3600, burst: 100 },
    ],
    network: [{ points: 5000, seconds: 3600, burst: 500 }],
  },
  read: {
    host: [
      { points: 300, seconds: 1, burst: 500 },
      { points: 5000, seconds: 3600, burst: 500 },
    ],
    network: [],
  },
};

/** Decides whether an address may call now. */
export interface RateLimits {
  /** Takes a point for a request. @throws CloudilloError `rate.limited` with `retryAfter` in seconds */
  take(rateClass: RateClass, address: string): void;
}

/** Makes the network's default limits. They are in memory and start empty. */
export function createRateLimits(monotonic: () => number): RateLimits {
  const buckets = {
    inbox: build(RATES.inbox),
    read: build(RATES.read),
  };
  function build({ host, network }: { host: Rate[]; network: Rate[] }) {
    const make = (rate: Rate) => createTokenBucket(rate, monotonic);
    return { host: host.map(make), network: network.map(make) };
  }
  return {
    take(rateClass, address) {
      const blocks = addressBlocks(address);
      const waits = [
        ...buckets[rateClass].host.map((bucket) => bucket.take(blocks.host)),
        ...buckets[rateClass].network.map((bucket) => bucket.take(blocks.network)),
      ];
      const wait = Math.max(...waits);
      if (wait > 0) {
        throw new CloudilloError('rate.limited', 'Too many requests from this address', {
          stage: 'server',
          check: 'rate-limit',
          retryAfter: wait,
        });
      }
    },
  };
}
