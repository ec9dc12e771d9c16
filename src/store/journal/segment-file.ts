import { writeSync, writevSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_MODE, syncDirectory } from '../durable-file.ts';
import { segmentName } from './segments.ts';

/**
 * As many bytes go to the page cache without a detour: copying them takes microseconds, while a trip through the thread
 * pool queues behind the signatures that are verified there.
 */
const WRITTEN_AT_ONCE = 256 * 1024;
/**
 * Line ends, which are no record, are written this far ahead: a write into room that is there needs no new size and no new
 * blocks, so that its sync is one trip to the disk where the file system's own journal makes it two.
 */
const ROOM_AHEAD = 1024 * 1024;
/** Not for the few records of a short command. */
const ROOM_AFTER = 64 * 1024;
const BLANK = Buffer.alloc(64 * 1024, '\n');
const BLANKS: Buffer[] = Array.from({ length: ROOM_AHEAD / BLANK.length }, () => BLANK);

/** A segment that is appended to. Its methods throw what the system says (`ENOSPC`, `EIO`, …). */
export class SegmentFile {
  readonly path: string;
  readonly #file: FileHandle;
  /** Bytes written through this handle. */
  #written = 0;
  /** There is room up to here. */
  #roomEnd = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Makes it when it isn't there. */
  static async open(directory: string, segment: number): Promise<SegmentFile> {
    const path = join(directory, segmentName(segment));
    try {
      return new SegmentFile(path, await open(path, 'r+'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const file = await open(path, 'wx+', FILE_MODE);
    // Else a power cut may take away the name, and with it all that was acknowledged in it.
    await syncDirectory(directory);
    return new SegmentFile(path, file);
  }

  /** Writes a batch, and room for those that come after it; {@link sync} makes both durable. */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    if (bytes.length <= WRITTEN_AT_ONCE) this.#writeAtOnce(bytes, offset);
    else await this.writeFully(bytes, offset);
    this.#makeRoom(offset + bytes.length);
    this.#written += bytes.length;
  }

  async writeFully(bytes: Uint8Array, offset: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.length - written, offset + written);
      if (bytesWritten === 0) throw new Error(`nothing more could be written at ${offset + written}`);
      written += bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async cut(offset: number): Promise<void> {
    await this.#file.truncate(offset);
    this.#roomEnd = 0;
  }

  /** Gives back the room behind `end`, that of a process which was killed as well. */
  async close(end: number): Promise<void> {
    try {
      // Never longer: what somebody cut off meanwhile isn't to be filled with zeros.
      if ((await this.#file.stat()).size > end) await this.#file.truncate(end);
    } finally {
      await this.#file.close();
    }
  }

  #writeAtOnce(bytes: Uint8Array, offset: number): void {
    for (let written = 0; written < bytes.length; ) {
      const count = writeSync(this.#file.fd, bytes, written, bytes.length - written, offset + written);
      if (count === 0) throw new Error(`nothing more could be written at ${offset + written}`);
      written += count;
    }
  }

  #makeRoom(end: number): void {
    if (end <= this.#roomEnd || this.#written < ROOM_AFTER) return;
    try {
      this.#roomEnd = end + writevSync(this.#file.fd, BLANKS, end);
    } catch {
      // There is none to spare: the batch has found its own, and those that come will tell when they don't.
      this.#roomEnd = Number.POSITIVE_INFINITY;
    }
  }
}
