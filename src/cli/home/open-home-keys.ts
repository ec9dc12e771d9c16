/** The keys in a home, for verification. */
import { CloudilloError } from '../../protocol/errors.ts';
import { keysFromCache, keysFromIdentities } from '../../services/keys/home-keys.ts';
import type { KeySource } from '../../services/keys/key-sources.ts';
import { readKeyCache } from '../../store/cache/key-cache.ts';
import type { WarnDamage } from '../../store/disk/set-aside.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { createIdentities } from '../../store/identities/identities.ts';

/**
 * The keys of a home: those of its tenants, and with `cache` those that it fetched before. It only reads, so it takes no lock and
 * doesn't disturb a running server. `warn` is called for a damaged cache. A home that doesn't exist has no keys, unless it is
 * `required`.
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
