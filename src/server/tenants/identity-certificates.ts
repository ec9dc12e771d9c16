/** The own certificates of tenants, chosen by the name that a client asks for (SNI). */
import type { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import { apiHost, idTagFromHost, idTagToAscii } from '../../protocol/id-tag.ts';
import type { CertificateFiles } from '../../services/certificates/certificate-files.ts';
import {
  type CertificateNeeds,
  type CertificateProblem,
  certificateProblems,
} from '../../services/certificates/certificate-problems.ts';
import type { Log } from '../../services/runtime/deps.ts';
import { logCertificateProblems, whyKeep } from './certificate.ts';

/** Certificates by the name that a client asks for (SNI). */
export interface IdentityCertificates {
  /** The certificate for a name. @returns null: the default one is used */
  contextFor(serverName: string): SecureContext | null;
  /** Checks the files again at the next handshake. */
  reload(): void;
}

/** The parts of {@link IdentityCertificates}. */
export interface IdentityCertificatesOptions {
  /** The certificate files of a tenant; null when it has none. */
  filesOf: (idTag: string) => CertificateFiles | null;
  /** The authorities that peers trust; null: chains are not judged. */
  authorities?: readonly X509Certificate[] | null;
  clock: Clock;
  log: Log;
}

interface Loaded {
  /** null: none could be used yet. */
  pair: Pair | null;
  /** The state of the files that were read last, good or bad. */
  stamp: string;
  /** When the files were checked last, by the monotonic clock. */
  lookedAt: number;
}

interface Pair {
  context: SecureContext;
  /** The chain, PEM. */
  pem: string;
}

/** Files are checked again after this time, in milliseconds. A handshake costs more than a check. */
const LOOK = 2_000;
const MAX_IDENTITIES = 10_000;

/**
 * Makes the certificates of tenants. A pair of files is read at the first handshake that asks for it, and again when it has
 * changed. A certificate that is put beside a running server, or that of a new tenant, needs no restart. A bad pair is logged
 * once, and the one before stays in use; so it does when peers would take it sooner than the new one.
 */
export function identityCertificates({
  filesOf,
  authorities = null,
  clock,
  log,
}: IdentityCertificatesOptions): IdentityCertificates {
  const loaded = boundedCache<string, Loaded>(MAX_IDENTITIES);

  function look(idTag: string, before: Loaded | undefined): Loaded | null {
    const files = filesOf(idTag);
    if (!files) return null;
    const stamp = stampOf(files);
    if (before && before.stamp === stamp) return { ...before, lookedAt: clock.monotonic() };
    try {
      const needs = { names: [apiHost(idTag), idTagToAscii(idTag)], authorities, now: clock.wall() };
      const { pair, problems } = readPair(files, idTag, needs, before?.pair ?? null);
      log('info', 'certificate loaded', { idTag, ...files });
      logCertificateProblems(files.cert, problems, log);
      return { pair, stamp, lookedAt: clock.monotonic() };
    } catch (error) {
      log('error', 'certificate not loaded: the one before stays in use', { idTag, error: errorToObject(error) });
      return { pair: before?.pair ?? null, stamp, lookedAt: clock.monotonic() };
    }
  }

  return {
    contextFor(serverName) {
      const idTag = idTagFromHost(serverName);
      if (idTag === null) return null;
      const before = loaded.get(idTag);
      if (before && clock.monotonic() - before.lookedAt < LOOK) return before.pair?.context ?? null;
      const now = look(idTag, before);
      if (now) loaded.set(idTag, now);
      else loaded.delete(idTag);
      return now?.pair?.context ?? null;
    },
    reload() {
      for (const entry of loaded.values()) entry.lookedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** The inode, size and time of both files. Renewals replace files, some by a symbolic link. */
function stampOf({ cert, key }: CertificateFiles): string {
  return [cert, key]
    .map((path) => {
      try {
        const { ino, size, mtimeMs } = statSync(path);
        return `${ino}:${size}:${mtimeMs}`;
      } catch {
        return ''; // The read that follows reports the reason.
      }
    })
    .join(' ');
}

/** Reads a pair synchronously: a handshake waits for it, and changed files are rare. */
function readPair(
  files: CertificateFiles,
  idTag: string,
  needs: CertificateNeeds,
  old: Pair | null,
): { pair: Pair; problems: CertificateProblem[] } {
  try {
    const [cert, key] = [readFileSync(files.cert), readFileSync(files.key)];
    const context = createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
    const pem = cert.toString();
    const problems = certificateProblems(pem, needs);
    const refused = old ? whyKeep(certificateProblems(old.pem, needs), problems) : whyNotBegin(problems, idTag);
    if (refused) throw new Error(`it ${refused.message}`);
    return { pair: { context, pem }, problems };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CloudilloError('tls.certificate', `${files.cert} can't be used for ${idTag}: ${reason}`, {
      stage: 'tls',
      hint: 'Both files have to be PEM, belong together, name cl-o.<idTag>, and be valid still.',
      details: { ...files },
      cause,
    });
  }
}

/**
 * The fault for which the default certificate is better than the first of an identity. A chain that lacks an intermediate certificate
 * is taken by the peers that know the issuer by other ways, and peers ask for the name of the API alone.
 */
function whyNotBegin(problems: readonly CertificateProblem[], idTag: string): CertificateProblem | null {
  const isFatal = ({ code, names = [] }: CertificateProblem): boolean =>
    code === 'tls.name' ? names.includes(apiHost(idTag)) : code !== 'tls.untrusted';
  return problems.find(isFatal) ?? null;
}
