/** The view of a tenant's keys. */
import { fingerprint, importPublicKey } from '../../protocol/keys.ts';
import type { Identity, IdentityKey } from '../../store/identities/identity-document.ts';
import { signingKey } from './sign.ts';

/**
 * `signing`: signs new tokens. `published`: verifies older signatures, and could sign. `expired`: still published, for
 * signatures made before. `revoked`: no longer published.
 */
export type KeyState = 'signing' | 'published' | 'expired' | 'revoked';

/** A key as commands show it. It contains no secret. */
export interface KeyView {
  keyId: string;
  state: KeyState;
  fingerprint: string;
  /** The key in wire form. */
  publicKey: string;
  /** ISO 8601, as the other times. */
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  /** The key file needs a passphrase. */
  encrypted: boolean;
}

/** The keys of an identity, oldest first. @param now unix milliseconds */
export function keyViews(identity: Identity, now: number): KeyView[] {
  const signing = signingKey(identity, now);
  return identity.keys.map((key) => ({
    keyId: key.keyId,
    state: stateOf(key, key.keyId === signing?.keyId, now),
    fingerprint: fingerprint(importPublicKey(key.publicKey)),
    publicKey: key.publicKey,
    createdAt: key.createdAt,
    expiresAt: key.expiresAt ?? null,
    revokedAt: key.revokedAt ?? null,
    encrypted: key.encrypted ?? false,
  }));
}

function stateOf(key: IdentityKey, signing: boolean, now: number): KeyState {
  if (key.revokedAt !== undefined) return 'revoked';
  if (signing) return 'signing';
  return key.expiresAt !== undefined && Date.parse(key.expiresAt) <= now ? 'expired' : 'published';
}
