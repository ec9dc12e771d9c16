/** Makes what the server needs of X.509: requests for certificates, and certificates that it signs itself. */
import { createHash, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import type { Extension } from '@peculiar/x509';

/** A certificate (chain) and its private key, both PEM. */
export interface CertifiedKey {
  cert: string;
  key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** The extension that shows a challenge (RFC 8737, section 6.1). */
const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31';
/** The DER tag and length of an OCTET STRING with 32 bytes, in hexadecimal digits. */
const OCTET_STRING_32 = '0420';
const BACKDATE = 3_600_000;
const LIFETIME = 90 * 86_400_000;

/** Loads the X.509 library, which is large. Its injection container needs the metadata part of `Reflect`. */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** A request for a certificate for these host names, and its new private key. */
export async function certificateRequest(names: readonly string[]): Promise<{ csr: Buffer; key: string }> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { keys, signingAlgorithm: ALGORITHM, extensions: [namesExtension(x509, names)] },
    webcrypto,
  );
  return { csr: Buffer.from(request.rawData), key: pemOf(keys.privateKey) };
}

/**
 * A certificate that is signed by itself.
 * @param keyAuthorization shows this challenge (RFC 8737, section 3); undefined: none
 * @param now unix milliseconds
 */
export async function selfSigned(
  names: readonly string[],
  now: number,
  keyAuthorization?: string,
): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const extensions: Extension[] = names.length > 0 ? [namesExtension(x509, names)] : [];
  if (keyAuthorization !== undefined) {
    const proof = createHash('sha256').update(keyAuthorization).digest('hex');
    extensions.push(new x509.Extension(ACME_IDENTIFIER, true, Buffer.from(OCTET_STRING_32 + proof, 'hex')));
  }
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      keys,
      // A first byte from 0x01 to 0x7f keeps the number positive (RFC 5280, section 4.1.2.2).
      serialNumber: `01${randomBytes(15).toString('hex')}`,
      name: 'CN=not trusted',
      notBefore: new Date(now - BACKDATE),
      notAfter: new Date(now + LIFETIME),
      signingAlgorithm: ALGORITHM,
      extensions,
    },
    webcrypto,
  );
  return { cert: certificate.toString('pem'), key: pemOf(keys.privateKey) };
}

function namesExtension(x509: Awaited<ReturnType<typeof loadX509>>, names: readonly string[]): Extension {
  return new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })));
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function pemOf(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
