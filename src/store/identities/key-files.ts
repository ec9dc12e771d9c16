/** Files with secrets: private keys and access secrets. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { exposedMode, writeDurably } from '../disk/durable-file.ts';

/** How strictly the mode of a key file is checked. */
export interface KeyFileOptions {
  /** Accept 0640, for secrets that a container platform mounts with a group. */
  allowGroupReadable?: boolean;
}

// A key ID becomes a file name, and the `k` of a token may be any text.
const SAFE_KEY_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The path of a key file. @throws {CloudilloError} `key.id` for a key ID that can't be a file name */
export function keyFilePath(folder: string, keyId: string): string {
  if (!SAFE_KEY_ID.test(keyId)) {
    throw new CloudilloError('key.id', `${JSON.stringify(keyId)} can't be a key ID here`, {
      stage: 'key',
      hint: 'Use letters, digits, hyphens and underscores, 64 at most.',
    });
  }
  return join(folder, `${keyId}.pem`);
}

/**
 * Reads a secret file after checking its mode. A file that others can read counts as stolen.
 * @throws {CloudilloError} `key.missing`, `key.mode` (with the `chmod` to run), `key.unreadable`
 */
export async function readSecretFile(path: string, options: KeyFileOptions = {}): Promise<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      assertMode(path, (await handle.stat()).mode, options.allowGroupReadable ?? false);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof CloudilloError) throw cause;
    if (hasErrno(cause, 'ENOENT', 'ENOTDIR')) {
      throw new CloudilloError('key.missing', `There is no key file ${path}`, {
        stage: 'key',
        hint: 'Restore it from a backup, or make a new key with: cloudillo keygen --rotate',
        details: { path },
      });
    }
    throw new CloudilloError('key.unreadable', `Couldn't read the key file ${path}`, {
      stage: 'key',
      hint: `Check its owner: ls -l ${shellWord(path)}`,
      cause,
      details: { path },
    });
  }
}

/**
 * Writes a new secret file, 0600 and durable. It never replaces one.
 * @throws {CloudilloError} `key.exists`, `store.full`, `store.io`
 */
export async function writeSecretFile(path: string, data: string | Uint8Array): Promise<void> {
  try {
    await writeDurably(path, data, { exclusive: true });
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
    throw keyFileExists(path);
  }
}

/** The error for a key file that exists. */
export function keyFileExists(path: string): CloudilloError {
  return new CloudilloError('key.exists', `The key file ${path} exists already and is never overwritten`, {
    stage: 'key',
    hint: 'Choose another key ID, or move the file away.',
    details: { path },
  });
}

/** Whether there is a file. @throws {CloudilloError} `store.io` when that is unknown */
export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw diskError(error, 'read the attributes of the file', path);
  }
}

function assertMode(path: string, mode: number, allowGroupReadable: boolean): void {
  const shown = exposedMode(mode, allowGroupReadable ? 0o740 : 0o700);
  if (shown === null) return;
  const onlyGroupReads = (mode & 0o777 & ~0o740) === 0;
  throw new CloudilloError('key.mode', `The key file ${path} can be used by others (mode ${shown})`, {
    stage: 'key',
    hint: `Close it: chmod 600 ${shellWord(path)}${onlyGroupReads ? ' (for a mounted secret: serve --allow-group-readable, or the setting keys.groupReadable)' : ''}`,
    details: { path, mode: shown },
  });
}
