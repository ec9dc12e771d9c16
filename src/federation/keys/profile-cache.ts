/** The cache of fetched profiles. */
import type { PublishedKey, RetiredKey } from '../../protocol/key-history.ts';
import type { Profile } from '../../protocol/profile.ts';
import { boundedCache, textBytes } from '../limits/bounded-cache.ts';

/** A profile as it was fetched last. */
export interface CachedProfile {
  idTag: string;
  name?: string;
  type?: Profile['type'];
  profilePic?: string;
  keys: PublishedKey[];
  /** Keys that are no longer published. Arriving tokens aren't verified by them. */
  retired?: readonly RetiredKey[];
  etag?: string;
  /** Unix milliseconds. */
  fetchedAt: number;
}

/** Stores profiles beyond one resolution. The implementation in the store outlives the process. */
export interface ProfileCache {
  get(idTag: string): CachedProfile | null;
  put(profile: CachedProfile): void;
  delete(idTag: string): void;
}

/** Makes a cache that lives as long as the process. @param max entries, and KiB */
export function createMemoryProfileCache(max = 10_000): ProfileCache {
  const profiles = boundedCache<string, CachedProfile>(max, (profile) => textBytes(JSON.stringify(profile)));
  return {
    get: (idTag) => profiles.get(idTag) ?? null,
    put: (profile) => {
      profiles.set(profile.idTag, profile);
    },
    delete: (idTag) => void profiles.delete(idTag),
  };
}

/** A longer ETag isn't stored, and the next request is unconditional. In characters. */
const MAX_ETAG = 256;

/** Converts a fetched profile to the form of the cache. */
export function cachedProfile(profile: Profile, etag: string | null, fetchedAt: number): CachedProfile {
  return { ...profile, ...(etag !== null && etag.length <= MAX_ETAG && { etag }), fetchedAt };
}
