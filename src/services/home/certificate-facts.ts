import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';

/** What `status` tells of the server's certificate. */
export interface CertificateFacts {
  path: string;
  /** Why it couldn't be read; the rest is null then. */
  problem: string | null;
  subject: string | null;
  /** ISO 8601. */
  validTo: string | null;
  daysLeft: number | null;
  /** Host names of this home's identities that it isn't for. */
  missing: string[];
}

/** @param now unix milliseconds */
export async function certificateFacts(path: string, idTags: string[], now: number): Promise<CertificateFacts> {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(await readFile(path));
  } catch (error) {
    // For a person to read: the file is missing, unreadable or no certificate. All three are the answer here.
    return { path, problem: whyUnreadable(error), subject: null, validTo: null, daysLeft: null, missing: [] };
  }
  const validTo = Date.parse(certificate.validTo);
  const names = idTags.flatMap((idTag) => [apiHost(idTag), idTagToAscii(idTag)]);
  return {
    path,
    problem: null,
    subject: certificate.subject?.replaceAll('\n', ', ') ?? null,
    validTo: new Date(validTo).toISOString(),
    daysLeft: Math.floor((validTo - now) / 86_400_000),
    missing: names.filter((name) => certificate.checkHost(name) === undefined),
  };
}
