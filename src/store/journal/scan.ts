import type { JournalRecord } from '../events.ts';
import type { Damage } from '../store-interface.ts';
import type { Mark, Position, RecordVisitor, ReplayResult } from './journal.ts';
import { type DecodedLine, decodeLine } from './record-line.ts';

const NEWLINE = 0x0a;
/** A disk writes whole ones or none, in bytes; its real ones are a multiple. */
const SECTOR = 512;

type GoodLine = Extract<DecodedLine, { record: JournalRecord }>;

/** A stretch of bytes that is no good record, or one of a group that isn't there as a whole. */
export interface BadStretch extends Position {
  reason: string;
  /** Was it there whole, and so perhaps acknowledged? A write that was cut off wasn't. */
  complete: boolean;
  /** Good by itself: used after all when it turns out that its group was written to its end. */
  line?: GoodLine;
}

/** Reads a segment piece by piece; pieces are contiguous and in order. */
export interface SegmentSource {
  segment: number;
  /** Where the pieces begin. */
  offset: number;
  pieces: AsyncIterable<Buffer>;
}

/**
 * Goes through the lines of segments in order, passing over reserved room: line ends with nothing between them. A bad line never ends the scan: it is noted, and the good ones around it are
 * visited. Record numbers tell of lines that are gone altogether.
 */
export class Scanner {
  readonly damaged: Damage[] = [];
  /** Bad lines, and those of their group, with no good one after them so far: at the end of the journal they are a torn tail. */
  #trailing: BadStretch[] = [];
  readonly #visit: RecordVisitor;
  readonly #nameOf: (segment: number) => string;
  #mark: Mark;
  #records = 0;
  #bytes = 0;

  constructor(from: Mark, visit: RecordVisitor, nameOf: (segment: number) => string) {
    this.#mark = from;
    this.#visit = visit;
    this.#nameOf = nameOf;
  }

  /** Where the next record belongs: behind the last good one, or at the start of the segment being read. */
  get mark(): Mark {
    return this.#mark;
  }

  get trailing(): readonly BadStretch[] {
    return this.#trailing;
  }

  result(): ReplayResult {
    return { mark: this.#mark, records: this.#records, bytes: this.#bytes, damaged: this.damaged };
  }

  async scan({ segment, offset, pieces }: SegmentSource): Promise<void> {
    // Bad lines at the end of an earlier segment aren't torn: later writes went on behind them.
    this.settle();
    if (segment !== this.#mark.segment) this.#mark = { ...this.#mark, segment, offset };
    let start = offset;
    let rest: Buffer[] = [];
    let room = false;
    for await (const piece of pieces) {
      for (let from = 0; from < piece.length; ) {
        if (rest.length === 0 && piece[from] === NEWLINE) {
          from += 1;
          start += 1;
          room = true;
          continue;
        }
        const end = piece.indexOf(NEWLINE, from);
        if (end < 0) {
          rest.push(piece.subarray(from));
          break;
        }
        const tail = piece.subarray(from, end);
        const line = rest.length > 0 ? Buffer.concat([...rest, tail]) : tail;
        rest = [];
        from = end + 1;
        const length = line.length + 1;
        this.#line(line, { segment, offset: start, length }, { before: room, behind: piece[from] === NEWLINE });
        room = false;
        start += line.length + 1;
      }
    }
    const left = rest.reduce((sum, part) => sum + part.length, 0);
    if (left > 0) {
      this.#bytes += left;
      this.#trailing.push({ segment, offset: start, length: left, reason: 'it ends in the middle', complete: false });
    }
  }

  /** The result of reading what is known to end at `end`: bytes that are gone there are damage too. */
  finish(end: Mark): ReplayResult {
    const cut = this.#trailing.length === 0 && (this.#mark.segment !== end.segment || this.#mark.offset < end.offset);
    if (cut)
      this.note(end.segment, this.#mark.offset, `the segment ends before ${end.offset}, where it was written to`);
    this.settle();
    return { ...this.result(), mark: end };
  }

  /** Bad lines seen so far are damage: they stay where they are. @returns how many of them are behind the last good one */
  settle(): number {
    let bad = 0;
    for (const { line, ...stretch } of this.#trailing.splice(0)) {
      if (line) this.#use(line, stretch, bad);
      else this.note(stretch.segment, stretch.offset, `${stretch.length} bytes are no good record: ${stretch.reason}`);
      bad = line ? 0 : bad + 1;
    }
    return bad;
  }

  note(segment: number, offset: number, reason: string): void {
    this.damaged.push({ segment: this.#nameOf(segment), offset, reason });
  }

  /** @param room is there reserved room right before it, and right behind its line end? */
  #line(bytes: Buffer, position: Position, room: { before: boolean; behind: boolean }): void {
    this.#bytes += position.length;
    const line = decodeLine(bytes);
    if ('reason' in line) {
      // What a power failure leaves of a line has the room that was there in place of its first or its last sectors.
      const begins = room.before && position.offset % SECTOR === 0;
      const ends = room.behind && (position.offset + bytes.length) % SECTOR === 0;
      this.#trailing.push({ ...position, reason: line.reason, complete: !(begins || ends) });
    } else if (this.#isOfTornGroup(line.record, room.before)) {
      this.#trailing.push({ ...position, reason: 'others of its group are missing', complete: false, line });
    } else {
      this.#use(line, position, this.settle());
    }
  }

  /**
   * Is there a hole before the record, in its own group, of the kind that a power failure leaves? Sectors of one write reach the
   * disk in any order. Nobody was told about such a group; unless one follows, which was begun when this one was synced.
   */
  #isOfTornGroup({ n, g = 0 }: JournalRecord, roomBefore: boolean): boolean {
    const expected = this.#mark.n + 1;
    if (n <= expected || n - g > expected) return false;
    return this.#trailing.length === 0 ? roomBefore : this.#trailing.every(({ complete }) => !complete);
  }

  /** @param bad lines right before: they account for as many numbers */
  #use({ record, hash }: GoodLine, position: Position, bad: number): void {
    this.#sequence(record, position, bad);
    const { segment, offset, length } = position;
    const n = Math.max(record.n, this.#mark.n);
    const mark = { n, segment, offset: offset + length, last: { segment, offset, hash } };
    const problem = this.#visit(record, position, mark);
    if (problem !== null) this.note(segment, offset, `record ${record.n} can't be used: ${problem}`);
    this.#mark = mark;
    this.#records += 1;
  }

  /** @param bad lines right before: they account for as many numbers */
  #sequence({ n }: JournalRecord, { segment, offset }: Position, bad: number): void {
    const expected = this.#mark.n + 1;
    if (n === expected) return;
    if (n < expected) {
      this.note(segment, offset, `record ${n} comes after record ${this.#mark.n}`);
    } else if (n - expected > bad) {
      const missing = n - 1 === expected ? `record ${expected} is` : `records ${expected} to ${n - 1} are`;
      this.note(segment, offset, `${missing} missing`);
    }
  }
}
