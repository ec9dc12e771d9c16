import type { Fence } from '../home/fence.ts';
import type { Applied } from './journal.ts';
import { LineBuffer } from './record-line.ts';

/** Who waits for a record to be durable. */
export interface Waiting {
  fence: Fence;
  applied: Applied;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** A record as it stands in a batch. */
export interface BatchLine extends Waiting {
  n: number;
  /** The record without its number. */
  tail: string;
  hash: string;
  /** Bytes. */
  length: number;
}

// Bounded so that the first waiter isn't held up by those who came long after.
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RECORDS = 4096;

/** Records that are written together, encoded as they come: nobody waits for that when the disk is done. */
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

  /** @param tail of `recordTail` */
  add(n: number, tail: string, { fence, applied, resolve, reject }: Waiting): void {
    const { hash, length } = this.#buffer.add(n, tail);
    this.lines.push({ n, tail, hash, length, fence, applied, resolve, reject });
  }

  /** Its records' numbers aren't right any longer: others before them failed. */
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
