import { createTokenBucket, type Rate } from '../../federation/limits/token-bucket.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { addressBlocks } from '../http/client-address.ts';

/** What a route costs: writes by strangers (inbox, token exchange) are dearer than reads. */
export type RateClass = 'inbox' | 'read';

/**
 * A short bucket and a long one per address; for the inbox a long one per network block as well (specification: Rate limits).
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
  /** @throws CloudilloError `rate.limited` with `retryAfter` in seconds */
  take(rateClass: RateClass, address: string): void;
}

/** The network's default limits, in memory: they start afresh with the server. */
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
