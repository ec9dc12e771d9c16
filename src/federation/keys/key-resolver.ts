/** Finds the public key of an issuer: from the cache, or from its profile (specification: Key fetching). */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { findKey } from '../../protocol/find-key.ts';
import { importPublicKey } from '../../protocol/keys.ts';
import { MAX_KEY_ID } from '../../protocol/profile.ts';
import type { VerificationKey } from '../../protocol/verify.ts';
import { boundedCache } from '../limits/bounded-cache.ts';
import type { PeerApi } from '../peer/api.ts';
import { createFailureMemory, type RememberedFailure } from './failure-memory.ts';
import { type CachedProfile, createMemoryProfileCache, type ProfileCache } from './profile-cache.ts';
import { politeFetcher, profileFetcher } from './profile-fetcher.ts';

/** Finds the key that a token is verified with. It is the only step of a verification that uses the network. */
export interface KeyResolver {
  /**
   * The key `keyId` of `issuer`. `key: null` is proven: the issuer's profile has no such key.
   * @param options.refresh the known key didn't verify the token: the issuer is asked again, at most once a minute for each key.
   *   The first fetch doesn't count.
   * @throws CloudilloError when the key could not be fetched (`dns.*`, `network.*`, `tls.*`, `peer.*`; failures are remembered);
   *   `key.curve` or `key.malformed` when the published key is unusable
   */
  resolve(issuer: string, keyId: string, options?: { refresh?: boolean }): Promise<ResolvedKey>;
}

/** Fetches the profiles of peers again without a token to verify. */
export interface KnownProfiles {
  /**
   * Asks an identity for its profile and stores it. With a stored profile it asks conditionally. Calls and failures are shared
   * with those for keys.
   * @param options.insist asks although a recent request failed
   * @throws CloudilloError as {@link KeyResolver.resolve}
   */
  refresh(idTag: string, options?: { insist?: boolean }): Promise<CachedProfile>;
  /** The stored profile; null: there is none. */
  known(idTag: string): CachedProfile | null;
  /** The last failure to ask the identity, as long as it is remembered; null: there is none. */
  failureOf(idTag: string): RememberedFailure | null;
  /** Forgets that failure, so that the identity is asked again at once. @returns whether there was one */
  forgetFailure(idTag: string): boolean;
  /** Forgets the stored profile with its keys, those that went too. @returns how many keys there were */
  forgetKeys(idTag: string): number;
}

/** A key, and where it came from. */
export interface ResolvedKey {
  key: VerificationKey | null;
  /** `cache`: known before. `profile`: fetched just now. */
  source: 'cache' | 'profile';
  profile?: CachedProfile;
  /** A refresh was wanted but isn't allowed yet: the seconds until it is. */
  refreshAfter?: number;
}

/**
 * Asks the issuer again for a key that didn't verify a token: it may have been replaced under its ID.
 * @returns null when the issuer answers without a usable key: the verdict by the known key stands
 * @throws CloudilloError as {@link KeyResolver.resolve}, when another attempt may succeed
 */
export async function resolveAgain(
  keys: Pick<KeyResolver, 'resolve'>,
  issuer: string,
  keyId: string,
): Promise<ResolvedKey | null> {
  try {
    return await keys.resolve(issuer, keyId, { refresh: true });
  } catch (error) {
    if (error instanceof CloudilloError && !error.retryable) return null;
    throw error;
  }
}

/** The parts of a key resolver. */
export interface KeyResolverOptions {
  api: Pick<PeerApi, 'fetchProfile'>;
  /** Default: a cache that lives as long as the process. */
  cache?: ProfileCache;
  /** The clocks of the home. */
  clock: Clock;
}

/** The issuer is asked again after this time, so that a revoked key no longer verifies. */
const MAX_AGE_MS = 24 * 3_600_000;
/** A key older than this isn't used, even while its issuer can't be reached. */
const MAX_STALE_MS = 7 * MAX_AGE_MS;
/** The shortest time between two refreshes of one key. */
const REFETCH_MS = 60_000;
const MAX_ASKED = 20_000;
const MAX_KEYS = 4_096;

