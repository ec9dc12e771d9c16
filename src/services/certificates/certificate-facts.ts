/** The state of a certificate for `status`. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { isoDate } from '../../protocol/iso-time.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';

/** The state of a certificate, for `status`. */
export interface CertificateFacts {
  path: string;
  /** Why it or its key can't be used. The other fields are null where the certificate itself can't be read. */
  problem: string | null;
  subject: string | null;
  /** ISO 8601. */
  validFrom: string | null;
  /** ISO 8601. */
  validTo: string | null;
  daysLeft: number | null;
  /** Host names of this home's tenants that it does not cover. */
  missing: string[];
}

/**
 * Reads a certificate, and compares it with its private key and with the tenants' host names.
 * @param key path of the private key; null: none is set @param now unix milliseconds
 */
export async function certificateFacts(
  path: string,
  key: string | null,
  idTags: string[],
  now: number,
): Promise<CertificateFacts> {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(await readFile(path));
  } catch (error) {
    // The text is for a person: the file is missing, unreadable or no certificate.
    return {
      path,
      problem: whyUnreadable(error),
      subject: null,
      validFrom: null,
      validTo: null,
      daysLeft: null,
      missing: [],
    };
  }
  const validTo = isoDate(certificate.validTo);
  const names = idTags.flatMap((idTag) => [apiHost(idTag), idTagToAscii(idTag)]);
  return {
    path,
    problem: validTo === null ? 'its dates are unreadable' : key === null ? null : await keyProblem(certificate, key),
    subject: certificate.subject?.replaceAll('\n', ', ') ?? null,
    validFrom: isoDate(certificate.validFrom),
    validTo,
    daysLeft: validTo === null ? null : Math.floor((Date.parse(validTo) - now) / 86_400_000),
    missing: names.filter((name) => certificate.checkHost(name) === undefined),
  };
}

/** Why a private key can't be used with its certificate; null when it can. */
async function keyProblem(certificate: X509Certificate, path: string): Promise<string | null> {
  try {
    const isPair = certificate.checkPrivateKey(createPrivateKey(await readFile(path)));
    return isPair ? null : `the key ${path} is not that of the certificate`;
  } catch (error) {
    return `the key ${path}: ${whyUnreadable(error)}`;
  }
}
