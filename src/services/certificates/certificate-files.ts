/** Where the certificates of tenants are. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { homePaths } from '../../store/home/home.ts';
import { acmeCertificatePath } from '../../store/identities/acme-files.ts';

/** Paths of a certificate chain and its private key, PEM. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** The accepted file names: plain ones, and those of certbot. */
const NAMES = [
  ['cert.pem', 'key.pem'],
  ['fullchain.pem', 'privkey.pem'],
] as const;

/**
 * The directory of a tenant's own certificate: below the setting `tls.directory` one per tenant, named by its A-label;
 * without the setting `tls/` beside the tenant's keys.
 */
export function certificateDirectory(home: string, tlsDirectory: string | null, idTag: string): string {
  const ascii = idTagToAscii(idTag);
  return tlsDirectory === null ? join(homePaths(home).identities, ascii, 'tls') : join(tlsDirectory, ascii);
}

/**
 * The certificate files of a tenant; null when it has none of its own, or is not hosted here. What the owner put there comes
 * before what was ordered by itself, which is one file with both.
 */
export function certificateFilesOf(home: string, tlsDirectory: string | null, idTag: string): CertificateFiles | null {
  if (!isFile(join(homePaths(home).identities, idTagToAscii(idTag), 'identity.json'))) return null;
  const directory = certificateDirectory(home, tlsDirectory, idTag);
  for (const [cert, key] of NAMES) {
    const files = { cert: join(directory, cert), key: join(directory, key) };
    if (isFile(files.cert) && isFile(files.key)) return files;
  }
  const ordered = acmeCertificatePath(home, idTag);
  return isFile(ordered) ? { cert: ordered, key: ordered } : null;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    // A directory that can't be entered: its content can't be served.
    return false;
  }
}
