/** The new file of a segment that is rewritten. */
import { type FileHandle, open } from 'node:fs/promises';
import { FILE_MODE, removeIfThere, temporaryPath } from '../disk/durable-file.ts';
import type { SegmentView } from './segments.ts';

const COPIED_AT_ONCE = 1024 * 1024;

/** A file beside the segment that it replaces. It is made with the first line that changed. */
export class RewrittenFile {
  readonly temporary: string;
  readonly #old: SegmentView;
  #waiting: Buffer[] = [];
  #file: FileHandle | null = null;
  #length = 0;

  constructor(old: SegmentView, path: string) {
    this.#old = old;
    this.temporary = temporaryPath(path);
  }

  /** Adds bytes, which {@link write} writes. */
  add(bytes: Buffer): void {
    this.#waiting.push(bytes);
  }

  /** Writes what waits. @param unchangedUpTo the beginning of the old file, which goes before all else */
  async write(unchangedUpTo: number): Promise<void> {
    if (this.#waiting.length === 0) return;
    if (!this.#file) {
      this.#file = await open(this.temporary, 'wx', FILE_MODE);
      for (let start = 0; start < unchangedUpTo; ) {
        const piece = await this.#old.read(start, Math.min(COPIED_AT_ONCE, unchangedUpTo - start));
        if (piece.length === 0) throw new Error('the segment became shorter');
        await this.#append(piece);
        start += piece.length;
      }
    }
    await this.#append(Buffer.concat(this.#waiting.splice(0)));
  }

  /** Makes it durable. */
  async finish(): Promise<void> {
    await this.#file?.datasync();
    await this.close();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await removeIfThere(this.temporary);
  }

  async #append(bytes: Buffer): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = (await this.#file?.write(
        bytes,
        written,
        bytes.length - written,
        this.#length + written,
      )) ?? { bytesWritten: 0 };
      if (bytesWritten === 0) throw new Error(`nothing more could be written at ${this.#length + written}`);
      written += bytesWritten;
    }
    this.#length += bytes.length;
  }
}
