/** Stores fetched keys for verification without a network. */
import type { Clock } from '../../protocol/clock.ts';
import type { Profile } from '../../protocol/profile.ts';
import type { CachedProfile } from '../../store/cache/cached-profile.ts';

/** Profiles whose keys to store. */
export interface SaveKeysInput {
  profiles: (Profile & { etag?: string })[];
}

/** What was stored in the cache. */
export interface SaveKeysResult {
  profiles: number;
  keys: number;
}

/**
 * Stores the keys of fetched profiles in the key cache, so that tokens verify offline.
 * @throws CloudilloError `store.full`, `store.io`
 */
export async function saveKeys(
  { keyCache, clock }: { keyCache: { put(profile: CachedProfile): void; flush(): Promise<void> }; clock: Clock },
  { profiles }: SaveKeysInput,
): Promise<SaveKeysResult> {
  for (const profile of profiles) keyCache.put({ ...profile, fetchedAt: clock.wall() });
  await keyCache.flush();
  return { profiles: profiles.length, keys: profiles.reduce((sum, { keys }) => sum + keys.length, 0) };
}
