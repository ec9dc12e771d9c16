/** The content of `access.json`: password, API keys and ended sessions. */
import { assertFields, date, integer, list, optional, type Rule, text } from '../disk/field-rules.ts';

/** A stored password: a scrypt hash with its parameters. Bytes are base64url. */
export interface PasswordHash {
  algorithm: 'scrypt';
  /** Cost, block size and parallelisation, as `node:crypto` names them. */
  N: number;
  r: number;
  p: number;
  salt: string;
  hash: string;
  /** ISO 8601 */
  setAt: string;
}

/** A stored API key. The key can't be computed from it. Dates are ISO 8601. */
export interface ApiKeyRecord {
  /** It is never used again, also after the key is deleted. */
  keyId: number;
  /** The first characters of the key, by which an owner recognises it. */
  prefix: string;
  /** SHA-256, base64url. The key is random, so that nobody can guess it, however fast the hash is. */
  hash: string;
  name?: string;
  /** The rights of its tokens; absent: all rights of the owner. */
  scopes?: string;
  createdAt: string;
  expiresAt?: string;
  lastUsedAt?: string;
}

/** A session that was logged out. Its tokens are refused until the last of them has expired. */
export interface EndedSession {
  sid: string;
  /** ISO 8601 */
  until: string;
}

/** How the owner of an identity signs in: the content of `access.json`. */
export interface Access {
  password?: PasswordHash;
  apiKeys: ApiKeyRecord[];
  /** The highest `keyId` so far. */
  lastKeyId: number;
  /** A random value. An owner's token with another one is refused. Each new password changes it. */
  epoch?: string;
  /** The session that changed the password. It alone continues after the change. */
  keptSession?: string;
  endedSessions: EndedSession[];
}

/** Neither password nor API keys. */
export const NO_ACCESS: Access = { apiKeys: [], lastKeyId: 0, endedSessions: [] };

const bytes =
  (count: number): Rule =>
  (value) =>
    typeof value === 'string' && new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((count * 4) / 3)}}$`).test(value)
      ? null
      : `must be ${count} bytes of base64url`;

/** Limits on the cost of a login: a mistake in a hand-edited file must not cost gigabytes. */
const PASSWORD_RULES: Record<keyof PasswordHash, Rule> = {
  algorithm: (value) => (value === 'scrypt' ? null : 'must be "scrypt"'),
  N: (value) =>
    integer(1024, 2 ** 20)(value) ?? (Number.isInteger(Math.log2(value as number)) ? null : 'must be a power of 2'),
  r: integer(1, 32),
  p: integer(1, 16),
  salt: bytes(16),
  hash: bytes(32),
  setAt: date,
};

const KEY_RULES: Record<keyof ApiKeyRecord, Rule> = {
  keyId: integer(1),
  prefix: text,
  hash: bytes(32),
  name: optional(text),
  scopes: optional(text),
  createdAt: date,
  expiresAt: optional(date),
  lastUsedAt: optional(date),
};

const ENDED_RULES: Record<keyof EndedSession, Rule> = { sid: text, until: date };

const ACCESS_RULES: Record<keyof Access, Rule> = {
  password: () => null,
  apiKeys: list,
  lastKeyId: integer(0),
  epoch: optional(text),
  keptSession: optional(text),
  endedSessions: list,
};

/** Parses `access.json` strictly. @throws Error with the reason */
export function parseAccess(json: unknown): Access {
  assertFields(json, ACCESS_RULES, '');
  const access = json as Access;
  if (access.password !== undefined) assertFields(access.password, PASSWORD_RULES, 'password.');
  const seen = new Set<number>();
  for (const [index, key] of access.apiKeys.entries()) {
    assertFields(key, KEY_RULES, `apiKeys[${index}].`);
    if (seen.has(key.keyId)) throw new Error(`"apiKeys[${index}].keyId" is there twice`);
    if (key.keyId > access.lastKeyId) throw new Error(`"lastKeyId" is smaller than a key's`);
    seen.add(key.keyId);
  }
  for (const [index, session] of access.endedSessions.entries()) {
    assertFields(session, ENDED_RULES, `endedSessions[${index}].`);
  }
  return access;
}
