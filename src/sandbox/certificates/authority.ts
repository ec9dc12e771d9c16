/** The sandbox's certificate authority. */
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import type { Extension, X509Certificate } from '@peculiar/x509';
import { loadX509 } from '../../services/certificates/x509.ts';

/** A certificate and its private key, both PEM (the key PKCS#8). */
export interface CertifiedKey {
  certificate: string;
  key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
/** Clients refuse server certificates that are valid for longer (CA/Browser Forum, Apple: 398 days). */
const LEAF_DAYS = 397;
/** Certificates are valid from a little before they are made, because clocks of virtual machines and containers lag. */
const BACKDATE_MS = 3_600_000;

/** Makes an authority. It is valid for ten years, and signs server certificates only. */
export async function createAuthority(now: Date): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  // Each authority has a name of its own: a client that trusts an old one must see the difference.
  const name = `CN=Cloudillo sandbox ${randomBytes(4).toString('hex')}`;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...validity(now, CA_DAYS),
      serialNumber: serialNumber(),
      subject: name,
      issuer: name,
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: pem(certificate), key: keyPem(keys.privateKey) };
}

/** Issues a server certificate for these host names (A-labels). The first one is its common name. */
export async function issueCertificate(
  authority: CertifiedKey,
  hosts: readonly [string, ...string[]],
  now: Date,
): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const ca = new x509.X509Certificate(authority.certificate);
  const keys = await generateKeys();
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value }))),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
    await x509.AuthorityKeyIdentifierExtension.create(await ca.publicKey.export(webcrypto), false, webcrypto),
  ];
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...validity(now, LEAF_DAYS),
      serialNumber: serialNumber(),
      subject: `CN=${hosts[0]}`,
      issuer: ca.subject,
      publicKey: keys.publicKey,
      signingKey: await signingKey(authority.key),
      signingAlgorithm: ALGORITHM,
      extensions,
    },
    webcrypto,
  );
  return { certificate: pem(certificate), key: keyPem(keys.privateKey) };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function signingKey(text: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(text).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  const from = now.getTime() - BACKDATE_MS;
  return { notBefore: new Date(from), notAfter: new Date(from + days * DAY_MS) };
}

/**
 * A serial number, positive and unpredictable (RFC 5280 section 4.1.2.2). A first byte of 0x01 to 0x7f keeps it positive and full
 * length.
 */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x01;
  return bytes.toString('hex');
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

function keyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
