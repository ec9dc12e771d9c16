/** Keys in the text around them: what `openssl` writes before and after a key, and keys in DER. */

/** A PEM block of a key. */
export interface PemBlock {
  /** `EC PRIVATE KEY`. */
  label: string;
  /** The block alone, from BEGIN to END. */
  pem: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]*(?:PRIVATE|PUBLIC) KEY)-----[^-]*(?:-(?!----)[^-]*)*-----END \1-----/g;

/**
 * The keys in a text. Curve parameters, attributes, certificates and what `-text` prints stand around a key in what `openssl` writes,
 * and are left out.
 */
export function keyBlocks(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([pem, label = '']) => ({ label, pem }));
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const LONG_LENGTH = 0x80;

/**
 * A private key in DER as PEM, which is its base64 between two lines.
 * @returns null when the bytes don't begin as such a key does
 */
export function pemOfDer(der: Uint8Array): string | null {
  const label = labelOf(der);
  if (label === null) return null;
  const lines =
    Buffer.from(der.buffer, der.byteOffset, der.byteLength)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** Which kind of private key this is, by its first fields (RFC 5208, RFC 5915, RFC 5958). */
function labelOf(der: Uint8Array): string | null {
  const [tag, length = 0] = der;
  if (tag !== SEQUENCE || (length >= 0x20 && length < LONG_LENGTH && der.length !== length + 2)) return null;
  const content = length < LONG_LENGTH ? 2 : 2 + (length - LONG_LENGTH);
  const [field, size, , next] = der.subarray(content);
  if (field === SEQUENCE) return 'ENCRYPTED PRIVATE KEY';
  if (field !== INTEGER || size !== 1) return null;
  if (next === SEQUENCE) return 'PRIVATE KEY';
  return next === OCTET_STRING ? 'EC PRIVATE KEY' : null;
}
