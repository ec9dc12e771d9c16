/** The content of `identity.json`. */
import { isCanonicalIdTag } from '../../protocol/id-tag.ts';
import { assertFields, date, flag, list, optional, type Rule, text, texts } from '../disk/field-rules.ts';

/** A key of a tenant. Dates are ISO 8601. */
export interface IdentityKey {
  keyId: string;
  /** Wire form: base64 of the SPKI DER. */
  publicKey: string;
  createdAt: string;
  expiresAt?: string;
  /** The profile lacks it since then. */
  revokedAt?: string;
  /** The private key needs a passphrase. */
  encrypted?: boolean;
}

/** A tenant: the content of `identity.json`. */
export interface Identity {
  /** Canonical U-label. */
  idTag: string;
  name: string;
  type: 'person' | 'community';
  /** File ID `f1~…` */
  profilePic?: string;
  /** File ID of the picture above the profile. */
  coverPic?: string;
  /** Texts that clients keep with the profile, by name. */
  x?: Record<string, string>;
  createdAt: string;
  /** Oldest first. The newest one that is neither expired nor revoked signs. */
  keys: IdentityKey[];
}

const KEY_RULES: Record<keyof IdentityKey, Rule> = {
  keyId: text,
  publicKey: text,
  createdAt: date,
  expiresAt: optional(date),
  revokedAt: optional(date),
  encrypted: optional(flag),
};

const IDENTITY_RULES: Record<keyof Identity, Rule> = {
  idTag: (value) => (typeof value === 'string' && isCanonicalIdTag(value) ? null : 'must be a canonical idTag'),
  name: text,
  type: (value) => (value === 'person' || value === 'community' ? null : 'must be "person" or "community"'),
  profilePic: optional(text),
  coverPic: optional(text),
  x: optional(texts),
  createdAt: date,
  keys: list,
};

/**
 * Parses strictly. An unknown field is refused, so that a typo in a hand-edited file is noticed. @throws Error with the reason
 */
export function parseIdentity(json: unknown): Identity {
  assertFields(json, IDENTITY_RULES, '');
  const identity = json as Identity;
  const seen = new Set<string>();
  for (const [index, key] of identity.keys.entries()) {
    assertFields(key, KEY_RULES, `keys[${index}].`);
    if (seen.has(key.keyId)) throw new Error(`"keys[${index}].keyId" is there twice`);
    seen.add(key.keyId);
  }
  return identity;
}
