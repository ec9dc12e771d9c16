/** A key as a profile publishes it. */
export interface PublishedKey {
  keyId: string;
  /** Wire form. */
  publicKey: string;
  /** ISO 8601. */
  expiresAt?: string;
}

/** A key that its issuer doesn't publish any more. Times are unix milliseconds. */
export interface RetiredKey extends PublishedKey {
  /** When it was seen published for the last time: nothing signed later can be told from a forgery. */
  lastSeenAt: number;
  /** When it was noticed that it is gone, or another was there under its ID. */
  goneAt: number;
}

/** What is known of an issuer's keys. */
export interface KeyRecord {
  keys: readonly PublishedKey[];
  /** Latest first. */
  retired?: readonly RetiredKey[];
  /** Unix milliseconds. */
  fetchedAt: number;
}

/** Something that happened to an issuer's keys between two looks. */
export interface KeyChange {
  /** `replaced`: another key under the same ID, which no honest rotation does. */
  kind: 'added' | 'gone' | 'replaced';
  keyId: string;
}

/** An issuer that makes keys by the thousand must not fill the cache. */
const MAX_RETIRED = 16;

/**
 * Compares two looks at an issuer's keys. What vanished is kept, with the last time that it was seen: signatures made before
 * then can still be verified by whoever kept them; nothing that arrives is (the key may be gone because it was stolen).
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
