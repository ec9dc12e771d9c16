import { writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrno } from '../disk/disk-errors.ts';
import { FILE_MODE, syncDirectory } from './durable-file.ts';

/**
 * As many bytes go to the page cache without a detour: copying them takes microseconds, while a trip through the thread
 * pool queues behind the signatures that are verified there.
 */
const WRITTEN_AT_ONCE = 256 * 1024;

/** A segment that is appended to. Its methods throw what the system says (`ENOSPC`, `EIO`, …). */
export class SegmentFile {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Makes it when it isn't there. */
  static async open(path: string): Promise<SegmentFile> {
    const file = await open(path, 'r+').catch((error: unknown) => {
      if (hasErrno(error, 'ENOENT')) return open(path, 'wx+', FILE_MODE);
      throw error;
    });
    try {
      // Else a power cut may take away the name, and with it all that was acknowledged in it. One that is there may be so by an
      // attempt that failed here.
      await syncDirectory(dirname(path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return new SegmentFile(path, file);
  }

  /** Writes a batch; {@link sync} makes it durable. */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    if (bytes.length <= WRITTEN_AT_ONCE) this.#writeAtOnce(bytes, offset);
    else await this.writeFully(bytes, offset);
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
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #writeAtOnce(bytes: Uint8Array, offset: number): void {
    for (let written = 0; written < bytes.length; ) {
      const count = writeSync(this.#file.fd, bytes, written, bytes.length - written, offset + written);
      if (count === 0) throw new Error(`nothing more could be written at ${offset + written}`);
      written += count;
    }
  }
}
