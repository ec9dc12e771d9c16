/** A journal in memory. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Fence } from '../home/fence.ts';
import type { JournalRecord } from '../model/events.ts';
import type { JournalHead } from '../model/journal-head.ts';
import type { Batch } from './batch.ts';
import { closedError, GroupCommit, type Place } from './group-commit.ts';
import {
  type Applied,
  type Journal,
  type Mark,
  type Position,
  type RecordVisitor,
  type ReplayResult,
  type Rewritten,
  START,
} from './journal.ts';
import { decodeLine } from './record-line.ts';
import { Scanner } from './scan.ts';
import { segmentName } from './segments.ts';

/** The lines of a journal in memory, for tests, `--dry-run` and ephemeral servers. */
export class MemoryJournal implements Journal {
  readonly #lines: Buffer[] = [];
  /** The offset of a line → its index in `#lines`. */
  readonly #places = new Map<number, number>();
  readonly #commits: GroupCommit;
  #mark: Mark = START;
  #closed = false;

  constructor(now: () => number) {
    this.#commits = new GroupCommit({
      now,
      last: START.n,
      commit: async (batch) => this.#commit(batch),
      advance: (mark) => {
        this.#mark = mark;
      },
    });
  }

  get mark(): Mark {
    return this.#mark;
  }

  get head(): JournalHead {
    return this.#mark.n as JournalHead;
  }

  get writable(): boolean {
    return !this.#closed;
  }

  append(fence: Fence, expected: JournalHead | null, events: string, applied: Applied): Promise<void> {
    return this.#commits.add({ fence, expected, events, applied });
  }

  async read({ offset }: Position): Promise<JournalRecord> {
    if (this.#closed) throw closedError();
    const decoded = decodeLine((this.#lines[this.#places.get(offset) ?? -1] ?? Buffer.alloc(1)).subarray(0, -1));
    if ('record' in decoded) return decoded.record;
    throw new CloudilloError('store.damaged', `No good record at ${offset}: ${decoded.reason}`, { stage: 'store' });
  }

  async replay(from: Mark, visit: RecordVisitor): Promise<ReplayResult> {
    const end = this.#mark;
    const scanner = new Scanner(from, visit, segmentName);
    const lines = this.#lines.slice(this.#places.get(from.offset) ?? this.#lines.length);
    await scanner.scan({
      segment: 1,
      offset: from.offset,
      pieces: (async function* () {
        yield* lines;
      })(),
    });
    return scanner.finish(end);
  }

  still<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#commits.between(work);
  }

  seal(fence: Fence, build: () => { events: string; applied: Applied }): Promise<void> {
    return this.#commits.addFirst(() => ({ fence, expected: null, ...build() }));
  }

  /** It has one segment, which goes with the process. */
  async segments(): Promise<number[]> {
    return [];
  }

  async rewrite(): Promise<Rewritten> {
    throw new Error('a journal in memory has no sealed segments');
  }

  async removeTorn(): Promise<void> {
    // Nothing is torn in memory.
  }

  size(): { bytes: number; segments: number } {
    return { bytes: this.#mark.offset, segments: 1 };
  }

  async close(): Promise<void> {
    await this.#commits.close();
    this.#closed = true;
  }

  #commit({ bytes, lines }: Batch): Place {
    const begin = this.#mark.offset;
    let start = 0;
    for (const { length } of lines) {
      this.#places.set(begin + start, this.#lines.push(Buffer.from(bytes.subarray(start, start + length))) - 1);
      start += length;
    }
    return { segment: 1, offset: begin };
  }
}
