import { statSync } from 'node:fs';
import { join } from 'node:path';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { homePaths } from '../../store/home/home.ts';

/** Paths of a certificate chain and its private key, PEM. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** What a pair may be called: plainly, and as certbot calls it. */
const NAMES = [
  ['cert.pem', 'key.pem'],
  ['fullchain.pem', 'privkey.pem'],
] as const;

/**
 * Where an identity's own certificate lies: in the setting `tls.directory` a directory an identity, named by its A-label;
 * without that setting `tls/` beside its keys.
 */
export function certificateDirectory(home: string, tlsDirectory: string | null, idTag: string): string {
  const ascii = idTagToAscii(idTag);
  return tlsDirectory === null ? join(homePaths(home).identities, ascii, 'tls') : join(tlsDirectory, ascii);
}

/** The pair of a hosted identity; null: it has none of its own, or isn't hosted here. */
export function certificateFilesOf(home: string, tlsDirectory: string | null, idTag: string): CertificateFiles | null {
  if (!isFile(join(homePaths(home).identities, idTagToAscii(idTag), 'identity.json'))) return null;
  const directory = certificateDirectory(home, tlsDirectory, idTag);
  for (const [cert, key] of NAMES) {
    const files = { cert: join(directory, cert), key: join(directory, key) };
    if (isFile(files.cert) && isFile(files.key)) return files;
  }
  return null;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    // A directory on the way that may not be entered: whatever is in it can't be served.
    return false;
  }
}
