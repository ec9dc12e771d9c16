/** The certificates of a sandbox, kept in files. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { hasErrno } from '../../store/disk/disk-errors.ts';
import { DIRECTORY_MODE, writeDurably } from '../../store/disk/durable-file.ts';
import { sweepTemporary } from '../../store/disk/sweep-temporary.ts';
import type { SandboxPaths } from '../directory/paths.ts';
import { type CertifiedKey, createAuthority, issueCertificate } from './authority.ts';

/** A certificate that expires sooner is replaced when the sandbox starts. */
const RENEW_BEFORE_MS = 30 * 86_400_000;
/** Certificates are public: a server under another user may have to read them. */
const PUBLIC_MODE = 0o644;

/**
 * The sandbox's authority: the one in its files, or a new one.
 * @throws CloudilloError `store.io`, `store.full`
 */
export async function ensureAuthority(paths: SandboxPaths, now: Date): Promise<CertifiedKey> {
  const found = await readPair(paths.ca, paths.caKey);
  if (found && isUsable(found, now)) return found;
  const authority = await createAuthority(now);
  await writePair(paths.ca, paths.caKey, authority);
  return authority;
}

/**
 * The certificate for `<idTag>` and `cl-o.<idTag>`: the one in the files when this authority issued it and it lasts, or a new
 * one.
 * @returns whether it was issued now
 * @throws CloudilloError `store.io`, `store.full`
 */
export async function ensureCertificate(
  authority: CertifiedKey,
  files: { certificate: string; key: string },
  idTag: string,
  now: Date,
): Promise<boolean> {
  const found = await readPair(files.certificate, files.key);
  const hosts: [string, string] = [idTagToAscii(idTag), apiHost(idTag)];
  if (found && isUsable(found, now)) {
    const certificate = new X509Certificate(found.certificate);
    const issued = certificate.verify(new X509Certificate(authority.certificate).publicKey);
    if (issued && hosts.every((host) => certificate.checkHost(host) !== undefined)) return false;
  }
  await writePair(files.certificate, files.key, await issueCertificate(authority, hosts, now));
  return true;
}

async function readPair(certificate: string, key: string): Promise<CertifiedKey | null> {
  try {
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Whether certificate and key belong together, and stay valid for long enough. Damaged files are replaced like old ones. */
function isUsable({ certificate, key }: CertifiedKey, now: Date): boolean {
  try {
    const read = new X509Certificate(certificate);
    const lasts = Date.parse(read.validTo) - now.getTime() > RENEW_BEFORE_MS;
    return lasts && read.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function writePair(certificate: string, key: string, pair: CertifiedKey): Promise<void> {
  await mkdir(dirname(certificate), { recursive: true, mode: DIRECTORY_MODE });
  await mkdir(dirname(key), { recursive: true, mode: DIRECTORY_MODE });
  for (const path of [certificate, key]) {
    await sweepTemporary(dirname(path), { names: [basename(path)], shared: true });
  }
  // The key is written first: a certificate without its key would look complete.
  await writeDurably(key, pair.key);
  await writeDurably(certificate, pair.certificate, { mode: PUBLIC_MODE });
}
