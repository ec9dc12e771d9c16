import { unwrap } from './envelope.ts';
import { CloudilloError } from './errors.ts';
import { isCanonicalIdTag } from './id-tag.ts';
import { importPublicKey } from './keys.ts';
import type { VerificationKey } from './verify.ts';

/** A published public key. */
export interface ProfileKey {
  keyId: string;
  /** Wire form; not necessarily a sound key: {@link findKey} finds out. */
  publicKey: string;
  /** ISO 8601; signatures made later are refused. */
  expiresAt?: string;
}

/** What `GET /api/me` tells. */
export interface Profile {
  idTag: string;
  name: string;
  type: 'person' | 'community';
  profilePic?: string;
  keys: ProfileKey[];
}

const MAX_KEYS = 256;

/**
 * Reads a profile, in its envelope or bare as older servers send it.
 *
 * @throws `peer.profile` with what is wrong; `peer.error` for an error envelope
 */
export function parseProfile(json: unknown): Profile {
  const body = unwrap(json);
  if (!isRecord(body)) throw malformed('it is not an object');
  const { idTag, name, type, profilePic, keys } = body;
  if (typeof idTag !== 'string' || !isCanonicalIdTag(idTag)) throw malformed('its idTag is not a canonical DNS name');
  if (!Array.isArray(keys)) throw malformed('it has no list of keys');
  if (keys.length > MAX_KEYS) throw malformed(`it lists ${keys.length} keys; ${MAX_KEYS} are allowed`);
  return {
    idTag,
    name: typeof name === 'string' ? name : '',
    type: parseType(type),
    ...(typeof profilePic === 'string' && profilePic !== '' && { profilePic }),
    keys: keys.map(parseKey),
  };
}

/**
 * The key of that ID, ready to verify with, or `null` when the profile has none.
 *
 * @throws `key.malformed`, `key.curve` when the published key is unusable
 */
export function findKey(profile: Profile, keyId: string): VerificationKey | null {
  const found = profile.keys.find((key) => key.keyId === keyId);
  if (!found) return null;
  return {
    keyId,
    publicKey: importPublicKey(found.publicKey),
    ...(found.expiresAt !== undefined && { expiresAt: Math.floor(Date.parse(found.expiresAt) / 1000) }),
  };
}

function parseType(type: unknown): Profile['type'] {
  // Older servers leave it out for persons.
  if (type === undefined || type === 'person') return 'person';
  if (type === 'community') return 'community';
  throw malformed('its type is neither person nor community');
}

function parseKey(entry: unknown, index: number): ProfileKey {
  if (!isRecord(entry)) throw malformed(`key ${index + 1} is not an object`);
  const { keyId, publicKey, expiresAt } = entry;
  if (typeof keyId !== 'string' || keyId === '') throw malformed(`key ${index + 1} has no keyId`);
  if (typeof publicKey !== 'string') throw malformed(`key ${keyId} has no publicKey`);
  if (expiresAt === undefined || expiresAt === null) return { keyId, publicKey };
  return { keyId, publicKey, expiresAt: parseTime(expiresAt, keyId) };
}

/** ISO 8601 or unix seconds. Anything else is refused: a key whose end we can't read must not look endless. */
function parseTime(value: unknown, keyId: string): string {
  const isoText = typeof value === 'string' && /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d))?$/.test(value);
  const ms = isoText ? Date.parse(value) : typeof value === 'number' ? value * 1000 : Number.NaN;
  if (!(Math.abs(ms) <= 253_402_300_799_999)) throw malformed(`the expiresAt of key ${keyId} is not a time`);
  return new Date(ms).toISOString();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(reason: string): CloudilloError {
  return new CloudilloError('peer.profile', `The profile is malformed: ${reason}`, { stage: 'profile' });
}
