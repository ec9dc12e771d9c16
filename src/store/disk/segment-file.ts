/** A segment file that is appended to. */
import { writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrno } from '../disk/disk-errors.ts';
import { FILE_MODE, syncDirectory } from './durable-file.ts';

/**
 * Up to this size a write goes to the page cache synchronously. That takes microseconds, while a write through the thread pool
 * waits behind the signatures that are verified there.
 */
const WRITTEN_AT_ONCE = 256 * 1024;

/** A segment that is appended to. Its methods throw the error of the system call (`ENOSPC`, `EIO`, …). */
export class SegmentFile {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Opens a segment, and makes it when it doesn't exist. @param sync whether its name has to survive a power cut */
  static async open(path: string, sync = true): Promise<SegmentFile> {
    const file = await open(path, 'r+').catch((error: unknown) => {
      if (hasErrno(error, 'ENOENT')) return open(path, 'wx+', FILE_MODE);
      throw error;
    });
    try {
      // Otherwise a power cut may remove the name, and with it everything that was acknowledged in it. An existing name may come
      // from an attempt that failed right here.
      if (sync) await syncDirectory(dirname(path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return new SegmentFile(path, file);
  }

  /** Writes a batch. {@link sync} makes it durable. */
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
