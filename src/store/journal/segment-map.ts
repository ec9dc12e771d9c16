/** Where the records of a compacted segment are. Positions stay what they were: offsets in the segment as it was first written. */
import { nextTurn } from '../turns/slices.ts';
import { framedLine, unframe, unframeInTurns } from './record-line.ts';

/** Lines that take another number of bytes than before. There may be a hundred thousand, so each is three numbers and no object. */
export class ShrunkLines {
  readonly offsets: number[] = [];
  readonly before: number[] = [];
  readonly now: number[] = [];

  /** @param offset where it began @param was the bytes that it had @param is those that it has */
  add(offset: number, was: number, is: number): void {
    this.offsets.push(offset);
    this.before.push(was);
    this.now.push(is);
  }
}

/** The place of a record in the file. `length` is null for a line that is as it was. */
export interface FilePlace {
  start: number;
  length: number | null;
}

/** The key of the last line of a compacted segment. The others have `r`. */
const KEY = 'm';
/** Lines that are written or read before others have their turn: a millisecond. */
const SLICE = 2048;
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

  constructor(size: number, through: number, { offsets, before, now }: ShrunkLines) {
    this.size = size;
    this.through = through;
    this.#offsets = new Uint32Array(offsets);
    this.#lengths = new Uint32Array(before);
    this.#sizes = new Uint32Array(now);
    this.#starts = new Uint32Array(offsets.length);
    let saved = 0;
    for (let index = 0; index < offsets.length; index += 1) {
      this.#starts[index] = (this.#offsets[index] as number) - saved;
      saved += (this.#lengths[index] as number) - (this.#sizes[index] as number);
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

  /** The map as a line, in slices. */
  async toLine(): Promise<Buffer> {
    const parts: string[] = [];
    let end = 0;
    await nextTurn();
    for (let from = 0; from < this.#offsets.length; from += SLICE) {
      const runs: number[] = [];
      for (let index = from; index < Math.min(from + SLICE, this.#offsets.length); index += 1) {
        const [offset, was, , is] = this.#at(index);
        runs.push(offset - end, was, is);
        end = offset + was;
      }
      parts.push(runs.join(','));
      await nextTurn();
    }
    return framedLine(KEY, `{"size":${this.size},"runs":[${parts.join(',')}],"through":${this.through}}`);
  }

  #at(index: number): [number, number, number, number] {
    const of = (numbers: Uint32Array) => numbers[index] as number;
    return [of(this.#offsets), of(this.#lengths), of(this.#starts), of(this.#sizes)];
  }
}

/** Reads the runs of a map, in slices. */
async function linesIn(text: string, begin: number, end: number): Promise<ShrunkLines> {
  const lines = new ShrunkLines();
  let offset = 0;
  let rest: number[] = [];
  for (let from = begin; from < end; ) {
    const comma = text.indexOf(',', from + SLICE * 4);
    const to = comma < 0 || comma > end ? end : comma;
    const runs = [...rest, ...(JSON.parse(`[${text.slice(from, to)}]`) as number[])];
    const whole = runs.length - (runs.length % 3);
    for (let index = 0; index < whole; index += 3) {
      const [skip, was, is] = [runs[index], runs[index + 1], runs[index + 2]] as [number, number, number];
      lines.add(offset + skip, was, is);
      offset += skip + was;
    }
    rest = runs.slice(whole);
    from = to + 1;
    await nextTurn();
  }
  return lines;
}

/** The record through which a segment was compacted, by the last bytes of its file; null: it was not. */
export function compactedThrough(end: Buffer): number | null {
  const found = END.exec(end.toString('latin1'))?.[1];
  return found === undefined ? null : Number(found);
}

/** Whether a line is a whole map. @param line without its line end */
export function isMapLine(line: Buffer): boolean {
  return !('reason' in unframe(line, KEY));
}

/** The same, in slices. */
export async function isMapInSlices(line: Buffer): Promise<boolean> {
  return !('reason' in (await unframeInTurns(line, KEY)));
}

/** Reads a map from its line, in slices. @param line without its line end @returns null when it is none, or damaged */
export async function mapFromLine(line: Buffer): Promise<SegmentMap | null> {
  const found = await unframeInTurns(line, KEY);
  if ('reason' in found) return null;
  await nextTurn();
  try {
    const { text } = found;
    const [begin, end] = [text.indexOf('[') + 1, text.lastIndexOf(']')];
    const { size, through } = JSON.parse(text.slice(0, begin) + text.slice(end)) as { size: number; through: number };
    const lines = await linesIn(text, begin, end);
    await nextTurn();
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
