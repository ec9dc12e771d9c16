import { CloudilloError } from '../../protocol/errors.ts';
import type { Applied } from './journal.ts';
import { LineBuffer, recordTail } from './record-line.ts';

/** A line of a batch, encoded. */
export interface BatchLine {
  n: number;
  hash: string;
  /** Bytes. */
  length: number;
  /** To be called once it's durable. */
  done: Applied;
}

/** Records that are written together. */
export interface Batch {
  /** @param n number of the last record before @returns bytes that are valid until the next batch is encoded */
  encode(n: number): { bytes: Uint8Array; lines: BatchLine[] };
}

/** Options of {@link GroupCommit}. */
export interface GroupCommitOptions {
  /** Unix milliseconds. */
  now: () => number;
  /** Makes a batch durable and calls each line's `done`, or throws: then everybody in it gets the error. */
  commit: (batch: Batch) => Promise<void>;
}

interface Waiting {
  /** The record without its number. */
  tail: string;
  applied: Applied;
  resolve: () => void;
  reject: (error: unknown) => void;
}

// A batch is bounded so that the first waiter isn't held up by those who came long after.
const MAX_BATCH_CHARACTERS = 4 * 1024 * 1024;
const MAX_BATCH_RECORDS = 4096;

/** For calls after the end: whoever asks the next owner of the home is answered. */
export function closedError(): CloudilloError {
  return new CloudilloError('store.closed', 'The store is closed', { stage: 'store', retryable: true });
}

/** Collects what arrives while a sync is under way, and writes it with the next: many waiting writers, one fdatasync. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #buffer = new LineBuffer();
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** @throws what `commit` throws; {CloudilloError} `store.closed` */
  add(events: string, applied: Applied): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    const tail = recordTail(this.#options.now(), events);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ tail, applied, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Writes what is waiting, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // A turn of the loop: writers that were woken together come together.
    await null;
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        await this.#options.commit({ encode: (n) => this.#encode(batch, n) });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      // Let those who were answered append again before the next batch is closed.
      await new Promise(setImmediate);
    }
    this.#running = null;
  }

  #take(): Waiting[] {
    let characters = 0;
    let count = 0;
    for (const { tail } of this.#waiting) {
      characters += tail.length;
      if (count > 0 && (characters > MAX_BATCH_CHARACTERS || count >= MAX_BATCH_RECORDS)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #encode(batch: readonly Waiting[], before: number): { bytes: Uint8Array; lines: BatchLine[] } {
    this.#buffer.clear();
    const lines = batch.map(({ tail, applied }, index): BatchLine => {
      const n = before + 1 + index;
      return { n, ...this.#buffer.add(n, tail), done: applied };
    });
    return { bytes: this.#buffer.bytes(), lines };
  }
}
