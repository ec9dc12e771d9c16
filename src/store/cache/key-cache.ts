import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { followKeys, type KeyChange, type RetiredKey } from '../../protocol/key-history.ts';
import { hasErrno, whyUnreadable } from '../disk/disk-errors.ts';
import { writeDurably } from '../disk/durable-file.ts';
import { openCacheDirectory, setAside, type WarnDamage } from '../disk/set-aside.ts';
import { homePaths } from '../home/home.ts';
import { type CachedProfile, cachedProfileProblem } from './cached-profile.ts';
import { profileBytes, RecentProfiles } from './recent-profiles.ts';

/** Keys of other identities that were fetched before: `cache/keys.json`. Losing it costs requests, nothing else. */
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
  /** Milliseconds that a change waits for others. Default 1000. */
  delay?: number;
  /** A write in the background failed; it is tried again with the next change. */
  onError?: (error: unknown) => void;
  /** A profile that was put differs in its keys from the one before. */
  onKeyChange?: (idTag: string, change: KeyChange) => void;
  /** The file was damaged and is set aside. */
  onDamage?: WarnDamage;
}

interface CacheFile {
  version: 1;
  profiles: CachedProfile[];
}

const MOST_BYTES = 32 * 1024 * 1024;

/** Profiles that were fetched before, to be read by whoever doesn't own the home: nothing is changed on disk. */
export async function readKeyCache(root: string, onDamage: WarnDamage): Promise<Pick<KeyCache, 'get' | 'size'>> {
  const path = keysPath(root);
  const { profiles, problem } = await readCacheFile(path);
  if (problem !== null) onDamage('The key cache is damaged', { path, reason: problem });
  const byIdTag = new Map(profiles.map((profile) => [profile.idTag, profile]));
  return { get: (idTag) => byIdTag.get(idTag) ?? null, size: byIdTag.size };
}

function keysPath(root: string): string {
  return join(homePaths(root).cache, 'keys.json');
}

/** Opens the cache of a home whose lock the caller holds. A damaged one is set aside: the worst is an empty cache. */
export async function openKeyCache(root: string, options: KeyCacheOptions = {}): Promise<KeyCache> {
  const {
    limit = 10_000,
    bytes = MOST_BYTES,
    delay = 1000,
    onError = () => {},
    onKeyChange = () => {},
    onDamage = () => {},
  } = options;
  const path = keysPath(root);
  // A backup needn't hold it.
  await openCacheDirectory(dirname(path), onDamage);
  const found = await readCacheFile(path);
  if (found.problem !== null) await setAside(path, found.problem, onDamage);
  const profiles = new RecentProfiles({ count: limit, bytes });
  for (const profile of found.profiles) profiles.put(profile, profileBytes(profile));
  let timer: NodeJS.Timeout | null = null;
  let dirty = found.problem !== null && profiles.size > 0;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    if (!dirty) return;
    dirty = false;
    try {
      await writeDurably(path, `${JSON.stringify({ version: 1, profiles: [...profiles.values()] })}\n`);
    } catch (error) {
      dirty = true;
      throw error;
    }
  };

  /** After the one that is under way: whoever closes the cache lets go of the home next. */
  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    writing = writing.then(write, write);
    return writing;
  };

  return {
    get: (idTag) => profiles.get(idTag),
    put: (profile) => {
      const { retired, changes } = followKeys(profiles.get(profile.idTag) ?? null, profile);
      const kept = withRetired(profile, retired);
      profiles.put(kept, profileBytes(kept));
      for (const change of changes) onKeyChange(profile.idTag, change);
      dirty = true;
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
    close: flush,
  };
}

function withRetired({ retired: _, ...profile }: CachedProfile, retired: readonly RetiredKey[]): CachedProfile {
  return retired.length > 0 ? { ...profile, retired } : profile;
}

/**
 * The profiles in a file. Of a damaged one those that are sound are used.
 * @returns `problem`: what is wrong with the file, null: nothing
 */
async function readCacheFile(path: string): Promise<{ profiles: CachedProfile[]; problem: string | null }> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    return { profiles: [], problem: hasErrno(error, 'ENOENT') ? null : whyUnreadable(error) };
  }
  const { version, profiles } = (json ?? {}) as Partial<CacheFile>;
  if (version !== 1) return { profiles: [], problem: '"version" must be 1' };
  if (!Array.isArray(profiles)) return { profiles: [], problem: '"profiles" must be a list' };
  const problems = profiles.map(cachedProfileProblem);
  const bad = problems.findIndex((problem) => problem !== null);
  return {
    profiles: profiles.filter((_, index) => problems[index] === null),
    problem: bad < 0 ? null : `"profiles[${bad}]" ${problems[bad]}`,
  };
}
