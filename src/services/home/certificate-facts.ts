/** The state of a certificate for `status`. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';

/** The state of a certificate, for `status`. */
export interface CertificateFacts {
  path: string;
  /** Why it can't be read; the other fields are null then. */
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

/** Reads a certificate and compares it with the tenants' host names. @param now unix milliseconds */
export async function certificateFacts(path: string, idTags: string[], now: number): Promise<CertificateFacts> {
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
  const validTo = Date.parse(certificate.validTo);
  const names = idTags.flatMap((idTag) => [apiHost(idTag), idTagToAscii(idTag)]);
  return {
    path,
    problem: null,
    subject: certificate.subject?.replaceAll('\n', ', ') ?? null,
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(validTo).toISOString(),
    daysLeft: Math.floor((validTo - now) / 86_400_000),
    missing: names.filter((name) => certificate.checkHost(name) === undefined),
  };
}
