import { CloudilloError } from '../../protocol/errors.ts';
import type { Fence } from '../home/fence.ts';
import type { JournalHead } from '../model/journal-head.ts';
import { Batch } from './batch.ts';
import type { Applied, Mark } from './journal.ts';
import { recordTail } from './record-line.ts';

/** Options of {@link GroupCommit}. */
export interface GroupCommitOptions {
  /** Unix milliseconds. */
  now: () => number;
  /** Number of the last record that is there. */
  last: number;
  /** Makes a batch durable and says where it begins, or throws: then everybody in it gets the error. */
  commit: (batch: Batch) => Promise<Place>;
  /** Told the end of the journal in the turn in which the record's writer is: nobody sees one without the other. */
  advance: (mark: Mark) => void;
}

/** A record to be written. */
export interface Appended {
  fence: Fence;
  expected: JournalHead | null;
  /** JSON of its events. */
  events: string;
  applied: Applied;
}

/** Where a batch was written. */
export interface Place {
  segment: number;
  offset: number;
}

/** For calls after the end: whoever asks the next owner of the home is answered. */
export function closedError(): CloudilloError {
  return new CloudilloError('store.closed', 'The store is closed', { stage: 'store' });
}

/** Somebody else was first: look again, and decide again. */
function conflictError(): CloudilloError {
  return new CloudilloError('store.conflict', 'Something else was appended meanwhile', {
    stage: 'store',
    retryable: true,
  });
}

/**
 * Collects what arrives while a sync is under way, and writes it with the next: many waiting writers, one fdatasync. Between two
 * syncs, those who were just answered have until the end of the turn to come back with more: the larger the groups, the fewer syncs.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  /** The next to be written comes first; the last one takes what arrives. */
  #batches: Batch[] = [];
  #spare: Batch | null = null;
  /** Number of the last record, written or waiting. */
  #last: number;
  #idle = true;
  #closed = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  /** @throws what `commit` throws; {CloudilloError} `store.closed`, `store.fenced`, `store.conflict` */
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

  /** Writes what is waiting, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#idle) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Once all that can run in this turn has run. */
  #syncSoon(): void {
    this.#idle = false;
    setImmediate(() => void this.#sync());
  }

  async #sync(): Promise<void> {
    const batch = this.#batches.shift();
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
        // Durable, but not in the index: one record's mishap isn't the others'.
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

  /** Numbers of records that aren't there go to those that wait. @param first of the batch that failed */
  #giveBackNumbers(first: number): void {
    let next = first;
    for (const batch of this.#batches) {
      batch.renumber(next);
      next += batch.lines.length;
    }
    this.#last = next - 1;
  }
}