/** Makes a resolver over a profile cache and `GET /api/me` (specification: Key fetching). */
export function createKeyResolver({
  api,
  cache = createMemoryProfileCache(),
  clock,
}: KeyResolverOptions): KeyResolver & KnownProfiles {
  const direct = profileFetcher(api, clock.wall);
  const failures = createFailureMemory(clock);
  const fetch = politeFetcher(direct, clock, failures);
  const askedAt = boundedCache<string, number>(MAX_ASKED);
  const importKey = createKeyImporter();

  async function ask(
    issuer: string,
    keyId: string,
    known: CachedProfile | undefined,
    isRefresh: boolean,
  ): Promise<CachedProfile> {
    const profile = await fetch(issuer, known);
    if (isRefresh || !hasKey(profile, keyId)) askedAt.set(slot(issuer, keyId), clock.monotonic());
    keep(profile, known);
    return profile;
  }

  /**
   * Stores a profile. The answer that `known` is unchanged may arrive after a newer profile was stored: it must not replace that.
   */
  function keep(profile: CachedProfile, known: CachedProfile | undefined): void {
    if (!known || cache.get(known.idTag) === known) cache.put(profile);
  }

  function answer(profile: CachedProfile | null, keyId: string, source: ResolvedKey['source']): ResolvedKey {
    return { key: profile && findKey(profile, keyId, importKey), source, ...(profile && { profile }) };
  }

  return {
    async refresh(idTag, { insist = false } = {}) {
      const known = cache.get(idTag) ?? undefined;
      const profile = await (insist ? direct : fetch)(idTag, known);
      failures.forget(idTag);
      keep(profile, known);
      return cache.get(idTag) ?? profile;
    },
    known: (idTag) => cache.get(idTag) ?? null,
    failureOf: (idTag) => failures.of(idTag),
    forgetFailure: (idTag) => failures.forget(idTag),
    forgetKeys(idTag) {
      const { keys = [], retired = [] } = cache.get(idTag) ?? {};
      for (const { keyId } of keys) askedAt.delete(slot(idTag, keyId));
      cache.delete(idTag);
      return keys.length + retired.length;
    },
    async resolve(issuer, keyId, { refresh = false } = {}) {
      // No profile can publish such a key ID. Nobody is asked for it, and nothing is remembered.
      if (keyId.length > MAX_KEY_ID) return { key: null, source: 'profile' };
      const cached = cache.get(issuer);
      const known = cached && hasKey(cached, keyId) ? cached : undefined;
      const aged = known !== undefined && ageOf(known, clock.wall()) >= MAX_AGE_MS;
      if (known && !refresh && !aged) return answer(known, keyId, 'cache');
      const pause = (askedAt.get(slot(issuer, keyId)) ?? Number.NEGATIVE_INFINITY) + REFETCH_MS - clock.monotonic();
      if (pause > 0) {
        return { ...answer(cached, keyId, 'cache'), ...(refresh && { refreshAfter: Math.ceil(pause / 1000) }) };
      }
      try {
        // After a failed signature the request is unconditional: the key may have changed under the same ETag.
        return answer(await ask(issuer, keyId, refresh ? undefined : known, refresh), keyId, 'profile');
      } catch (error) {
        // An old key may be used while its issuer can't be reached, but not when it just failed to verify.
        const stale = known && ageOf(known, clock.wall()) < MAX_STALE_MS;
        if (stale && !refresh && isAway(error)) return answer(known, keyId, 'cache');
        throw error;
      }
    },
  };
}

/**
 * The age of a profile. A fetch time in the future comes from a wrong clock: the age is then unknown, and the profile is fetched
 * again.
 */
function ageOf({ fetchedAt }: CachedProfile, now: number): number {
  return fetchedAt > now ? MAX_AGE_MS : now - fetchedAt;
}

function isAway(error: unknown): boolean {
  return error instanceof CloudilloError && !isCodeOf(error.code, 'key');
}

function slot(issuer: string, keyId: string): string {
  return `${issuer} ${keyId}`;
}

function hasKey(profile: CachedProfile, keyId: string): boolean {
  return profile.keys.some((key) => key.keyId === keyId);
}

/**
 * Imports keys, and remembers them. An import checks that the point is on the curve, which costs a good part of a verification.
 */
function createKeyImporter(): (wire: string) => KeyObject {
  const keys = boundedCache<string, KeyObject>(MAX_KEYS);
  return (wire) => {
    const known = keys.get(wire);
    if (known) return known;
    const key = importPublicKey(wire);
    keys.set(wire, key);
    return key;
  };
}
