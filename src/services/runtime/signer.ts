/** The interface of whatever signs for a tenant. */
import type { ActionClaims } from '../../protocol/token.ts';

/** Claims without those that the signer adds: issuer, key ID and, when absent, the time. */
export type UnsignedClaims = Omit<ActionClaims, 'iss' | 'k' | 'iat'> & { t: string; iat?: number };

/** Signs as a tenant. */
export interface Signer {
  /**
   * An action token of `claims`, issued by `idTag` and signed with its newest usable key.
   * @throws CloudilloError `home.identity-missing` (not a tenant of this home), `key.none` (all expired or revoked),
   *   `key.missing`, `key.mode`, `key.passphrase`, `key.mismatch`
   */
  sign(idTag: string, claims: UnsignedClaims): Promise<string>;
}
