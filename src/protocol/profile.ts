/** Profiles, as `GET /api/me` publishes them, and the keys in them. */
import { isContentId } from './content-id.ts';
import { unwrap } from './envelope.ts';
import { CloudilloError } from './errors.ts';
import { isCanonicalIdTag } from './id-tag.ts';
import { parseIso } from './iso-time.ts';
import { isJsonObject, type JsonType, typeProblem } from './json-object.ts';

/** A published public key. */
export interface ProfileKey {
  keyId: string;
  /** In wire form. It may be unusable: `find-key.ts` checks it. */
  publicKey: string;
  /** ISO 8601. Signatures made later are refused. */
  expiresAt?: string;
}

/** The content of `GET /api/me`. */
export interface Profile {
  idTag: string;
  name: string;
  type: 'person' | 'community';
  profilePic?: string;
  keys: ProfileKey[];
}

const MAX_KEYS = 256;
const MAX_NAME = 1000;
/** In characters. The claim `k` of a token may be this long. */
export const MAX_KEY_ID = 512;
/**
 * In characters. A P-384 key has 160 as base64 and some 230 as PEM. A key of another kind is kept, so that its use fails with its
 * name.
 */
const MAX_PUBLIC_KEY = 1024;
/** The last millisecond of the year 9999. */
const MAX_TIME_MS = 253_402_300_799_999;

/**
 * Reads a profile, in its envelope or bare as older servers send it.
 * @throws CloudilloError `peer.profile` with what is wrong; `peer.error` for an error envelope
 */
export function parseProfile(json: unknown): Profile {
  const body = unwrap(json);
  if (!isJsonObject(body)) throw malformed('it is not an object');
  const { idTag, name, type, profilePic, keys } = body;
  if (typeof idTag !== 'string') throw ofType('its idTag', idTag, 'string');
  if (!isCanonicalIdTag(idTag)) throw malformed('its idTag is not a canonical DNS name');
  if (!Array.isArray(keys)) throw ofType('its list of keys', keys, 'array');
  if (keys.length > MAX_KEYS) throw malformed(`it lists ${keys.length} keys; ${MAX_KEYS} are allowed`);
  return {
    idTag,
    name: parseName(name),
    type: parseType(type),
    // The ID becomes part of a URL. The network's server sends "" for none.
    ...(typeof profilePic === 'string' && isContentId(profilePic, 'f1') && { profilePic }),
    keys: keys.map(parseKey),
  };
}

/** @param value not of that type */
function ofType(what: string, value: unknown, wanted: JsonType): CloudilloError {
  return malformed(typeProblem(what, value, wanted) ?? `${what} is not right`);
}

/** An unknown type is read as a person. Nothing depends on the type, and the keys must stay readable. */
function parseType(type: unknown): Profile['type'] {
  if (type !== undefined && type !== null && typeof type !== 'string') throw ofType('its type', type, 'string');
  return type === 'community' ? 'community' : 'person';
}

function parseName(name: unknown): string {
  if (name === undefined || name === null) return '';
  if (typeof name !== 'string') throw ofType('its name', name, 'string');
  if (name.length > MAX_NAME) throw malformed(`its name has ${name.length} characters; ${MAX_NAME} are allowed`);
  return name;
}

function parseKey(entry: unknown, index: number): ProfileKey {
  if (!isJsonObject(entry)) throw malformed(`key ${index + 1} is not an object`);
  const { keyId, publicKey, expiresAt } = entry;
  if (typeof keyId !== 'string') throw ofType(`the keyId of key ${index + 1}`, keyId, 'string');
  if (keyId === '') throw malformed(`the keyId of key ${index + 1} is empty`);
  if (keyId.length > MAX_KEY_ID)
    throw malformed(`the keyId of key ${index + 1} has more than ${MAX_KEY_ID} characters`);
  if (typeof publicKey !== 'string') throw ofType(`the publicKey of key ${keyId}`, publicKey, 'string');
  if (publicKey.length > MAX_PUBLIC_KEY) {
    throw malformed(`the publicKey of key ${index + 1} has more than ${MAX_PUBLIC_KEY} characters`);
  }
  if (expiresAt === undefined || expiresAt === null) return { keyId, publicKey };
  return { keyId, publicKey, expiresAt: parseTime(expiresAt, keyId) };
}

/**
 * Reads ISO 8601 or unix seconds. Anything else is refused: a key with an unreadable end must not pass for one without an end.
 */
function parseTime(value: unknown, keyId: string): string {
  const ms = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? isoMilliseconds(value) : Number.NaN;
  if (!(Math.abs(ms) <= MAX_TIME_MS)) throw malformed(`the expiresAt of key ${keyId} is not a time`);
  return new Date(ms).toISOString();
}

function isoMilliseconds(text: string): number {
  const parts = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  // Without a zone `Date.parse` would use the machine's own, and one key would end at different times.
  return parts ? parseIso(`${parts[1]}T${parts[2] ?? '00:00'}${parts[3] ?? 'Z'}`) : Number.NaN;
}

function malformed(reason: string): CloudilloError {
  return new CloudilloError('peer.profile', `The profile is malformed: ${reason}`, { stage: 'profile' });
}
