/** Files that commands write: whole or not at all. */
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { hasErrno, isFull } from '../../store/disk/disk-errors.ts';
import { temporaryPath } from '../../store/disk/durable-file.ts';
import { sweepTemporary } from '../../store/disk/sweep-temporary.ts';
import { removeAtEnd } from '../process/remove-at-end.ts';
import { linkTarget } from './link-target.ts';
import { usageError } from './output.ts';

/** A file that appears under its name only when it is complete. */
export interface OutputFile {
  write(chunk: Uint8Array): Promise<void>;
  /** Syncs the file and gives it its name. @throws CloudilloError `usage.exists`, `store.full`, `store.io` */
  commit(): Promise<void>;
  /** Removes the bytes that were written so far. */
  discard(): Promise<void>;
}

/** How the file is written. */
export interface OutputFileOptions {
  /** Replace an existing file. */
  force: boolean;
  /** Only the user may read it. */
  secret?: boolean;
}

/**
 * Opens a temporary file beside `path`, or beside what a symbolic link leads to. Until {@link OutputFile.commit} `path` stays
 * as it is. A device, a FIFO and an open descriptor (`/dev/null`, `/dev/stdout`) are written to as they are.
 * @throws CloudilloError `usage.exists`, `usage.out` for a directory (before anything is fetched), `store.full`, `store.io`
 */
export async function openOutputFile(path: string, options: OutputFileOptions): Promise<OutputFile> {
  if (path === '' || path.endsWith('/')) throw namesNoFile(path);
  const target = await attempt(path, () => linkTarget(path));
  if (target.isDescriptor || (await isSpecial(path))) return openAsItIs(path);
  if (!options.force && (await exists(path))) throw existsAlready(path);
  return openBeside(path, target.path, options);
}

/** @param target what `path` leads to */
async function openBeside(path: string, target: string, { force, secret }: OutputFileOptions): Promise<OutputFile> {
  // Killed commands that wrote the same file left theirs.
  await sweepTemporary(dirname(target), { names: [basename(target)], shared: true });
  const temporary = temporaryPath(target);
  const handle = await attempt(path, () => open(temporary, 'wx', secret ? 0o600 : 0o666));
  const remove = removeAtEnd(temporary);
  const discard = async () => {
    await handle.close();
    await remove();
  };
  return {
    write: (chunk) => attempt(path, () => writeAll(handle, chunk)),
    commit: async () => {
      try {
        await attempt(path, () => handle.sync());
        await attempt(path, () => (force ? rename(temporary, target) : nameOnce(temporary, target)));
      } finally {
        await discard();
      }
    },
    discard,
  };
}

/** For what can't be replaced. Appends: behind a descriptor there may be a file that others write to, too. */
async function openAsItIs(path: string): Promise<OutputFile> {
  const handle = await attempt(path, () => open(path, constants.O_WRONLY | constants.O_APPEND));
  const close = () => attempt(path, () => handle.close());
  return { write: (chunk) => attempt(path, () => writeAll(handle, chunk)), commit: close, discard: close };
}

/** Something other than a file? @throws CloudilloError `usage.out` for a directory */
async function isSpecial(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw namesNoFile(path);
    return !found.isFile();
  } catch (error) {
    if (error instanceof CloudilloError) throw error;
    if (hasErrno(error, 'ENOENT')) return false;
    throw notWritable(path, error);
  }
}

/** link() refuses an existing name, so that two downloads to one name can't replace each other unnoticed. */
async function nameOnce(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    // File systems without hard links (FAT, some network ones) get a check and a rename.
    if (!hasErrno(error, 'EPERM', 'ENOTSUP', 'ENOSYS')) throw error;
    if (await exists(path)) throw existsAlready(path);
    await rename(temporary, path);
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await handle.write(chunk, written, chunk.length - written)).bytesWritten;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw notWritable(path, error);
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof CloudilloError) throw error;
    throw hasErrno(error, 'EEXIST') ? existsAlready(path) : notWritable(path, error);
  }
}

function existsAlready(path: string): CloudilloError {
  return usageError('usage.exists', `${path} exists already`, 'Name another file, or replace it with --force');
}

function namesNoFile(path: string): CloudilloError {
  const what = path === '' ? 'An empty text names no file' : `${path} is a directory, not a file`;
  return usageError('usage.out', what, 'Name a file: one that is there or a new one');
}

/** What to do about failures that have other causes than a missing directory or permission. */
const HINTS: readonly (readonly [errno: string, hint: string])[] = [
  ['ELOOP', 'The symbolic link leads back to itself: name another file'],
  ['ENAMETOOLONG', 'A file name has 255 bytes at most: name another file'],
  ['EROFS', 'The file system is mounted read-only: name a file on another one'],
  ['EPIPE', 'Its reader went away before the end: start both again'],
  ['ENOTDIR', 'What stands before the last / is a file: name a directory there'],
];

function notWritable(path: string, cause: unknown): CloudilloError {
  const reason = HINTS.find(([errno]) => hasErrno(cause, errno))?.[1];
  return new CloudilloError(isFull(cause) ? 'store.full' : 'store.io', `${path} can't be written`, {
    stage: 'store',
    hint: isFull(cause)
      ? 'The disk is full: make room and start over'
      : (reason ?? 'Does the directory exist, and may you write there?'),
    details: { path },
    cause,
  });
}

/**
 * Makes a text for a file. The file is opened first, so that an unwritable one is refused before. Without a text `path` stays as
 * it was. It throws as {@link openOutputFile}, and what `make` throws.
 */
export async function saveOutput<T>(
  path: string,
  options: OutputFileOptions,
  make: () => Promise<T>,
  textOf: (made: T) => string | undefined,
): Promise<T> {
  const file = await openOutputFile(path, options);
  let done = file.discard;
  try {
    const made = await make();
    const text = textOf(made);
    if (text !== undefined) {
      await file.write(Buffer.from(text));
      done = file.commit;
    }
    return made;
  } finally {
    await done();
  }
}
