/** What signs for an identity of this home. */
import type { ActionClaims } from '../../protocol/token.ts';

/** Claims without what the signer fills in: issuer, key ID and, when absent, the time. */
export type UnsignedClaims = Omit<ActionClaims, 'iss' | 'k' | 'iat'> & { t: string; iat?: number };

/** Signs as an identity of this home. */
export interface Signer {
  /**
   * Action token of `claims`, issued by `idTag` and signed with its newest usable key.
   * @throws CloudilloError `home.identity-missing` (not an identity here), `key.none` (all expired or revoked), `key.missing`,
   * `key.mode`, `key.passphrase`, `key.mismatch`
   */
  sign(idTag: string, claims: UnsignedClaims): Promise<string>;
}
