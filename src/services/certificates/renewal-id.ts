/** The name of a certificate in questions about its renewal (RFC 9773, section 4.1). */
import { X509Certificate } from 'node:crypto';
import { loadX509 } from './x509.ts';

/** The unique name of a certificate; null: it doesn't name its issuer's key. @param pem the chain, the own certificate first */
export async function renewalId(pem: string): Promise<string | null> {
  const x509 = await loadX509();
  const der = new X509Certificate(pem).raw;
  const certificate = new x509.X509Certificate(der);
  const keyId = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  if (keyId === undefined) return null;
  return `${base64url(keyId)}.${base64url(derInteger(certificate.serialNumber))}`;
}

/** The bytes of a DER integer: one that begins with a set bit has a zero byte before it. */
function derInteger(hex: string): string {
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even;
}

function base64url(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}
