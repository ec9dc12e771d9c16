import { CloudilloError } from '../../protocol/errors.ts';
import type { JournalEvent, JournalRecord } from '../events.ts';
import type { Mark, Position } from './journal.ts';
import { encodeEvents, encodeLine } from './record-line.ts';

/** A line of a batch, encoded. */
export interface BatchLine {
  n: number;
  hash: string;
  /** Bytes. */
  length: number;
  /** To be called once it's durable. */
  done(position: Position, mark: Mark): void;
}

/** Records that are written together. */
export interface Batch {
  /** @param n number of the last record before */
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
  at: number;
  events: readonly JournalEvent[];
  /** The record without its number. */
  tail: string;
  applied: (record: JournalRecord, position: Position, mark: Mark) => void;
  resolve: () => void;
  reject: (error: unknown) => void;
}

// A batch is bounded so that the first waiter isn't held up by those who came long after.
const MAX_BATCH_CHARACTERS = 4 * 1024 * 1024;
const MAX_BATCH_RECORDS = 4096;

/** Collects what arrives while a sync is under way, and writes it with the next: many waiting writers, one fdatasync. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** @throws what `commit` throws; {CloudilloError} `store.closed` */
  add(events: readonly JournalEvent[], applied: Waiting['applied']): Promise<void> {
    if (this.#closed) {
      return Promise.reject(
        new CloudilloError('store.closed', 'The store is closed', { stage: 'store', retryable: true }),
      );
    }
    const at = this.#options.now();
    const tail = encodeEvents(at, events);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ at, events, tail, applied, resolve, reject });
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
        await this.#options.commit({ encode: (n) => encodeBatch(batch, n) });
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
}

function encodeBatch(batch: readonly Waiting[], before: number): { bytes: Uint8Array; lines: BatchLine[] } {
  const texts: string[] = [];
  const lines = batch.map(({ at, events, tail, applied }, index): BatchLine => {
    const n = before + 1 + index;
    const { line, hash } = encodeLine(n, tail);
    texts.push(line);
    const done = (position: Position, mark: Mark): void => applied({ n, at, e: [...events] }, position, mark);
    return { n, hash, length: Buffer.byteLength(line), done };
  });
  return { bytes: Buffer.from(texts.join('')), lines };
}
