/** The verification of ES384 signatures. */
import { type KeyObject, verify } from 'node:crypto';
import { CloudilloError } from './errors.ts';
import { isP384 } from './keys.ts';

/** The two 48-byte numbers r and s. */
const SIGNATURE_BYTES = 96;

/**
 * Verifies an ES384 signature on a worker thread, off the event loop.
 * @returns `false` for a signature of another key, or of other than 96 bytes. A high s is valid: half of the network's signatures
 *   have one
 * @throws CloudilloError `key.curve` for a key that isn't P-384
 */
export async function verifySignature(
  { signingInput, signature }: { signingInput: string; signature: Uint8Array },
  publicKey: KeyObject,
): Promise<boolean> {
  if (!isP384(publicKey)) {
    throw new CloudilloError('key.curve', 'Only P-384 keys verify action tokens', { stage: 'signature' });
  }
  if (signature.length !== SIGNATURE_BYTES) return false;
  return new Promise((resolve, reject) => {
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    verify('sha384', Buffer.from(signingInput), key, signature, (error, valid) =>
      error ? reject(error) : resolve(valid),
    );
  });
}
