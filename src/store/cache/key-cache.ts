/** The profiles of other identities, kept on disk as they are fetched. */
import { dirname, join } from 'node:path';
import { followKeys, type KeyChange, type RetiredKey } from '../../protocol/key-history.ts';
import { removeIfThere } from '../disk/durable-file.ts';
import { readLog } from '../disk/segmented-log.ts';
import { openCacheDirectory, type WarnDamage } from '../disk/set-aside.ts';
import { homePaths } from '../home/home.ts';
import type { CachedProfile } from './cached-profile.ts';
import { readOldKeys, takeOldKeys } from './old-keys.ts';
import { profileBytes, RecentProfiles } from './recent-profiles.ts';
import { PROFILES, WrittenProfiles } from './written-profiles.ts';

/** Keys of other identities that were fetched before: `cache/keys/`. Losing it costs requests, nothing else. */
export interface KeyCache {
  get(idTag: string): CachedProfile | null;
  /** Remembered at once, written soon after, together with others. */
  put(profile: CachedProfile): void;
  readonly size: number;
  /** Of all profiles as JSON. */
  readonly bytes: number;
  /** Resolves when everything put so far is on disk. @throws {CloudilloError} `store.full` | `store.io` */
  flush(): Promise<void>;
  /** Flushes and stops. */
  close(): Promise<void>;
}

/** Options of {@link openKeyCache}. */
export interface KeyCacheOptions {
  /** Most entries; those fetched longest ago go first. Default 10,000. */
  limit?: number;
  /** Most bytes of all profiles as JSON; those fetched longest ago go first. Default 32 MiB. */
  bytes?: number;
  /** Bytes after which a segment of the log isn't appended to any longer. Default 4 MiB. */
  segmentBytes?: number;
  /** Milliseconds that a change waits for others. Default 1000. */
  delay?: number;
  /** A write in the background failed; it is tried again with the next change. */
  onError?: (error: unknown) => void;
  /** A profile that was put differs in its keys from the one before. */
  onKeyChange?: (idTag: string, change: KeyChange) => void;
  /** Something was damaged and is set aside. */
  onDamage?: WarnDamage;
}

const MOST_BYTES = 32 * 1024 * 1024;
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** Profiles that were fetched before, to be read by whoever doesn't own the home: nothing is changed on disk. */
export async function readKeyCache(root: string, onDamage: WarnDamage): Promise<Pick<KeyCache, 'get' | 'size'>> {
  const { log: directory, old } = keyPaths(root);
  const { profiles, problem } = await readOldKeys(old);
  if (problem !== null) onDamage('A cache is damaged', { path: old, reason: problem });
  const byIdTag = new Map(profiles.map((profile) => [profile.idTag, profile]));
  await readLog({ directory, kind: PROFILES, onDamage, visit: (profile) => byIdTag.set(profile.idTag, profile) });
  return { get: (idTag) => byIdTag.get(idTag) ?? null, size: byIdTag.size };
}

function keyPaths(root: string): { log: string; old: string } {
  const { cache } = homePaths(root);
  return { log: join(cache, 'keys'), old: join(cache, 'keys.json') };
}

/** Opens the cache of a home whose lock the caller holds. What is damaged is set aside: the worst is an empty cache. */
export async function openKeyCache(root: string, options: KeyCacheOptions = {}): Promise<KeyCache> {
  const { limit = 10_000, bytes = MOST_BYTES, segmentBytes = SEGMENT_BYTES } = options;
  const { delay = 1000, onError = () => {}, onKeyChange = () => {}, onDamage = () => {} } = options;
  const { log: directory, old } = keyPaths(root);
  // A backup needn't hold it.
  await openCacheDirectory(dirname(directory), onDamage);
  const profiles = new RecentProfiles({ count: limit, bytes });
  const written = await WrittenProfiles.open({ directory, onDamage, segmentBytes, most: 2 * (bytes + segmentBytes) });
  const taken = await takeOldKeys(old, written, onDamage);
  for (const profile of written.found()) profiles.put(profile, profileBytes(profile));
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const write = () => written.write((idTag) => profiles.get(idTag));

  /** After the one that is under way: whoever closes the cache lets go of the home next. */
  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    writing = writing.then(write, write);
    return writing;
  };

  if (taken || written.waits)
    await flush()
      .then(() => removeIfThere(old))
      .catch(onError);
  return {
    get: (idTag) => profiles.get(idTag),
    put: (profile) => {
      const { retired, changes } = followKeys(profiles.get(profile.idTag), profile);
      const kept = withRetired(profile, retired);
      profiles.put(kept, profileBytes(kept));
      written.changed(kept.idTag);
      for (const change of changes) onKeyChange(profile.idTag, change);
      timer ??= setTimeout(() => flush().catch(onError), delay);
      // A command that is done doesn't wait for its cache: it calls close().
      timer.unref();
    },
    get size() {
      return profiles.size;
    },
    get bytes() {
      return profiles.bytes;
    },
    flush,
    close: () => flush().finally(() => written.close()),
  };
}

function withRetired({ retired: _, ...profile }: CachedProfile, retired: readonly RetiredKey[]): CachedProfile {
  return retired.length > 0 ? { ...profile, retired } : profile;
}
