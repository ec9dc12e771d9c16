/** Directories in the system's place for what doesn't last. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { diskError, hasErrno } from './disk-errors.ts';

/**
 * Makes a directory that nobody else can read.
 * @param prefix of its name @returns its absolute path @throws {CloudilloError} `store.full` | `store.io`
 */
export async function makeTemporaryDirectory(prefix: string): Promise<string> {
  const path = join(tmpdir(), prefix);
  try {
    return await mkdtemp(path);
  } catch (cause) {
    if (!hasErrno(cause, 'ENOENT')) throw diskError(cause, 'make a temporary directory', path);
    throw new CloudilloError('store.io', `The directory for temporary files is missing: ${tmpdir()}`, {
      stage: 'store',
      hint: 'Set TMPDIR to a directory that is there, or make this one.',
      cause,
      details: { path: tmpdir() },
    });
  }
}
