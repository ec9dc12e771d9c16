/** Issues certificates for servers that the sandbox doesn't run. */
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost, idTagToAscii, parseIdTag } from '../../protocol/id-tag.ts';
import { hasErrno } from '../../store/disk/disk-errors.ts';
import { makePath, writeDurably } from '../../store/disk/durable-file.ts';
import { sweepTemporary } from '../../store/disk/sweep-temporary.ts';
import { identityPaths, type SandboxPaths } from '../directory/paths.ts';
import { prepareDirectory } from '../directory/prepare-directory.ts';
import { ensureAuthority, ensureCertificate } from './certificates.ts';

/** The files for a server that the sandbox doesn't run. */
export interface IssuedCertificate {
  idTag: string;
  hosts: string[];
  /** Paths of the certificate (chain), its private key and the authority, PEM. */
  cert: string;
  key: string;
  ca: string;
  /** ISO 8601. */
  expiresAt: string;
  /** False: the existing one stays valid. */
  issued: boolean;
}

/**
 * Issues a certificate of the sandbox's authority for an identity whose server somebody else runs. It works before the first
 * `up`, because that server needs it to start.
 * @param outDir where to put copies; default: the sandbox's own files
 * @throws CloudilloError `usage.id-tag`, `home.*`, `store.*`
 */
export async function issueFor(
  paths: SandboxPaths,
  input: { idTag: string; outDir?: string | undefined },
  now: Date,
): Promise<IssuedCertificate> {
  const idTag = parseIdTag(input.idTag);
  await prepareDirectory(paths, { fresh: false });
  const authority = await ensureAuthority(paths, now);
  const own = identityPaths(paths, idTag);
  const issued = await ensureCertificate(authority, own, idTag, now);
  const files =
    input.outDir === undefined
      ? { cert: own.certificate, key: own.key, ca: paths.ca }
      : await copyTo(resolve(input.outDir), { cert: own.certificate, key: own.key, ca: paths.ca });
  const { validTo } = new X509Certificate(await readFile(files.cert));
  const hosts = [idTagToAscii(idTag), apiHost(idTag)];
  return { idTag, hosts, ...files, expiresAt: new Date(validTo).toISOString(), issued };
}

interface Files {
  cert: string;
  key: string;
  ca: string;
}

async function copyTo(directory: string, from: Files): Promise<Files> {
  await makePath(directory);
  const to = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem'), ca: join(directory, 'ca.pem') };
  // Temporary files of a killed process.
  await sweepTemporary(directory, { names: Object.values(to).map((path) => basename(path)), shared: true });
  for (const name of ['key', 'cert', 'ca'] as const) await copyNew(from[name], to[name]);
  return to;
}

/**
 * Copies a file with its mode, whole or not at all. An existing file with other content stays: it may be the only copy of a key.
 */
async function copyNew(from: string, to: string): Promise<void> {
  const wanted = await readFile(from);
  try {
    await writeDurably(to, wanted, { exclusive: true, mode: (await stat(from)).mode & 0o777 });
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
    if (wanted.equals(await readFile(to))) return;
    throw new CloudilloError('key.exists', `${to} is there already and holds something else`, {
      stage: 'store',
      hint: 'Move the file away, or name another directory with --out-dir.',
      details: { path: to },
    });
  }
}
