import { dirname, join } from 'node:path';
import { followKeys, type KeyChange, type PublishedKey, type RetiredKey } from '../../protocol/key-history.ts';
import { openDocument } from '../disk/document.ts';
import { makeDirectory } from '../disk/durable-file.ts';
import { homePaths } from '../home/home.ts';

/** What was last seen of a peer's profile. */
export interface CachedProfile {
  idTag: string;
  name?: string;
  type?: 'person' | 'community';
  profilePic?: string;
  keys: PublishedKey[];
  /** Keys that were published once; the cache itself keeps account of them. */
  retired?: readonly RetiredKey[];
  etag?: string;
  /** Unix milliseconds. */
  fetchedAt: number;
}

/** Keys of other identities that were fetched before: `cache/keys.json`. Losing it costs requests, nothing else. */
export interface KeyCache {
  get(idTag: string): CachedProfile | null;
  /** Remembered at once, written soon after, together with others. */
  put(profile: CachedProfile): void;
  readonly size: number;
  /** Resolves when everything put so far is on disk. @throws {CloudilloError} `store.full` | `store.io` */
  flush(): Promise<void>;
  /** Flushes and stops. */
  close(): Promise<void>;
}

/** Options of {@link openKeyCache}. */
export interface KeyCacheOptions {
  /** Most entries; those fetched longest ago go first. Default 10,000. */
  limit?: number;
  /** Milliseconds that a change waits for others. Default 1000. */
  delay?: number;
  /** A write in the background failed; it is tried again with the next change. */
  onError?: (error: unknown) => void;
  /** A profile that was put differs in its keys from the one before. */
  onKeyChange?: (idTag: string, change: KeyChange) => void;
}

interface CacheFile {
  version: 1;
  profiles: CachedProfile[];
}

/** @throws {CloudilloError} `store.document` when the file is malformed | `store.io` */
export async function openKeyCache(root: string, options: KeyCacheOptions = {}): Promise<KeyCache> {
  const { limit = 10_000, delay = 1000, onError = () => {}, onKeyChange = () => {} } = options;
  const path = join(homePaths(root).cache, 'keys.json');
  const document = await openDocument<CacheFile>(path, {
    parse: parseCacheFile,
    initial: { version: 1, profiles: [] },
  });
  const profiles = new Map(document.data.profiles.map((profile) => [profile.idTag, profile]));
  let timer: NodeJS.Timeout | null = null;
  let dirty = false;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    if (!dirty) return;
    dirty = false;
    try {
      // A backup needn't hold it.
      await makeDirectory(dirname(path));
      await document.update(() => ({ version: 1, profiles: [...profiles.values()] }));
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
    get: (idTag) => profiles.get(idTag) ?? null,
    put: (profile) => {
      const { retired, changes } = followKeys(profiles.get(profile.idTag) ?? null, profile);
      // Deleted first so that the Map's order is the order of fetching: the first one is the oldest.
      profiles.delete(profile.idTag);
      profiles.set(profile.idTag, withRetired(profile, retired));
      for (const change of changes) onKeyChange(profile.idTag, change);
      for (const oldest of profiles.keys()) {
        if (profiles.size <= limit) break;
        profiles.delete(oldest);
      }
      dirty = true;
      timer ??= setTimeout(() => flush().catch(onError), delay);
      // A command that is done doesn't wait for its cache: it calls close().
      timer.unref();
    },
    get size() {
      return profiles.size;
    },
    flush,
    close: flush,
  };
}

function withRetired({ retired: _, ...profile }: CachedProfile, retired: readonly RetiredKey[]): CachedProfile {
  return retired.length > 0 ? { ...profile, retired } : profile;
}

function parseCacheFile(json: unknown): CacheFile {
  const { version, profiles } = (json ?? {}) as Partial<CacheFile>;
  if (version !== 1) throw new Error('"version" must be 1');
  if (!Array.isArray(profiles)) throw new Error('"profiles" must be a list');
  for (const [index, profile] of profiles.entries()) {
    const problem = profileProblem(profile);
    if (problem) throw new Error(`"profiles[${index}]" ${problem}`);
  }
  return json as CacheFile;
}

function profileProblem(profile: Partial<CachedProfile> | null): string | null {
  if (typeof profile !== 'object' || profile === null) return 'must be an object';
  if (typeof profile.idTag !== 'string') return 'has no "idTag"';
  if (typeof profile.fetchedAt !== 'number') return 'has no "fetchedAt"';
  const good = Array.isArray(profile.keys) && profile.keys.every((key) => isKey(key));
  if (!good) return 'has malformed "keys"';
  const { retired = [] } = profile;
  return Array.isArray(retired) && retired.every(isRetired) ? null : 'has malformed "retired" keys';
}

function isRetired(key: Partial<RetiredKey> | null): boolean {
  return isKey(key) && typeof key?.lastSeenAt === 'number' && typeof key.goneAt === 'number';
}

function isKey(key: Partial<PublishedKey> | null): boolean {
  return typeof key?.keyId === 'string' && typeof key.publicKey === 'string';
}
