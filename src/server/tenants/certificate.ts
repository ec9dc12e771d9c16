/** Reads a TLS certificate, and again when its files change. */
import { type Stats, unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { CertificateFiles } from '../../services/certificates/certificate-files.ts';
import type { CertificateProblem } from '../../services/certificates/certificate-problems.ts';
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

/** What a watch of a certificate needs. */
export interface CertificateUse {
  /** The one in use. */
  current: Certificate;
  /** Takes a new one over. */
  use: (certificate: Certificate) => void;
  /** Lists the faults of a certificate, now. */
  problemsOf: (certificate: Certificate) => Promise<CertificateProblem[]>;
  log: Log;
}

/**
 * Takes the new certificate over whenever the files change, and when {@link CertificateWatch.reload} is called. One that can't be
 * used, or that peers would refuse while they take the old one, is logged, and the old one stays in use: a failed renewal must
 * not stop the server.
 */
export function watchCertificate(
  files: CertificateFiles,
  { current: first, use, problemsOf, log }: CertificateUse,
): CertificateWatch {
  let current = first;
  const reload = async (): Promise<void> => {
    try {
      const renewed = await readCertificate(files);
      const problems = await problemsOf(renewed);
      const refused = whyKeep(await problemsOf(current), problems);
      if (refused) throw unusable(files.cert, refused);
      use(renewed);
      current = renewed;
      log('info', 'certificate loaded', { ...files });
      logCertificateProblems(files.cert, problems, log);
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

/** The fault for which the old certificate stays in use; null: the new one is no worse. */
export function whyKeep(
  old: readonly CertificateProblem[],
  renewed: readonly CertificateProblem[],
): CertificateProblem | null {
  const missing = new Set(old.flatMap(({ names = [] }) => names));
  const isWorse = ({ code, names = [] }: CertificateProblem): boolean => {
    if (code === 'tls.expired') return true;
    return code === 'tls.name' ? names.some((name) => !missing.has(name)) : old.length === 0;
  };
  return renewed.find(isWorse) ?? null;
}

/** The error for a certificate that peers would refuse. */
function unusable(path: string, { code, message, hint }: CertificateProblem): CloudilloError {
  return new CloudilloError(code, `The certificate ${path} ${message}`, {
    stage: 'tls',
    blame: 'us',
    hint,
    details: { path },
  });
}

/** Logs the faults of a certificate that is used all the same. */
export function logCertificateProblems(path: string, problems: readonly CertificateProblem[], log: Log): void {
  for (const problem of problems) {
    log('warn', 'peers may refuse the certificate', { error: errorToObject(unusable(path, problem)) });
  }
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
