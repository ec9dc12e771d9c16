/** Groups the appends of many writers into few syncs. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Fence } from '../home/fence.ts';
import type { JournalHead } from '../model/journal-head.ts';
import { Batch } from './batch.ts';
import type { Applied, Mark } from './journal.ts';
import { recordTail } from './record-line.ts';

/** Options of {@link GroupCommit}. */
export interface GroupCommitOptions {
  /** The wall clock, unix milliseconds. */
  now: () => number;
  /** The number of the last record. */
  last: number;
  /** Makes a batch durable and returns where it begins. When it throws, every writer of the batch gets the error. */
  commit: (batch: Batch) => Promise<Place>;
  /**
   * Called with the end of the journal, in the turn in which the record's writer is answered. Nobody sees one without the other.
   */
  advance: (mark: Mark) => void;
}

/** A record to write. */
export interface Appended {
  fence: Fence;
  expected: JournalHead | null;
  /** The JSON of its events. */
  events: string;
  applied: Applied;
}

/** The segment and offset of a written batch. */
export interface Place {
  segment: number;
  offset: number;
}

/** The error for calls after the end. A caller that asks the next owner of the home is answered. */
export function closedError(): CloudilloError {
  return new CloudilloError('store.closed', 'The store is closed', { stage: 'store' });
}

/** The error for a conflict: the caller has to read again, and decide again. */
function conflictError(): CloudilloError {
  return new CloudilloError('store.conflict', 'Something else was appended meanwhile', {
    stage: 'store',
    retryable: true,
  });
}

/**
 * Collects the records that arrive during a sync, and writes them with the next one: many writers, one fdatasync. Between two
 * syncs, the writers that were just answered have until the end of the turn to append again. Larger groups mean fewer syncs.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  /** The batches: the first one is written next, the last one takes new records. */
  #batches: Batch[] = [];
  /** Records that go before all that wait. */
  #first: { build: () => Appended; resolve: () => void; reject: (error: unknown) => void }[] = [];
  /** What is done between two batches. */
  #between: (() => Promise<void>)[] = [];
  #spare: Batch | null = null;
  /** The number of the last record, written or waiting. */
  #last: number;
  #idle = true;
  #closed = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  /** Appends a record. @throws what `commit` throws; {CloudilloError} `store.closed`, `store.fenced`, `store.conflict` */
  async add({ fence, expected, events, applied }: Appended): Promise<void> {
    fence.assertHeld();
    if (this.#closed) throw closedError();
    if (expected !== null && expected !== this.#last) throw conflictError();
    await new Promise<void>((resolve, reject) => {
      this.#last += 1;
      const tail = recordTail(this.#options.now(), events);
      this.#open().add(this.#last, tail, { fence, applied, resolve, reject });
      if (this.#idle) this.#syncSoon();
    });
  }

  /**
   * Appends a record before all that wait. Everything before it is durable and applied when it is built.
   * @throws as {@link add}; what `build` throws
   */
  async addFirst(build: () => Appended): Promise<void> {
    if (this.#closed) throw closedError();
    await new Promise<void>((resolve, reject) => {
      this.#first.push({ build, resolve, reject });
      if (this.#idle) this.#syncSoon();
    });
  }

  /** Does something between two batches: nothing is written or applied meanwhile. @throws what `work` throws */
  between<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#between.push(() => work().then(resolve, reject));
      if (this.#idle) this.#syncSoon();
    });
  }

  /** Writes the waiting records, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#idle) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Starts a sync after everything else of this turn. */
  #syncSoon(): void {
    this.#idle = false;
    setImmediate(() => void this.#sync());
  }

  async #sync(): Promise<void> {
    // What is asked for meanwhile is done now, too: there may be no batch behind it.
    for (let work = this.#between.shift(); work; work = this.#between.shift()) await work();
    const batch = this.#firstBatch() ?? this.#batches.shift();
    if (!batch) {
      this.#idle = true;
      for (const resolve of this.#whenIdle.splice(0)) resolve();
      return;
    }
    let place: Place | null = null;
    try {
      for (const { fence } of batch.lines) fence.assertHeld();
      place = await this.#options.commit(batch);
    } catch (error) {
      this.#giveBackNumbers(batch.lines[0]?.n ?? 1);
      for (const { reject } of batch.lines) reject(error);
    }
    if (place) this.#tell(batch, place);
    batch.clear();
    this.#spare = batch;
    this.#syncSoon();
  }

  /** The record that goes before all others, if there is one. Nothing is being written now. */
  #firstBatch(): Batch | null {
    for (let first = this.#first.shift(); first; first = this.#first.shift()) {
      const { build, resolve, reject } = first;
      try {
        const { fence, events, applied } = build();
        const batch = new Batch();
        const n = this.#batches.find(({ lines }) => lines.length > 0)?.lines[0]?.n ?? this.#last + 1;
        batch.add(n, recordTail(this.#options.now(), events), { fence, applied, resolve, reject });
        this.#giveBackNumbers(n + 1);
        return batch;
      } catch (error) {
        reject(error);
      }
    }
    return null;
  }

  #tell({ lines }: Batch, { segment, offset }: Place): void {
    let end = offset;
    for (const { n, hash, length, applied, resolve, reject } of lines) {
      const position = { segment, offset: end, length };
      end += length;
      const mark = { n, segment, offset: end, last: { segment, offset: position.offset, hash } };
      this.#options.advance(mark);
      try {
        applied(position, mark);
        resolve();
      } catch (error) {
        // The record is durable, but not in the index. Other records aren't affected.
        reject(error);
      }
    }
  }

  #open(): Batch {
    const open = this.#batches.at(-1);
    if (open && !open.isFull) return open;
    const batch = this.#spare ?? new Batch();
    this.#spare = null;
    this.#batches.push(batch);
    return batch;
  }

  /** Gives the numbers of a failed batch to the waiting records. @param first of the failed batch */
  #giveBackNumbers(first: number): void {
    let next = first;
    for (const batch of this.#batches) {
      batch.renumber(next);
      next += batch.lines.length;
    }
    this.#last = next - 1;
  }
}
