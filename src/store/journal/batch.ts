import type { Applied } from './journal.ts';
import { LineBuffer } from './record-line.ts';

/** A record that waits to be durable. */
export interface Waiting {
  /** The record without its number. */
  tail: string;
  applied: Applied;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** A line of a batch. */
export interface BatchLine {
  n: number;
  hash: string;
  /** Bytes. */
  length: number;
}

// Bounded so that the first waiter isn't held up by those who came long after.
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RECORDS = 4096;

/** Records that are written together, encoded as they come: nobody waits for that when the disk is done. */
export class Batch {
  readonly waiting: Waiting[] = [];
  readonly lines: BatchLine[] = [];
  readonly #buffer = new LineBuffer();

  get isFull(): boolean {
    return this.lines.length >= MAX_RECORDS || this.#buffer.length >= MAX_BYTES;
  }

  /** Valid until `clear`. */
  get bytes(): Uint8Array {
    return this.#buffer.bytes();
  }

  add(n: number, record: Waiting): void {
    this.waiting.push(record);
    this.lines.push({ n, ...this.#buffer.add(n, record.tail) });
  }

  /** Its records' numbers aren't right any longer: others before them failed. */
  renumber(first: number): void {
    this.#buffer.clear();
    for (const [index, line] of this.lines.entries()) {
      line.n = first + index;
      Object.assign(line, this.#buffer.add(line.n, (this.waiting[index] as Waiting).tail));
    }
  }

  clear(): void {
    this.waiting.length = 0;
    this.lines.length = 0;
    this.#buffer.clear();
  }
}
