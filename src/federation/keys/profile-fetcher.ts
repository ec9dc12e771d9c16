import { CloudilloError } from '../../protocol/errors.ts';
import { createSingleFlight } from '../limits/single-flight.ts';
import { createTokenBucket, type Rate } from '../limits/token-bucket.ts';
import type { PeerApi } from '../peer/api.ts';
import { createFailureMemory } from './failure-memory.ts';
import { type CachedProfile, cachedProfile } from './profile-cache.ts';

/**
 * How often one identity is asked. Bounds what a stranger can make us ask of one host by naming ever other key IDs, and
 * still lets a rotation be seen at once.
 */
const ASKED: Rate = { points: 5, seconds: 60, burst: 5 };

/**
 * Asks an identity for its profile now.
 *
 * @param known a profile at hand that may still be right: asked for conditionally
 */
export type ProfileFetcher = (idTag: string, known?: CachedProfile) => Promise<CachedProfile>;

/** `GET /api/me`, every time. */
export function profileFetcher(api: Pick<PeerApi, 'fetchProfile'>, wall: () => number): ProfileFetcher {
  return async (idTag, known) => {
    const fetched = await api.fetchProfile(idTag, { etag: known?.etag });
    if (fetched.notModified) {
      if (known) return { ...known, fetchedAt: wall() };
      throw new CloudilloError('peer.invalid', `${idTag} answered 304 to a question without an ETag`, {
        stage: 'profile',
      });
    }
    return cachedProfile(fetched.profile, fetched.etag, wall());
  };
}

/**
 * Decorates a fetcher for use on behalf of strangers, whose tokens name hosts of their choice: concurrent calls that
 * ask the same share one, failures are remembered, and one identity is asked at most 5 times a minute.
 */
export function politeFetcher(fetch: ProfileFetcher, monotonic: () => number): ProfileFetcher {
  const flight = createSingleFlight<CachedProfile>();
  const failures = createFailureMemory(monotonic);
  const asked = createTokenBucket(ASKED, monotonic, 10_000);
  return (idTag, known) =>
    // With the ETag: whom the profile at hand didn't serve, the answer that it is unchanged doesn't either.
    flight(`${idTag} ${known?.etag ?? ''}`, async () => {
      failures.check(idTag);
      const retryAfter = asked.take(idTag);
      if (retryAfter > 0) throw tooOften(idTag, retryAfter);
      try {
        return await fetch(idTag, known);
      } catch (error) {
        failures.remember(idTag, error);
        throw error;
      }
    });
}

function tooOften(idTag: string, retryAfter: number): CloudilloError {
  return new CloudilloError('peer.error', `${idTag} was asked for its profile too often just now`, {
    stage: 'profile',
    retryAfter,
    hint: 'Tokens that name ever other keys of one issuer make us ask it each time; that is limited.',
    details: { idTag },
  });
}
