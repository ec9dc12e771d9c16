/** Tells how much room there is on the disk of a home, and whether it takes writes. */
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudilloError } from '../../protocol/errors.ts';
import { diskError } from './disk-errors.ts';
import { FILE_MODE, removeIfThere, temporaryPath } from './durable-file.ts';

/** The room on a disk, in bytes. */
export interface Room {
  /** What a user without privileges may still write. */
  free: number;
  total: number;
}

/** Asks about the disk of a home. */
export interface DiskSpace {
  /** @returns null: the system can't tell */
  room(): Promise<Room | null>;
  /** Tries to write. @returns `store.full` or `store.io`; null when the disk takes writes */
  writeProblem(): Promise<CloudilloError | null>;
  /** The home was opened without its lock, because its disk took no writes. */
  readonly readOnly: boolean;
}

/** How long an answer is used, milliseconds. */
const FRESH = 2_000;
/** As much as the smallest record of the journal takes on most file systems. Bytes. */
const PROBE_LENGTH = 4096;

/**
 * Asks the file system of a home, every two seconds at most.
 * @param directory where the probes are written. The next start removes those of a killed process, as in the folder of the index
 * @param monotonic milliseconds
 * @param readOnly why the home is only read: then nothing is tried
 */
export function diskSpaceOf(
  directory: string,
  monotonic: () => number,
  readOnly: CloudilloError | null = null,
): DiskSpace {
  return {
    room: remembered(() => askFor(directory), monotonic),
    writeProblem: readOnly ? async () => readOnly : remembered(() => probe(directory), monotonic),
    readOnly: readOnly !== null,
  };
}

function remembered<T>(ask: () => Promise<T>, monotonic: () => number): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | null = null;
  return () => {
    const at = monotonic();
    if (!last || at - last.at >= FRESH) last = { at, answer: ask() };
    return last.answer;
  };
}

async function askFor(directory: string): Promise<Room | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    // A file system that can't tell is no reason to refuse anybody: a write that fails tells by itself.
    return null;
  }
}

/** Makes a file, writes, syncs and removes it: so a full or read-only disk, and a lack of inodes or descriptors, are found. */
async function probe(directory: string): Promise<CloudilloError | null> {
  const path = temporaryPath(join(directory, 'probe'));
  let file: FileHandle | null = null;
  try {
    file = await open(path, 'wx', FILE_MODE);
    await file.writeFile(Buffer.alloc(PROBE_LENGTH));
    await file.datasync();
    await file.close();
    file = null;
    await unlink(path);
    return null;
  } catch (error) {
    await file?.close().catch(() => {});
    await removeIfThere(path).catch(() => {});
    return diskError(error, 'write to the home', directory);
  }
}
