/** Records that are written together. */
import type { Fence } from '../home/fence.ts';
import type { Applied } from './journal.ts';
import { LineBuffer } from './record-line.ts';

/** The writer that waits for a record to be durable. */
export interface Waiting {
  fence: Fence;
  applied: Applied;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** A record in a batch. */
export interface BatchLine extends Waiting {
  n: number;
  /** The record without its number. */
  tail: string;
  hash: string;
  /** In bytes. */
  length: number;
}

// Bounded, so that the first writer isn't delayed by those that came long after.
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RECORDS = 4096;

/** Records that are written together. They are encoded as they arrive, so that the disk never waits for that. */
export class Batch {
  readonly lines: BatchLine[] = [];
  readonly #buffer = new LineBuffer();

  get isFull(): boolean {
    return this.lines.length >= MAX_RECORDS || this.#buffer.length >= MAX_BYTES;
  }

  /** Valid until `clear`. */
  get bytes(): Uint8Array {
    return this.#buffer.bytes();
  }

  /** Adds a record. @param tail of `recordTail` */
  add(n: number, tail: string, { fence, applied, resolve, reject }: Waiting): void {
    const { hash, length } = this.#buffer.add(n, tail);
    this.lines.push({ n, tail, hash, length, fence, applied, resolve, reject });
  }

  /** Renumbers the records after a batch before them failed. */
  renumber(first: number): void {
    this.#buffer.clear();
    for (const [index, line] of this.lines.entries()) {
      line.n = first + index;
      Object.assign(line, this.#buffer.add(line.n, line.tail));
    }
  }

  clear(): void {
    this.lines.length = 0;
    this.#buffer.clear();
  }
}
