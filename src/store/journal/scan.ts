/** Reads the lines of the journal, and finds damage. */
import type { JournalRecord } from '../model/events.ts';
import type { Damage } from '../model/store-interface.ts';
import type { Mark, Position, RecordVisitor, ReplayResult } from './journal.ts';
import { decodeLine } from './record-line.ts';
import { isMapLine } from './segment-map.ts';

const NEWLINE = 0x0a;

/** Bytes that are no good record. */
export interface BadStretch {
  segment: number;
  offset: number;
  length: number;
  reason: string;
  /** Whether they end with a line end. A write that was cut off usually doesn't. */
  complete: boolean;
}

/** A segment in pieces, which are contiguous and in order. */
export interface SegmentSource {
  segment: number;
  /** Where the pieces begin, as an offset of a record. */
  offset: number;
  pieces: AsyncIterable<Buffer>;
  /** Of a compacted segment: where the pieces begin in its file, and the map from there to offsets. */
  file?: { start: number; offsetOf(start: number): number };
}

/**
 * Reads the lines of segments in order. A bad line never ends the scan: it is noted, and the good lines around it are visited.
 * The numbers of records show missing ones.
 */
export class Scanner {
  readonly damaged: Damage[] = [];
  /** Bad lines without a good one after them so far. At the end of the journal they are a torn tail. */
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

  /** Where the next record begins: behind the last good one, or at the start of the segment that is read. */
  get mark(): Mark {
    return this.#mark;
  }

  get trailing(): readonly BadStretch[] {
    return this.#trailing;
  }

  result(): ReplayResult {
    return { mark: this.#mark, records: this.#records, bytes: this.#bytes, damaged: this.damaged };
  }

  async scan({ segment, offset, pieces, file }: SegmentSource): Promise<void> {
    // Bad lines at the end of an earlier segment aren't torn: later writes went on behind them.
    this.noteTrailing();
    if (segment !== this.#mark.segment) this.#mark = { ...this.#mark, segment, offset };
    let start = file?.start ?? offset;
    const offsetOf = (place: number) => file?.offsetOf(place) ?? place;
    let rest: Buffer[] = [];
    for await (const piece of pieces) {
      let from = 0;
      for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
        const tail = piece.subarray(from, end);
        const line = rest.length > 0 ? Buffer.concat([...rest, tail]) : tail;
        rest = [];
        from = end + 1;
        this.#line(line, { segment, offset: offsetOf(start), length: line.length + 1 });
        start += line.length + 1;
      }
      if (from < piece.length) rest.push(piece.subarray(from));
    }
    const left = rest.reduce((sum, part) => sum + part.length, 0);
    if (left > 0) {
      this.#bytes += left;
      this.#trailing.push({
        segment,
        offset: offsetOf(start),
        length: left,
        reason: 'it ends in the middle',
        complete: false,
      });
    }
  }

  /** The result of a scan up to the known end. Bytes that are missing there are damage, too. */
  finish(end: Mark): ReplayResult {
    const cut = this.#trailing.length === 0 && (this.#mark.segment !== end.segment || this.#mark.offset < end.offset);
    if (cut)
      this.note(end.segment, this.#mark.offset, `the segment ends before ${end.offset}, where it was written to`);
    this.noteTrailing();
    return { ...this.result(), mark: end };
  }

  /** Notes the bad lines so far as damage. They stay where they are. */
  noteTrailing(): void {
    for (const { segment, offset, length, reason } of this.#trailing) {
      this.note(segment, offset, `${length} bytes are no good record: ${reason}`);
    }
    this.#trailing = [];
  }

  note(segment: number, offset: number, reason: string, kind?: Damage['kind']): void {
    this.damaged.push({ segment: this.#nameOf(segment), offset, ...(kind && { kind }), reason });
  }

  #line(line: Buffer, position: Position): void {
    this.#bytes += position.length;
    const decoded = decodeLine(line);
    if ('reason' in decoded) {
      // The map of a compacted segment holds no record.
      if (isMapLine(line)) return;
      this.#trailing.push({ ...position, reason: decoded.reason, complete: true });
      return;
    }
    const bad = this.#trailing.length;
    this.noteTrailing();
    this.#sequence(decoded.record, position, bad);
    const { record } = decoded;
    const { segment, offset } = position;
    const length = record.l ?? position.length;
    const n = Math.max(record.n, this.#mark.n);
    const mark = { n, segment, offset: offset + length, last: { segment, offset, hash: decoded.hash } };
    const problem = this.#visit(record, { segment, offset, length }, mark);
    if (problem !== null) this.note(segment, offset, `record ${record.n} can't be used: ${problem}`);
    this.#mark = mark;
    this.#records += record.n - (record.from ?? record.n) + 1;
  }

  /** @param bad the bad lines right before; as many numbers may be missing */
  #sequence({ n, from = n, e }: JournalRecord, { segment, offset }: Position, bad: number): void {
    const expected = this.#mark.n + 1;
    // A replay may begin among records that are gone.
    if (n === expected || (e.length === 0 && from <= expected && n >= this.#mark.n)) return;
    if (n < expected) {
      this.note(segment, offset, `record ${n} comes after record ${this.#mark.n}`, 'sequence');
    } else if (from - expected > bad) {
      const missing = from - 1 === expected ? `record ${expected} is` : `records ${expected} to ${from - 1} are`;
      this.note(segment, offset, `${missing} missing`, 'sequence');
    }
  }
}
