/** Writes files that survive a crash. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diskError, hasErrno } from './disk-errors.ts';

/** The mode of private files: only their owner may read and write them. */
export const FILE_MODE = 0o600;
/** The mode of the home's directories: only their owner may use them. */
export const DIRECTORY_MODE = 0o700;

/** A mode that gives others access, as `ls` counts it (`0644`); null when it doesn't. @param allowed the bits that it may have */
export function exposedMode(mode: number, allowed = 0o700): string | null {
  if (process.platform === 'win32' || (mode & 0o777 & ~allowed) === 0) return null;
  return (mode & 0o777).toString(8).padStart(4, '0');
}

/** Bytes. A name may have 255, and what is added to one takes up to 29. */
const LONGEST_STEM = 200;

/** What the names of a file's temporary files begin with, behind a dot: its own name, or as much of it as leaves room for the rest. */
export function temporaryStem(path: string): string {
  const characters = [...basename(path)];
  while (Buffer.byteLength(characters.join('')) > LONGEST_STEM) characters.pop();
  return characters.join('');
}

/**
 * A temporary name that no other process uses. It is beside the file that it becomes, so that the rename stays on one file
 * system.
 */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${temporaryStem(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Makes the names in a directory durable. Without it a power cut may undo a rename. */
export async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    // Windows doesn't open directories. There a rename is as durable as it gets.
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
 * Makes a directory and its missing parents. Node's own `recursive` loops for ever in a directory that can't have children
 * (`/proc`); here that is an error. It throws the error of the system call.
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

/** Makes a private directory unless it exists. @throws {CloudilloError} `store.full` | `store.io` */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await makePath(path, DIRECTORY_MODE);
  } catch (error) {
    throw diskError(error, 'make the directory', path);
  }
}

/** How {@link writeDurably} treats an existing file. */
export interface WriteOptions {
  /** Refuse with the raw `EEXIST` instead of replacing. */
  exclusive?: boolean;
  /** The mode of the file. Default: {@link FILE_MODE}. */
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
      // It is set after the umask has applied.
      if (options.mode !== undefined) await handle.chmod(options.mode);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    if (options.exclusive) {
      // link() fails for a name that is taken, which rename() doesn't: of two writers only one can win.
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

/** Deletes a file. It is a success when there is none. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw diskError(error, 'remove the file', path);
  }
}
