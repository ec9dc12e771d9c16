import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { importPublicKey } from '../../protocol/keys.ts';
import { MAX_KEY_ID } from '../../protocol/profile.ts';
import type { VerificationKey } from '../../protocol/verify.ts';
import { boundedCache } from '../limits/bounded-cache.ts';
import type { PeerApi } from '../peer/api.ts';
import { type CachedProfile, createMemoryProfileCache, type ProfileCache } from './profile-cache.ts';
import { politeFetcher, profileFetcher } from './profile-fetcher.ts';

/** The middle step of a verification: the only one that touches the network. */
export interface KeyResolver {
  /**
   * The key `keyId` of `issuer`. `key: null` is proven: the issuer's profile has no such key.
   *
   * @param options.refresh the key at hand didn't verify: ask the issuer again, at most once a minute for each key. Fetching it for the
   *   first time doesn't count.
   * @throws CloudilloError when it couldn't be told (`dns.*`, `network.*`, `tls.*`, `peer.*`; failures are remembered),
   *   `key.curve` or `key.malformed` when the published key is none
   */
  resolve(issuer: string, keyId: string, options?: { refresh?: boolean }): Promise<ResolvedKey>;
}

/** Profiles of other identities, looked at again although nothing asks for a key. */
export interface KnownProfiles {
  /**
   * Asks an identity for its profile, conditionally when one is at hand, and keeps it. Shares calls and failures with those for
   * keys.
   * @param options.insist somebody wants to know now: a failure a moment ago doesn't count
   * @throws CloudilloError as {@link KeyResolver.resolve}
   */
  refresh(idTag: string, options?: { insist?: boolean }): Promise<CachedProfile>;
}

export interface ResolvedKey {
  key: VerificationKey | null;
  /** From what was known already, or from the profile as it is now. */
  source: 'cache' | 'profile';
  profile?: CachedProfile;
  /** A refresh was wanted and isn't allowed yet: in how many seconds it is. */
  refreshAfter?: number;
}

export interface KeyResolverOptions {
  api: Pick<PeerApi, 'fetchProfile'>;
  /** Default: one that lives as long as the process. */
  cache?: ProfileCache;
  /** Unix milliseconds. */
  clock: Clock;
}

/** After this long the issuer is asked again, so that a revoked key stops verifying. */
const MAX_AGE_MS = 24 * 3_600_000;
/** An issuer that is away this long can't be believed to still stand by its key. */
const MAX_STALE_MS = 7 * MAX_AGE_MS;
/** The same key of the same issuer isn't asked for more often. */
const REFETCH_MS = 60_000;
const MAX_ASKED = 20_000;
const MAX_KEYS = 4_096;

/** A resolver over a profile cache and `GET /api/me` (specification: Key fetching). */
export function createKeyResolver({
  api,
  cache = createMemoryProfileCache(),
  clock,
}: KeyResolverOptions): KeyResolver & KnownProfiles {
  const direct = profileFetcher(api, clock.wall);
  const fetch = politeFetcher(direct, clock.monotonic);
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

  /** That `known` is unchanged may be heard after somebody else was told more: it must not come back then. */
  function keep(profile: CachedProfile, known: CachedProfile | undefined): void {
    if (!known || cache.get(known.idTag) === known) cache.put(profile);
  }

  function answer(profile: CachedProfile | null, keyId: string, source: ResolvedKey['source']): ResolvedKey {
    return { key: profile && keyOf(profile, keyId, importKey), source, ...(profile && { profile }) };
  }

  return {
    async refresh(idTag, { insist = false } = {}) {
      const known = cache.get(idTag) ?? undefined;
      const profile = await (insist ? direct : fetch)(idTag, known);
      keep(profile, known);
      return cache.get(idTag) ?? profile;
    },
    async resolve(issuer, keyId, { refresh = false } = {}) {
      // No profile can publish it: nobody is asked for it, and nothing remembers it.
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
        // After a failed signature unconditionally: the key may have been replaced behind an ETag that says otherwise.
        return answer(await ask(issuer, keyId, refresh ? undefined : known, refresh), keyId, 'profile');
      } catch (error) {
        // An old key is better than none while its issuer is away; one that just failed to verify is not.
        const stale = known && ageOf(known, clock.wall()) < MAX_STALE_MS;
        if (stale && !refresh && isAway(error)) return answer(known, keyId, 'cache');
        throw error;
      }
    },
  };
}

/** Fetched later than now: the clock was wrong then, and how old the profile is can't be told. It is asked for again. */
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

function keyOf(profile: CachedProfile, keyId: string, importKey: (wire: string) => KeyObject): VerificationKey | null {
  const found = profile.keys.find((key) => key.keyId === keyId);
  if (!found) return null;
  return {
    keyId,
    publicKey: importKey(found.publicKey),
    ...(found.expiresAt !== undefined && { expiresAt: Math.floor(Date.parse(found.expiresAt) / 1000) }),
  };
}

/** Importing checks that the point is on the curve, which costs as much as a good part of a verification. */
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
