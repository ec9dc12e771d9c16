import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diskError, hasErrno } from './disk-errors.ts';

/** Private files are readable by their owner only. */
export const FILE_MODE = 0o600;
/** Directories of the home are open to their owner only. */
export const DIRECTORY_MODE = 0o700;

/** A mode that lets others use what has it, as `ls` counts it (`0644`); null: it doesn't. @param allowed what it may have */
export function exposedMode(mode: number, allowed = 0o700): string | null {
  if (process.platform === 'win32' || (mode & 0o777 & ~allowed) === 0) return null;
  return (mode & 0o777).toString(8).padStart(4, '0');
}

/** A name that no other process uses, beside the file that it will become (so that the rename stays on one file system). */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Makes the names in a directory durable: without it a rename may be undone by a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    // Windows doesn't open directories; there a rename is as durable as it gets.
    if (hasErrno(error, 'EISDIR', 'EPERM') && process.platform === 'win32') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a directory, and those above it, where they aren't there. Node's own `recursive` goes on for ever in a directory that can't
 * have any (`/proc`); here that is an error. Throws what the system says.
 */
export async function makePath(path: string, mode?: number): Promise<void> {
  const make = () => mkdir(path, mode).catch((error) => passOverDirectory(error, path));
  try {
    await make();
  } catch (error) {
    if (!hasErrno(error, 'ENOENT') || dirname(path) === path) throw error;
    await makePath(dirname(path), mode);
    await make();
  }
}

async function passOverDirectory(error: unknown, path: string): Promise<void> {
  const isThere = hasErrno(error, 'EEXIST') && (await stat(path)).isDirectory();
  if (!isThere) throw error;
}

/** Makes a private directory unless it's there. @throws {CloudilloError} `store.full` | `store.io` */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await makePath(path, DIRECTORY_MODE);
  } catch (error) {
    throw diskError(error, 'make the directory', path);
  }
}

/** How {@link writeDurably} treats a file that is there already. */
export interface WriteOptions {
  /** Refuse with the raw `EEXIST` instead of replacing. */
  exclusive?: boolean;
  /** Of the file. Default: {@link FILE_MODE}. */
  mode?: number;
}

/**
 * Writes a whole file so that after a crash at any moment either the old or the new content is there, never a part:
 * temporary file (created exclusively, for its owner only), write, fdatasync, rename, sync of the directory.
 * @throws {CloudilloError} `store.full` | `store.io`; the raw `EEXIST` with `exclusive`
 */
export async function writeDurably(path: string, data: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    const handle = await open(temporary, 'wx', FILE_MODE);
    try {
      await handle.writeFile(data);
      // After the umask.
      if (options.mode !== undefined) await handle.chmod(options.mode);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    if (options.exclusive) {
      // link() fails when the name is taken, which rename() doesn't: two writers can't both win.
      await link(temporary, path);
      await unlink(temporary);
    } else {
      await rename(temporary, path);
    }
    await syncDirectory(dirname(path));
  } catch (error) {
    await removeIfThere(temporary);
    if (options.exclusive && hasErrno(error, 'EEXIST')) throw error;
    throw diskError(error, 'write the file', path);
  }
}

/** Deletes a file; that it isn't there is fine. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw diskError(error, 'remove the file', path);
  }
}
