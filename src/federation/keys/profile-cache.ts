import type { PublishedKey, RetiredKey } from '../../protocol/key-history.ts';
import type { Profile } from '../../protocol/profile.ts';
import { boundedCache, textBytes } from '../limits/bounded-cache.ts';

/** A profile as it was last fetched. */
export interface CachedProfile {
  idTag: string;
  name?: string;
  type?: Profile['type'];
  profilePic?: string;
  keys: PublishedKey[];
  /** Keys that were published once: they verify nothing that arrives. */
  retired?: readonly RetiredKey[];
  etag?: string;
  /** Unix milliseconds. */
  fetchedAt: number;
}

/** Keeps profiles over more than one resolution; the store has one that outlives the process. */
export interface ProfileCache {
  get(idTag: string): CachedProfile | null;
  put(profile: CachedProfile): void;
}

/** A cache that lives as long as the process. @param max entries and KiB */
export function createMemoryProfileCache(max = 10_000): ProfileCache {
  const profiles = boundedCache<string, CachedProfile>(max, (profile) => textBytes(JSON.stringify(profile)));
  return {
    get: (idTag) => profiles.get(idTag) ?? null,
    put: (profile) => {
      profiles.set(profile.idTag, profile);
    },
  };
}

/** A longer ETag isn't kept: the next question is asked without one. Characters. */
const MAX_ETAG = 256;

/** A fetched profile as the cache keeps it. */
export function cachedProfile(profile: Profile, etag: string | null, fetchedAt: number): CachedProfile {
  return { ...profile, ...(etag !== null && etag.length <= MAX_ETAG && { etag }), fetchedAt };
}
