import type { Clock } from '../../protocol/clock.ts';
import type { Profile } from '../../protocol/profile.ts';
import type { CachedProfile } from '../../store/cache/cached-profile.ts';

/** Profiles whose keys are to be kept. */
export interface SaveKeysInput {
  profiles: (Profile & { etag?: string })[];
}

/** What went into the cache. */
export interface SaveKeysResult {
  profiles: number;
  keys: number;
}

/**
 * Keeps the keys of fetched profiles in the home's cache, from which they verify without a network.
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
