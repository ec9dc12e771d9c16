/** The segment files of the journal. */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudilloError } from '../../protocol/errors.ts';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import type { Position } from './journal.ts';
import { decodeLine } from './record-line.ts';
import { compactedThrough, END_BYTES, mapFromLine, SegmentMap, ShrunkLines } from './segment-map.ts';

const NAME = /^(\d{6,})\.ndjson$/;
const MAX_OPEN = 32;
const NEWLINE = 0x0a;

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
  /** null: it is not compacted. */
  map: Promise<SegmentMap | null>;
  /** The number of current users. */
  users: number;
  /** Whether it is closed with its last user. */
  isOver: boolean;
}

/** A segment while it is used. It stays what it was, also when the segment is rewritten meanwhile. */
export interface SegmentView {
  /** null: it is not compacted, and offsets are places in the file. */
  map: SegmentMap | null;
  /** Reads bytes of the file: fewer at its end. @throws {CloudilloError} `store.io` */
  read(start: number, length: number): Promise<Buffer>;
  /** The bytes of the file. @throws {CloudilloError} `store.io` */
  size(): Promise<number>;
  release(): void;
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

  /** Opens a segment for several reads. @returns null when there is no such segment @throws {CloudilloError} `store.io` */
  async view(segment: number): Promise<SegmentView | null> {
    const entry = this.#entry(segment);
    entry.users += 1;
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      entry.users -= 1;
      if (entry.isOver && entry.users === 0) void closeQuietly(entry.handle);
    };
    const failed = (error: unknown): CloudilloError => {
      this.#drop(segment, entry);
      return diskError(error, 'read the journal', join(this.#directory, segmentName(segment)));
    };
    try {
      const [handle, map] = await Promise.all([entry.handle, entry.map]);
      const read = (start: number, length: number) =>
        readFully(handle, start, length).catch((error) => {
          throw failed(error);
        });
      const size = () =>
        handle.stat().then(
          (found) => found.size,
          (error) => {
            throw failed(error);
          },
        );
      return { map, read, size, release };
    } catch (error) {
      const reason = failed(error);
      release();
      if (hasErrno(error, 'ENOENT')) return null;
      throw reason;
    }
  }

  /**
   * Reads `length` bytes of a file.
   * @returns the bytes, fewer at the end of the file; null when there is no such segment
   * @throws {CloudilloError} `store.io`
   */
  async read(segment: number, start: number, length: number): Promise<Buffer | null> {
    const view = await this.view(segment);
    try {
      return view && (await view.read(start, length));
    } finally {
      view?.release();
    }
  }

  /** Reads the line of a record. @returns null when there is none; fewer bytes at the end of the file @throws {CloudilloError} `store.io` */
  async line({ segment, offset, length }: Position): Promise<Buffer | null> {
    const view = await this.view(segment);
    try {
      const place = view?.map?.place(offset) ?? { start: offset, length: null };
      return view && (await view.read(place.start, place.length ?? length));
    } finally {
      view?.release();
    }
  }

  /** Reads the file of a segment anew from now on: another one has taken its place. */
  renewed(segment: number): void {
    const entry = this.#open.get(segment);
    if (entry) this.#drop(segment, entry);
  }

  async close(): Promise<void> {
    const entries = [...this.#open.values()];
    this.#open.clear();
    for (const { handle } of entries) await closeQuietly(handle);
  }

  #drop(segment: number, entry: OpenSegment): void {
    if (this.#open.get(segment) === entry) this.#open.delete(segment);
    if (entry.isOver) return;
    entry.isOver = true;
    if (entry.users === 0) void closeQuietly(entry.handle);
  }

  #entry(segment: number): OpenSegment {
    const known = this.#open.get(segment);
    // Deleted and set again: a Map keeps the order of insertion, so that the first entry is the one used longest ago.
    if (known) this.#open.delete(segment);
    const entry = known ?? openSegment(join(this.#directory, segmentName(segment)));
    this.#open.set(segment, entry);
    for (const [number, other] of this.#open) {
      if (this.#open.size <= MAX_OPEN) break;
      if (other.users > 0 || number === segment) continue;
      this.#drop(number, other);
    }
    return entry;
  }
}

function openSegment(path: string): OpenSegment {
  const handle = open(path, 'r');
  const map = handle.then(readMap);
  // Whoever uses the segment gets the error.
  map.catch(() => {});
  return { handle, map, users: 0, isOver: false };
}

/** Reads the map at the end of a compacted segment; null when the segment isn't compacted. */
async function readMap(handle: FileHandle): Promise<SegmentMap | null> {
  const { size } = await handle.stat();
  const end = await readFully(handle, Math.max(0, size - END_BYTES), END_BYTES);
  if (compactedThrough(end) === null) return null;
  for (let length = 64 * 1024; ; length *= 4) {
    const start = Math.max(0, size - length);
    const bytes = await readFully(handle, start, size - start);
    const before = bytes.lastIndexOf(NEWLINE, bytes.length - 2);
    if (before < 0 && start > 0) continue;
    return (await mapFromLine(bytes.subarray(before + 1, -1))) ?? mapOfLines(handle);
  }
}

/** The map of a compacted segment whose own is damaged, from its lines. */
async function mapOfLines(handle: FileHandle): Promise<SegmentMap> {
  const lines = new ShrunkLines();
  const { size } = await handle.stat();
  let offset = 0;
  let rest = Buffer.alloc(0);
  for (let start = 0; start < size; ) {
    const piece = await readFully(handle, start, 64 * 1024);
    if (piece.length === 0) break;
    start += piece.length;
    rest = Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const line = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      const decoded = decodeLine(line);
      const was = 'record' in decoded ? (decoded.record.l ?? line.length + 1) : line.length + 1;
      if (was !== line.length + 1) lines.add(offset, was, line.length + 1);
      offset += was;
    }
  }
  return new SegmentMap(offset, 0, lines);
}

/**
 * The last record when a segment of the journal was compacted last. An index that was saved earlier doesn't fit the journal any more.
 * @returns 0 when none was compacted @throws {CloudilloError} `store.io`
 */
export async function lastCompacted(directory: string, segments: readonly number[]): Promise<number> {
  let last = 0;
  for (const segment of segments) {
    const path = join(directory, segmentName(segment));
    try {
      const handle = await open(path, 'r');
      try {
        const { size } = await handle.stat();
        const end = await readFully(handle, Math.max(0, size - END_BYTES), END_BYTES);
        last = Math.max(last, compactedThrough(end) ?? 0);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw diskError(error, 'read the journal', path);
    }
  }
  return last;
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
