/** Reads a TLS certificate, and again when its files change. */
import { type Stats, unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { CertificateFiles } from '../../services/home/certificate-files.ts';
import type { Log } from '../../services/runtime/deps.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';

/** The contents of the two files, PEM. */
export interface Certificate {
  cert: Buffer;
  key: Buffer;
}

/** How often the files are checked, in milliseconds. Polling notices renames and swapped symbolic links alike. */
const POLL = 2_000;

/**
 * Reads a certificate and its key, and checks that they belong together.
 * @throws CloudilloError `tls.unreadable`, `tls.certificate`
 */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([read(files.cert, 'certificate'), read(files.key, 'private key')]);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new CloudilloError('tls.certificate', `${files.cert} and ${files.key} are no certificate with its key`, {
      stage: 'tls',
      hint: 'Both have to be PEM: the chain with the own certificate first, and the key that belongs to it.',
      details: { ...files },
      cause,
    });
  }
  return { cert, key };
}

/**
 * Calls `use` with the new certificate whenever the files change, and when {@link CertificateWatch.reload} is called. A bad
 * certificate is logged, and the old one stays in use: a failed renewal must not stop the server.
 */
export function watchCertificate(
  files: CertificateFiles,
  use: (certificate: Certificate) => void,
  log: Log,
): CertificateWatch {
  const reload = async (): Promise<void> => {
    try {
      use(await readCertificate(files));
      log('info', 'certificate loaded', { ...files });
    } catch (error) {
      log('error', 'certificate not loaded: the old one stays in use', { error: errorToObject(error) });
    }
  };
  const onChange = (now: Stats, before: Stats): void => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) void reload();
  };
  for (const path of [files.cert, files.key]) watchFile(path, { interval: POLL, persistent: false }, onChange);
  return {
    reload,
    stop() {
      for (const path of [files.cert, files.key]) unwatchFile(path, onChange);
    },
  };
}

/** A running watch. */
export interface CertificateWatch {
  /** Reads the files now. It never rejects. */
  reload(): Promise<void>;
  stop(): void;
}

async function read(path: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CloudilloError('tls.unreadable', `Could not read the ${what} ${path}: ${whyUnreadable(error)}`, {
      stage: 'tls',
      hint: 'Name the files with --tls-cert and --tls-key; behind a proxy that does TLS, use --behind-proxy.',
      details: { path },
    });
  }
}
