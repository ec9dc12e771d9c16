import { fingerprint, importPublicKey } from '../../protocol/keys.ts';
import type { Identity, IdentityKey } from '../../store/identities/identity-document.ts';
import { signingKey } from './sign.ts';

/**
 * `signing`: signs what is created now. `published`: verifies older signatures, and could sign. `expired`: still published, for
 * signatures made before. `revoked`: no longer published.
 */
export type KeyState = 'signing' | 'published' | 'expired' | 'revoked';

/** A key as it is shown. Nothing secret. */
export interface KeyView {
  keyId: string;
  state: KeyState;
  fingerprint: string;
  /** Wire form. */
  publicKey: string;
  /** ISO 8601, as the other times. */
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  /** Does the key file need a passphrase? */
  encrypted: boolean;
}

/** The keys of an identity, oldest first. `now` in unix milliseconds. */
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
