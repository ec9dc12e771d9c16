import { CloudilloError } from '../../protocol/errors.ts';
import { Batch, type BatchLine } from './batch.ts';
import type { Applied, Mark, Position } from './journal.ts';
import { recordTail } from './record-line.ts';

/** Options of {@link GroupCommit}. */
export interface GroupCommitOptions {
  /** Unix milliseconds. */
  now: () => number;
  /** Number of the last record that is there. */
  last: number;
  /** Makes a batch durable and says where its lines are, or throws: then everybody in it gets the error. */
  commit: (batch: Batch) => Promise<Placed[]>;
  /** Told the new end of the journal in the turn in which the batch's writers are: nobody sees one without the other. */
  advance: (mark: Mark) => void;
}

/** Where a line was written, and the mark behind it. */
export interface Placed {
  position: Position;
  mark: Mark;
}

/**
 * How long the disk may idle between two syncs, as a share of a sync. Those who were just answered often have more to write:
 * waiting for them makes larger groups, which pays on a slow disk, and only costs on one that is faster than they are.
 */
const IDLE_SHARE = 0.1;

/** For calls after the end: whoever asks the next owner of the home is answered. */
export function closedError(): CloudilloError {
  return new CloudilloError('store.closed', 'The store is closed', { stage: 'store', retryable: true });
}

/** Collects what arrives while a sync is under way, and writes it with the next: many waiting writers, one fdatasync. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  /** The next to be written comes first; the last one takes what arrives. */
  #batches: Batch[] = [];
  #spare: Batch | null = null;
  /** Number of the last record, written or waiting. */
  #last: number;
  #state: 'idle' | 'collecting' | 'syncing' = 'idle';
  /** Collecting ends then, */
  #deadline = 0;
  /** unless there are fewer: half of those who write goes out while the other half comes back, instead of all and one. */
  #enough = 0;
  #closed = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  /** @throws what `commit` throws; {CloudilloError} `store.closed` */
  add(events: string, applied: Applied): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    const tail = recordTail(this.#options.now(), events);
    return new Promise((resolve, reject) => {
      this.#last += 1;
      this.#open().add(this.#last, { tail, applied, resolve, reject });
      if (this.#state === 'idle') this.#collect(Number.POSITIVE_INFINITY, 0);
      else if (this.#state === 'collecting' && this.#isEnough()) void this.#sync();
    });
  }

  /** Writes what is waiting, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#state === 'idle') return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /**
   * Waits for more, but not once all that could run in this turn has run.
   * @param patience milliseconds at most
   * @param answered who is about to be, and may come again
   */
  #collect(patience: number, answered: number): void {
    this.#state = 'collecting';
    this.#deadline = performance.now() + patience;
    this.#enough = (answered + this.#waiting()) / 2;
    setImmediate(() => {
      if (this.#state === 'collecting') void this.#sync();
    });
  }

  #isEnough(): boolean {
    return this.#waiting() >= this.#enough && performance.now() >= this.#deadline;
  }

  #waiting(): number {
    return this.#batches.reduce((count, batch) => count + batch.lines.length, 0);
  }

  async #sync(): Promise<void> {
    const batch = this.#batches.shift();
    if (!batch) {
      this.#state = 'idle';
      for (const resolve of this.#whenIdle.splice(0)) resolve();
      return;
    }
    this.#state = 'syncing';
    const begun = performance.now();
    let placed: Placed[] = [];
    let failure: { error: unknown } | null = null;
    try {
      placed = await this.#options.commit(batch);
    } catch (error) {
      failure = { error };
      this.#takeBack(batch.lines[0]?.n ?? 1);
    }
    this.#collect((performance.now() - begun) * IDLE_SHARE, batch.lines.length);
    if (failure) for (const { reject } of batch.waiting) reject(failure.error);
    else this.#tell(batch, placed);
    batch.clear();
    this.#spare = batch;
  }

  #tell(batch: Batch, placed: Placed[]): void {
    const end = placed.at(-1);
    if (end) this.#options.advance(end.mark);
    for (const [index, { applied, resolve, reject }] of batch.waiting.entries()) {
      const { position, mark } = placed[index] as Placed;
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
  #takeBack(first: number): void {
    let next = first;
    for (const batch of this.#batches) {
      batch.renumber(next);
      next += batch.lines.length;
    }
    this.#last = next - 1;
  }
}

/** Where the lines of a batch are that was written at an offset. */
export function placeLines(lines: readonly BatchLine[], segment: number, offset: number): Placed[] {
  let next = offset;
  return lines.map(({ n, hash, length }) => {
    const position = { segment, offset: next, length };
    next += length;
    return { position, mark: { n, segment, offset: next, last: { segment, offset: position.offset, hash } } };
  });
}
