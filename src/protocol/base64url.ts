/** Strict base64url, so that each value has one spelling and each token one ID. */
import { CloudilloError } from './errors.ts';

/**
 * Decodes unpadded base64url strictly. `Buffer` skips unknown characters and accepts `+`, `/`, padding, white space and non-zero
 * trailing bits. One token would then have several spellings, hence several IDs.
 * @throws CloudilloError `token.base64url`
 */
export function decodeBase64url(text: string): Buffer {
  const problem = base64urlProblem(text);
  if (problem !== null) {
    throw new CloudilloError('token.base64url', `Not unpadded base64url: ${problem}`, { stage: 'token' });
  }
  return Buffer.from(text, 'base64url');
}

/** Encodes bytes as unpadded base64url (RFC 4648, section 5). */
export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/** Last characters whose unused low bits are zero, by the length modulo 4. */
const LAST_OF_TWO = /[AQgw]$/;
const LAST_OF_THREE = /[AEIMQUYcgkosw048]$/;

function base64urlProblem(text: string): string | null {
  const bad = /[^A-Za-z0-9_-]/.exec(text);
  if (bad) return `character ${JSON.stringify(bad[0])} at position ${bad.index}`;
  const rest = text.length % 4;
  if (rest === 1) return `${text.length} characters can't be whole bytes`;
  if ((rest === 2 && !LAST_OF_TWO.test(text)) || (rest === 3 && !LAST_OF_THREE.test(text))) {
    return 'the unused bits of its last character are not zero';
  }
  return null;
}
