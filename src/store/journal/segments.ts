/** The segment files of the journal. */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, hasErrno } from '../disk/disk-errors.ts';

const NAME = /^(\d{6,})\.ndjson$/;
const MAX_OPEN = 32;

/** The file name of a segment: `000001.ndjson`. */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(6, '0')}.ndjson`;
}

/** The numbers of the segments in a journal's directory, ascending. @throws {CloudilloError} `store.io` */
export async function listSegments(directory: string): Promise<number[]> {
  try {
    const names = await readdir(directory);
    return names.flatMap((name) => Number(NAME.exec(name)?.[1] ?? []) || []).sort((a, b) => a - b);
  } catch (error) {
    throw diskError(error, 'list the journal', directory);
  }
}

/** The size of a segment in bytes; 0 when it doesn't exist. @throws {CloudilloError} `store.io` */
export async function segmentSize(directory: string, segment: number): Promise<number> {
  const path = join(directory, segmentName(segment));
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return 0;
    throw diskError(error, 'read the size of the journal', path);
  }
}

interface OpenSegment {
  handle: Promise<FileHandle>;
  /** The number of current reads. */
  users: number;
}

/**
 * Segments that are open for reading. The least used one is closed first, because a large journal has more of them than a process
 * may open.
 */
export class SegmentReader {
  readonly #directory: string;
  readonly #open = new Map<number, OpenSegment>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Reads `length` bytes.
   * @returns the bytes, fewer at the end of the file; null when there is no such segment
   * @throws {CloudilloError} `store.io`
   */
  async read(segment: number, offset: number, length: number): Promise<Buffer | null> {
    const entry = this.#entry(segment);
    entry.users += 1;
    try {
      return await readFully(await entry.handle, offset, length);
    } catch (error) {
      if (this.#open.get(segment) === entry) this.#open.delete(segment);
      void closeQuietly(entry.handle);
      if (hasErrno(error, 'ENOENT')) return null;
      throw diskError(error, 'read the journal', join(this.#directory, segmentName(segment)));
    } finally {
      entry.users -= 1;
    }
  }

  async close(): Promise<void> {
    const entries = [...this.#open.values()];
    this.#open.clear();
    for (const { handle } of entries) await closeQuietly(handle);
  }

  #entry(segment: number): OpenSegment {
    const known = this.#open.get(segment);
    // Deleted and set again: a Map keeps the order of insertion, so that the first entry is the one used longest ago.
    if (known) this.#open.delete(segment);
    const entry = known ?? { handle: open(join(this.#directory, segmentName(segment)), 'r'), users: 0 };
    this.#open.set(segment, entry);
    for (const [number, { handle, users }] of this.#open) {
      if (this.#open.size <= MAX_OPEN) break;
      if (users > 0 || number === segment) continue;
      this.#open.delete(number);
      void closeQuietly(handle);
    }
    return entry;
  }
}

async function readFully(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function closeQuietly(opening: Promise<FileHandle>): Promise<void> {
  try {
    await (await opening).close();
  } catch {
    // It was open for reading only, so nothing is lost.
  }
}
