import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Attempts } from '../../services/auth/wrong-secret.ts';
import { addressBlocks } from '../http/client-address.ts';

/** Somebody who mistypes isn't held up; a guesser gets 60 an hour. */
const FREE_FAILURES = 10;
/** One failure is forgiven after so long. Milliseconds. */
const FORGIVEN_AFTER = 60_000;
const MAX_KEYS = 50_000;

/** Failed sign-ins by address: apart from the bans for bad signatures, which would shut an absent-minded owner out of all. */
export interface SignInAttempts {
  of(address: string): Attempts;
}

/** Kept in memory: a restart forgives, and nothing about a visitor's address is written to disk. @param monotonic milliseconds of a clock that only moves forward */
export function createSignInAttempts(monotonic: () => number): SignInAttempts {
  const failures = boundedCache<string, { count: number; at: number }>(MAX_KEYS);

  function current(block: string): number {
    const known = failures.get(block);
    return known ? Math.max(0, known.count - (monotonic() - known.at) / FORGIVEN_AFTER) : 0;
  }

  return {
    of(address) {
      const { host } = addressBlocks(address);
      return {
        assertAllowed() {
          const over = current(host) - FREE_FAILURES;
          if (over <= 0) return;
          throw new CloudilloError('rate.limited', 'Too many failed sign-ins from this address', {
            stage: 'server',
            check: 'rate-limit',
            retryAfter: Math.ceil((over * FORGIVEN_AFTER) / 1000),
          });
        },
        failed: () => void failures.set(host, { count: current(host) + 1, at: monotonic() }),
      };
    },
  };
}
