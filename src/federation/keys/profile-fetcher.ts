/** Fetches profiles, with limits on how often. */
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { createSingleFlight } from '../limits/single-flight.ts';
import { createTokenBucket, type Rate } from '../limits/token-bucket.ts';
import type { PeerApi } from '../peer/api.ts';
import type { FailureMemory } from './failure-memory.ts';
import { type CachedProfile, cachedProfile } from './profile-cache.ts';

/**
 * The rate limit for requests to one identity. It bounds how often a stranger who names other key IDs can make this instance ask,
 * and a key rotation is still seen at once.
 */
const ASKED: Rate = { points: 5, seconds: 60, burst: 5 };

/**
 * Asks an identity for its profile now.
 * @param known a stored profile, for a conditional request
 */
export type ProfileFetcher = (idTag: string, known?: CachedProfile) => Promise<CachedProfile>;

/** Makes a fetcher that sends `GET /api/me` at every call. */
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
 * Wraps a fetcher for tokens of strangers, who choose the host that is asked. Concurrent calls with the same question share one
 * request, failures are remembered, and one identity is asked at most 5 times a minute.
 * @param failures remembers them
 */
export function politeFetcher(fetch: ProfileFetcher, clock: Clock, failures: FailureMemory): ProfileFetcher {
  const flight = createSingleFlight<CachedProfile>();
  const asked = createTokenBucket(ASKED, clock.monotonic, 10_000);
  return (idTag, known) =>
    // The ETag is part of the key: a caller whose stored profile didn't help has no use for the answer that it is unchanged.
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
    hint: 'Each token with another key ID makes this server ask the issuer again. That is limited.',
    details: { idTag },
  });
}
