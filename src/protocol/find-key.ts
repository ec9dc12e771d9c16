/** Keys of a profile, as a token is verified with them. */
import type { KeyObject } from 'node:crypto';
import { importPublicKey } from './keys.ts';
import type { Profile } from './profile.ts';
import type { VerificationKey } from './verify.ts';

/**
 * The key with that ID, ready to verify with; `null` when the profile has none.
 * @param importKey imports the published text
 * @throws CloudilloError `key.malformed`, `key.curve` when the published key is unusable
 */
export function findKey(
  profile: Pick<Profile, 'keys'>,
  keyId: string,
  importKey: (wire: string) => KeyObject = importPublicKey,
): VerificationKey | null {
  const found = profile.keys.find((key) => key.keyId === keyId);
  if (!found) return null;
  return {
    keyId,
    publicKey: importKey(found.publicKey),
    ...(found.expiresAt !== undefined && { expiresAt: Math.floor(Date.parse(found.expiresAt) / 1000) }),
  };
}
