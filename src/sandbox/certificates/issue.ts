import { X509Certificate } from 'node:crypto';
import { constants, copyFile, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost, idTagToAscii, parseIdTag } from '../../protocol/id-tag.ts';
import { diskError, hasErrno } from '../../store/disk/disk-errors.ts';
import { makePath } from '../../store/disk/durable-file.ts';
import { identityPaths, type SandboxPaths } from '../directory/paths.ts';
import { prepareDirectory } from '../directory/prepare-directory.ts';
import { ensureAuthority, ensureCertificate } from './certificates.ts';

/** Files for a server that isn't ours. */
export interface IssuedCertificate {
  idTag: string;
  hosts: string[];
  /** Paths of the certificate (chain), its private key and the authority, PEM. */
  cert: string;
  key: string;
  ca: string;
  /** ISO 8601. */
  expiresAt: string;
  /** False: the one that was there lasts. */
  issued: boolean;
}

/**
 * A certificate of the sandbox's authority for an identity whose server somebody else runs. Works before the first `up`,
 * since that server needs it to start.
 *
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
  for (const name of ['key', 'cert', 'ca'] as const) await copyNew(from[name], to[name]);
  return to;
}

/** Copies with the mode of the source. What is there and differs stays: it may be somebody's only key. */
async function copyNew(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw diskError(error, 'write the file', to);
    const [wanted, found] = await Promise.all([readFile(from), readFile(to)]);
    if (wanted.equals(found)) return;
    throw new CloudilloError('key.exists', `${to} is there already and holds something else`, {
      stage: 'store',
      hint: 'Move it away, or name another directory with --out-dir.',
      details: { path: to },
    });
  }
}
