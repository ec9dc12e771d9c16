/** Limits failed sign-ins by address. */
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Attempts } from '../../services/auth/wrong-secret.ts';
import { addressBlocks } from '../http/client-address.ts';

/** Failures without a wait. An owner who mistypes isn't held up; a guesser gets 60 attempts an hour. */
const FREE_FAILURES = 10;
/** One failure is forgiven after this time, milliseconds. */
const FORGIVEN_AFTER = 60_000;
const MAX_KEYS = 50_000;

/** Failed sign-ins by address. They don't count towards a ban, which would lock a forgetful owner out of everything. */
export interface SignInAttempts {
  of(address: string): Attempts;
}

/**
 * Makes a counter in memory. A restart forgives: nothing of it is written to disk. @param monotonic the monotonic
 * clock, milliseconds
 */
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
