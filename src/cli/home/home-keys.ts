import { CloudilloError } from '../../protocol/errors.ts';
import { keysFromCache, keysFromIdentities } from '../../services/keys/home-keys.ts';
import type { KeySource } from '../../services/keys/key-sources.ts';
import { readKeyCache } from '../../store/cache/key-cache.ts';
import type { WarnDamage } from '../../store/disk/set-aside.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { createIdentities } from '../../store/identities/identities.ts';

/**
 * The keys that lie in a home: those of its own identities, and with `cache` those that it fetched before. Reads only, so
 * no lock is taken and a running server isn't disturbed. `warn` is told of a damaged cache. A home that doesn't exist has none, unless it is `required`.
 * @throws CloudilloError `home.*`
 */
export async function openHomeKeys(
  home: string,
  { cache, required, warn }: { cache: boolean; required: boolean; warn?: (text: string) => void },
): Promise<KeySource[]> {
  try {
    await openHomeDir(home);
  } catch (error) {
    if (!required && error instanceof CloudilloError && error.code === 'home.missing') return [];
    throw error;
  }
  const own = keysFromIdentities(createIdentities(home));
  if (!cache) return [own];
  const onDamage: WarnDamage = (message, { path, reason }) => warn?.(`! ${message}: ${path}: ${reason}`);
  return [own, keysFromCache(await readKeyCache(home, onDamage))];
}
