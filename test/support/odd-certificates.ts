import { X509Certificate } from 'node:crypto';
import type { ServerCertificate } from './certificates.ts';

/** A UTCTime of 13 characters begins so. */
const UTC_TIME = Buffer.from([0x17, 0x0d]);

/** The same certificate with another text in place of a date. Its signature is wrong then, which nobody looks at so early. */
export function withDate(
  { cert, key }: ServerCertificate,
  which: 'notBefore' | 'notAfter',
  date: string,
): ServerCertificate {
  const der = Buffer.from(new X509Certificate(cert).raw);
  const first = der.indexOf(UTC_TIME);
  const at = which === 'notBefore' ? first : der.indexOf(UTC_TIME, first + 1);
  der.write(date, at + UTC_TIME.length, 'latin1');
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return { cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`, key };
}
