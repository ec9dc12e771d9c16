import { CloudilloError } from '../../protocol/errors.ts';
import { keysFromCache, keysFromIdentities } from '../../services/keys/home-keys.ts';
import type { KeySource } from '../../services/keys/key-sources.ts';
import { openKeyCache } from '../../store/cache/key-cache.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { createIdentities } from '../../store/identities/identities.ts';

/**
 * The keys that lie in a home: those of its own identities, and with `cache` those that it fetched before. Reads only, so
 * no lock is taken and a running server isn't disturbed. A home that doesn't exist has none, unless it is `required`.
 * @throws CloudilloError `home.*`, `store.document`
 */
export async function openHomeKeys(
  home: string,
  { cache, required }: { cache: boolean; required: boolean },
): Promise<KeySource[]> {
  try {
    await openHomeDir(home);
  } catch (error) {
    if (!required && error instanceof CloudilloError && error.code === 'home.missing') return [];
    throw error;
  }
  const own = keysFromIdentities(createIdentities(home));
  return cache ? [own, keysFromCache(await openKeyCache(home))] : [own];
}
