/** Keys of a profile, as a token is verified with them. */
import { importPublicKey } from './keys.ts';
import type { Profile } from './profile.ts';
import type { VerificationKey } from './verify.ts';

/**
 * The key with that ID, ready to verify with; `null` when the profile has none.
 * @throws CloudilloError `key.malformed`, `key.curve` when the published key is unusable
 */
export function findKey(profile: Pick<Profile, 'keys'>, keyId: string): VerificationKey | null {
  const found = profile.keys.find((key) => key.keyId === keyId);
  if (!found) return null;
  return {
    keyId,
    publicKey: importPublicKey(found.publicKey),
    ...(found.expiresAt !== undefined && { expiresAt: Math.floor(Date.parse(found.expiresAt) / 1000) }),
  };
}
