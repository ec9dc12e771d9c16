/** Where the records of a compacted segment are. Positions stay what they were: offsets in the segment as it was first written. */
import { framedLine, unframe } from './record-line.ts';

/** A line that takes another number of bytes than before. */
export interface Shrunk {
  /** Where it began. */
  offset: number;
  /** The bytes that it had. */
  was: number;
  /** The bytes that it has. */
  is: number;
}

/** The place of a record in the file. `length` is null for a line that is as it was. */
export interface FilePlace {
  start: number;
  length: number | null;
}

/** The key of the last line of a compacted segment. The others have `r`. */
const KEY = 'm';
/** How every such line ends, and no other. */
const END = /"through":(\d+)\}\}\n$/;
/** Bytes in which {@link END} has room. */
export const END_BYTES = 64;

/** Compares offsets as they were with those in the file. The segment's last line has it. */
export class SegmentMap {
  /** The bytes of the segment as it was. */
  readonly size: number;
  /** The last record when the segment was compacted: a saved index has to know it. */
  readonly through: number;
  readonly #offsets: Uint32Array;
  readonly #lengths: Uint32Array;
  /** Where the lines begin in the file, and their bytes there. */
  readonly #starts: Uint32Array;
  readonly #sizes: Uint32Array;

  constructor(size: number, through: number, lines: readonly Shrunk[]) {
    this.size = size;
    this.through = through;
    this.#offsets = Uint32Array.from(lines, ({ offset }) => offset);
    this.#lengths = Uint32Array.from(lines, ({ was }) => was);
    this.#sizes = Uint32Array.from(lines, ({ is }) => is);
    this.#starts = new Uint32Array(lines.length);
    let saved = 0;
    for (const [index, { offset, was, is }] of lines.entries()) {
      this.#starts[index] = offset - saved;
      saved += was - is;
    }
  }

  /** The place of the line at an offset; of the line that took its place when it is gone. */
  place(offset: number): FilePlace {
    const index = lastUpTo(this.#offsets, offset);
    if (index < 0) return { start: offset, length: null };
    const [begin, was, start, is] = this.#at(index);
    if (offset < begin + was) return { start, length: is };
    return { start: offset - begin - was + start + is, length: null };
  }

  /** The offset, as it was, of the line that begins at a place in the file. */
  offsetOf(start: number): number {
    const index = lastUpTo(this.#starts, start);
    if (index < 0) return start;
    const [begin, was, first, is] = this.#at(index);
    return start < first + is ? begin : start - first - is + begin + was;
  }

  /** The map as a line. */
  toLine(): string {
    const runs: number[] = [];
    let end = 0;
    for (const [index, offset] of this.#offsets.entries()) {
      const was = this.#lengths[index] as number;
      runs.push(offset - end, was, this.#sizes[index] as number);
      end = offset + was;
    }
    return framedLine(KEY, `{"size":${this.size},"runs":[${runs.join(',')}],"through":${this.through}}`);
  }

  #at(index: number): [number, number, number, number] {
    const of = (numbers: Uint32Array) => numbers[index] as number;
    return [of(this.#offsets), of(this.#lengths), of(this.#starts), of(this.#sizes)];
  }
}

/** The record through which a segment was compacted, by the last bytes of its file; null: it was not. */
export function compactedThrough(end: Buffer): number | null {
  const found = END.exec(end.toString('latin1'))?.[1];
  return found === undefined ? null : Number(found);
}

/** Reads a map from its line. @param line without its line end @returns null when it is none, or damaged */
export function mapFromLine(line: Buffer): SegmentMap | null {
  const found = unframe(line, KEY);
  if ('reason' in found) return null;
  try {
    const { size, runs, through } = JSON.parse(found.text) as { size: number; runs: number[]; through: number };
    const lines: Shrunk[] = [];
    let end = 0;
    for (let index = 0; index < runs.length; index += 3) {
      const [skip, was, is] = runs.slice(index, index + 3) as [number, number, number];
      lines.push({ offset: end + skip, was, is });
      end += skip + was;
    }
    return new SegmentMap(size, through, lines);
  } catch {
    // Its hash is right: a later version wrote it, which the version of the home refuses before.
    return null;
  }
}

/** The index of the last number up to `value`, or -1. Numbers ascend. */
function lastUpTo(numbers: Uint32Array, value: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
