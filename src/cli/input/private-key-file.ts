/** Reads and writes files with private keys. */
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { pemOfDer } from '../../protocol/key-text.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import { utf8Text } from '../../protocol/text-encoding.ts';
import { hasErrno, whyUnreadable } from '../../store/disk/disk-errors.ts';
import { exposedMode, writeDurably } from '../../store/disk/durable-file.ts';
import { sweepTemporary } from '../../store/disk/sweep-temporary.ts';
import { inputBytes } from './read-input.ts';

/**
 * Writes a private key to a new file that only its owner can read.
 * @throws CloudilloError `key.exists`, `store.full`, `store.io`
 */
export async function writePrivateKey(path: string, pem: string): Promise<void> {
  // A temporary file of a killed process.
  await sweepTemporary(dirname(path), { names: [basename(path)], shared: true });
  try {
    await writeDurably(path, pem, { exclusive: true });
  } catch (cause) {
    if (hasErrno(cause, 'EEXIST')) {
      throw new CloudilloError('key.exists', `${path} exists already: a key is never overwritten`, {
        stage: 'key',
        hint: 'Name another file, or move that one away',
      });
    }
    const full = cause instanceof CloudilloError && cause.code === 'store.full';
    throw new CloudilloError(full ? 'store.full' : 'store.io', `Could not write the key to ${path}`, {
      stage: 'key',
      hint: full ? 'Free space on that file system, then try again' : 'Name a file in a directory that you may write',
      cause,
    });
  }
}

/** Why others may know the key in this file; null when nobody else can read it. It never throws: reading the key will. */
export async function exposure(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  const mode = found?.isFile() ? exposedMode(found.mode) : null;
  if (mode === null) return null;
  return `${path} can be used by others (mode ${mode}): chmod 600 ${shellWord(path)}; if somebody did, take another key`;
}

/**
 * Reads the text of a private key from a file, or from stdin (`-`). A key in DER becomes PEM.
 * @throws CloudilloError `key.unreadable`
 */
export async function readPrivateKey(path: string): Promise<string> {
  try {
    const bytes = await inputBytes(path);
    return pemOfDer(bytes) ?? utf8Text(bytes);
  } catch (error) {
    throw new CloudilloError('key.unreadable', `Could not read the private key from ${path}: ${whyUnreadable(error)}`, {
      stage: 'key',
      hint: 'Name a PEM or DER file that you may read, or - for stdin',
    });
  }
}
