/** A cached profile, and the check of its form on disk. */
import type { PublishedKey, RetiredKey } from '../../protocol/key-history.ts';

/** A profile of a peer as it was fetched last. */
export interface CachedProfile {
  idTag: string;
  name?: string;
  type?: 'person' | 'community';
  profilePic?: string;
  keys: PublishedKey[];
  /** Keys that are no longer published. The cache itself maintains them. */
  retired?: readonly RetiredKey[];
  etag?: string;
  /** Unix milliseconds. */
  fetchedAt: number;
}

/** The fault of a profile that was read from disk, as the end of a sentence; null when it has none. */
export function cachedProfileProblem(json: unknown): string | null {
  if (typeof json !== 'object' || json === null) return 'must be an object';
  const { idTag, fetchedAt, keys, retired, name, profilePic, etag, type } = json as Partial<CachedProfile>;
  if (typeof idTag !== 'string') return 'has no "idTag"';
  if (!Number.isFinite(fetchedAt)) return 'has no "fetchedAt"';
  if (!Array.isArray(keys) || !keys.every(isKey)) return 'has malformed "keys"';
  if (retired !== undefined && !(Array.isArray(retired) && retired.every(isRetired)))
    return 'has malformed "retired" keys';
  for (const [field, value] of Object.entries({ name, profilePic, etag, type })) {
    if (value !== undefined && typeof value !== 'string') return `has a malformed "${field}"`;
  }
  return type === undefined || type === 'person' || type === 'community' ? null : 'has a malformed "type"';
}

function isRetired(key: unknown): boolean {
  const { lastSeenAt, goneAt } = (key ?? {}) as Partial<RetiredKey>;
  return isKey(key) && Number.isFinite(lastSeenAt) && Number.isFinite(goneAt);
}

function isKey(key: unknown): boolean {
  const { keyId, publicKey, expiresAt } = (key ?? {}) as Partial<PublishedKey>;
  const isTime = expiresAt === undefined || (typeof expiresAt === 'string' && !Number.isNaN(Date.parse(expiresAt)));
  return typeof keyId === 'string' && typeof publicKey === 'string' && isTime;
}
