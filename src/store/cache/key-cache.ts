/** The cache of fetched profiles, on disk. */
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

/** The cache of fetched profiles, `cache/keys/`. Its loss costs only requests. */
export interface KeyCache {
  get(idTag: string): CachedProfile | null;
  /** Remembers a profile at once, and writes it soon, together with others. */
  put(profile: CachedProfile): void;
  /** Forgets a profile at once, and removes it from the disk soon. */
  delete(idTag: string): void;
  readonly size: number;
  /** The size of all profiles as JSON. */
  readonly bytes: number;
  /** Resolves when all profiles put so far are on disk. @throws {CloudilloError} `store.full` | `store.io` */
  flush(): Promise<void>;
  /** Flushes and stops. */
  close(): Promise<void>;
}

/** Options of {@link openKeyCache}. */
export interface KeyCacheOptions {
  /** The most entries. Those that were fetched longest ago are dropped first. Default 10,000. */
  limit?: number;
  /** The most bytes of all profiles as JSON. Those that were fetched longest ago are dropped first. Default 32 MiB. */
  bytes?: number;
  /** The size of a segment of the log, in bytes, before the next one is begun. Default 4 MiB. */
  segmentBytes?: number;
  /** How long a change may wait for others, milliseconds. Default 1000. */
  delay?: number;
  /** Called when a write in the background failed. The next change tries again. */
  onError?: (error: unknown) => void;
  /** Called when the keys of a profile differ from those before. */
  onKeyChange?: (idTag: string, change: KeyChange) => void;
  /** Called for a damaged file that was set aside. */
  onDamage?: WarnDamage;
}

const MOST_BYTES = 32 * 1024 * 1024;
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** Reads the cached profiles without changing anything on disk, for a process that doesn't own the home. */
export async function readKeyCache(root: string, onDamage: WarnDamage): Promise<Pick<KeyCache, 'get' | 'size'>> {
  const byIdTag = await readAll(root, onDamage);
  return { get: (idTag) => byIdTag.get(idTag) ?? null, size: byIdTag.size };
}

async function readAll(root: string, onDamage: WarnDamage): Promise<Map<string, CachedProfile>> {
  const { log: directory, old } = keyPaths(root);
  const { profiles, problem } = await readOldKeys(old);
  if (problem !== null) onDamage('A cache is damaged', { path: old, reason: problem });
  const byIdTag = new Map(profiles.map((profile) => [profile.idTag, profile]));
  await readLog({ directory, kind: PROFILES, onDamage, visit: (profile) => byIdTag.set(profile.idTag, profile) });
  return byIdTag;
}

function keyPaths(root: string): { log: string; old: string } {
  const { cache } = homePaths(root);
  return { log: join(cache, 'keys'), old: join(cache, 'keys.json') };
}

/** Reads the cache of a home that is only read. What is put is kept in memory, and goes with the process. */
export async function openReadOnlyKeyCache(
  root: string,
  { limit = 10_000, bytes = MOST_BYTES, onKeyChange = () => {}, onDamage = () => {} }: KeyCacheOptions = {},
): Promise<KeyCache> {
  const profiles = new RecentProfiles({ count: limit, bytes });
  for (const profile of (await readAll(root, onDamage)).values()) profiles.put(profile, profileBytes(profile));
  return {
    get: (idTag) => profiles.get(idTag),
    put: (profile) => remember(profiles, profile, onKeyChange),
    delete: (idTag) => profiles.delete(idTag),
    get size() {
      return profiles.size;
    },
    get bytes() {
      return profiles.bytes;
    },
    flush: async () => {},
    close: async () => {},
  };
}

/** Opens the cache of a home whose lock the caller holds. Damaged files are set aside; at worst the cache is empty. */
export async function openKeyCache(root: string, options: KeyCacheOptions = {}): Promise<KeyCache> {
  const { limit = 10_000, bytes = MOST_BYTES, segmentBytes = SEGMENT_BYTES } = options;
  const { delay = 1000, onError = () => {}, onKeyChange = () => {}, onDamage = () => {} } = options;
  const { log: directory, old } = keyPaths(root);
  // A backup may lack the directory.
  await openCacheDirectory(dirname(directory), onDamage);
  const profiles = new RecentProfiles({ count: limit, bytes });
  const written = await WrittenProfiles.open({ directory, onDamage, segmentBytes, most: 2 * (bytes + segmentBytes) });
  const taken = await takeOldKeys(old, written, onDamage);
  for (const profile of written.found()) profiles.put(profile, profileBytes(profile));
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let writing: Promise<void> = Promise.resolve();

  const write = () => written.write((idTag) => profiles.get(idTag));

  /** Waits for the current write: the caller that closes the cache releases the home next. */
  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    writing = writing.then(write, write);
    return writing;
  };

  const writeLater = (): void => {
    // An answer may come when the home is somebody else's already: it is kept in memory only.
    if (closed) return;
    timer ??= setTimeout(() => flush().catch(onError), delay);
    // A finished command doesn't wait for its cache: it calls close().
    timer.unref();
  };

  if (taken || written.waits)
    await flush()
      .then(() => removeIfThere(old))
      .catch(onError);
  return {
    get: (idTag) => profiles.get(idTag),
    put: (profile) => {
      remember(profiles, profile, onKeyChange);
      written.changed(profile.idTag);
      writeLater();
    },
    delete: (idTag) => {
      if (profiles.get(idTag) === null) return;
      profiles.delete(idTag);
      written.forget(idTag);
      writeLater();
    },
    get size() {
      return profiles.size;
    },
    get bytes() {
      return profiles.bytes;
    },
    flush,
    close: () => {
      closed = true;
      return flush().finally(() => written.close());
    },
  };
}

/** Keeps a profile in memory, with the keys that it doesn't publish any more. */
function remember(
  profiles: RecentProfiles,
  profile: CachedProfile,
  onKeyChange: NonNullable<KeyCacheOptions['onKeyChange']>,
): void {
  const { retired, changes } = followKeys(profiles.get(profile.idTag), profile);
  const kept = withRetired(profile, retired);
  profiles.put(kept, profileBytes(kept));
  for (const change of changes) onKeyChange(profile.idTag, change);
}

function withRetired({ retired: _, ...profile }: CachedProfile, retired: readonly RetiredKey[]): CachedProfile {
  return retired.length > 0 ? { ...profile, retired } : profile;
}
