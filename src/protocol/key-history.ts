/** How the keys of an issuer change from one fetch of its profile to the next. */

/** A key as a profile publishes it. */
export interface PublishedKey {
  keyId: string;
  /** Wire form. */
  publicKey: string;
  /** ISO 8601. */
  expiresAt?: string;
}

/** A key that its issuer no longer publishes. Times are unix milliseconds. */
export interface RetiredKey extends PublishedKey {
  /** The last fetch that had the key. A signature made later can't be told from a forgery. */
  lastSeenAt: number;
  /** The first fetch without the key, or with another key under its ID. */
  goneAt: number;
}

/** The keys of an issuer, as fetched. */
export interface KeyRecord {
  keys: readonly PublishedKey[];
  /** Latest first. */
  retired?: readonly RetiredKey[];
  /** Unix milliseconds. */
  fetchedAt: number;
}

/** A change of an issuer's keys between two fetches. */
export interface KeyChange {
  /** `replaced`: another key under the same ID. An honest rotation never does that. */
  kind: 'added' | 'gone' | 'replaced';
  keyId: string;
}

/** The most retired keys that are kept, so that an issuer with thousands of keys doesn't fill the cache. */
const MAX_RETIRED = 16;

/**
 * Compares two fetches of an issuer's keys. A key that is gone is kept as retired, with the time when it was last seen. Whoever
 * stored a signature from before that time can still verify it. Nothing that arrives is verified with a retired key: it may be
 * gone because it was stolen.
 */
export function followKeys(
  before: KeyRecord | null,
  now: KeyRecord,
): { retired: readonly RetiredKey[]; changes: KeyChange[] } {
  if (!before) return { retired: [], changes: [] };
  const published = new Map(now.keys.map((key) => [key.keyId, key]));
  const known = new Map(before.keys.map((key) => [key.keyId, key]));
  const times = { lastSeenAt: before.fetchedAt, goneAt: now.fetchedAt };
  const lost = before.keys.filter(({ keyId, publicKey }) => published.get(keyId)?.publicKey !== publicKey);
  const isBack = ({ keyId, publicKey }: PublishedKey) => published.get(keyId)?.publicKey === publicKey;
  return {
    retired: [
      ...lost.map((key) => ({ ...key, ...times })),
      ...(before.retired ?? []).filter((key) => !isBack(key)),
    ].slice(0, MAX_RETIRED),
    changes: [
      ...lost.map(({ keyId }) => ({ kind: published.has(keyId) ? 'replaced' : 'gone', keyId }) as const),
      ...now.keys.filter(({ keyId }) => !known.has(keyId)).map(({ keyId }) => ({ kind: 'added', keyId }) as const),
    ],
  };
}
