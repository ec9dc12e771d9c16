/** Standard input as a temporary file. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { diskError } from '../../store/disk/disk-errors.ts';
import { makeTemporaryDirectory } from '../../store/disk/temporary-directory.ts';
import { removeAtEnd } from '../process/remove-at-end.ts';
import { openStdin } from './read-input.ts';
import { unreadable } from './unreadable-input.ts';

/**
 * Writes standard input to a temporary file for another process: the server that owns the home. The file is removed when `task`
 * is done, or when the process ends.
 * @param limit bytes; input after the first excess byte is dropped, because the reader refuses it anyway
 * @throws CloudilloError `usage.file`, `store.full`, `store.io`; what `task` throws
 */
export async function withSpooledInput<T>(limit: number, task: (path: string) => Promise<T>): Promise<T> {
  const directory = await makeTemporaryDirectory('cloudillo-');
  const remove = removeAtEnd(directory);
  try {
    const path = join(directory, 'stdin');
    await spool(path, limit);
    return await task(path);
  } finally {
    await remove();
  }
}

async function spool(path: string, limit: number): Promise<void> {
  try {
    await pipeline(openStdin(), beginning(limit + 1), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === 'read'
      ? unreadable('Standard input', error)
      : diskError(error, 'keep standard input', path);
  }
}

function beginning(length: number) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let left = length;
    for await (const chunk of chunks) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return;
    }
  };
}
