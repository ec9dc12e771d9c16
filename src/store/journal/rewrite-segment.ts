/** Rewrites a segment of the journal without what was removed. Its records keep their positions. */
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskError } from '../disk/disk-errors.ts';
import { removeIfThere, syncDirectory } from '../disk/durable-file.ts';
import type { JournalRecord } from '../model/events.ts';
import { nextTurn, turnFor } from '../turns/slices.ts';
import type { Rewriting, Rewritten } from './journal.ts';
import { decodeInTurns, framedLine, LONG } from './record-line.ts';
import { RewrittenFile } from './rewritten-file.ts';
import { isMapInSlices, SegmentMap, ShrunkLines } from './segment-map.ts';
import type { SegmentView } from './segments.ts';

const NEWLINE = 0x0a;
/** What reading, editing and writing a line costs, in rows. */
const LINE = 50;
/** The bytes of a long line that cost as much as examining a row. */
const BYTES_A_ROW = 512;
/** Bytes that are read at once. */
const PIECE_BYTES = 64 * 1024;
/** A segment of which less than one in so many bytes is saved stays as it is, unless something has to go. */
const WORTH = 64;

/** Records that are gone, in a row. */
interface Gone {
  from: number;
  to: number;
  at: number;
  /** Where their line begins in the file as it is. */
  start: number;
  offset: number;
  bytes: number;
  /** Their line, when nothing about it changes. */
  asItIs: Buffer | null;
}

/**
 * Writes the new segment beside the old one, syncs it, and renames it over the old one. Whatever happens, one of them is there, whole.
 * @param path of the segment
 * @returns the bytes of the file before and after: the same when it stays
 * @throws {CloudilloError} `store.full` | `store.io`; then the segment is as it was. What `signal` aborts with
 */
export async function rewriteSegment(view: SegmentView, path: string, rewriting: Rewriting): Promise<Rewritten> {
  const before = await view.size();
  const file = rewriting.dryRun ? null : new RewrittenFile(view, path);
  const lines = new Lines(view, rewriting, (bytes) => file?.add(bytes));
  try {
    let rest: Buffer[] = [];
    for (let start = 0; start < before; ) {
      rewriting.signal.throwIfAborted();
      const piece = await view.read(start, Math.min(PIECE_BYTES, before - start));
      if (piece.length === 0) break;
      start += piece.length;
      let from = 0;
      for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
        const part = piece.subarray(from, end + 1);
        await lines.take(rest.length > 0 ? Buffer.concat([...rest, part]) : part);
        rest = [];
        from = end + 1;
      }
      if (from < piece.length) rest.push(piece.subarray(from));
      await file?.write(lines.unchangedUpTo);
      await nextTurn();
    }
    await lines.end(Buffer.concat(rest), rewriting.through);
    const isWorth = lines.isNeeded || (before - lines.written) * WORTH >= before;
    if (!lines.isChanged || !isWorth) {
      await file?.remove();
      return { before, after: before };
    }
    if (!file) return { before, after: lines.written };
    await file.write(lines.unchangedUpTo);
    await file.finish();
    await rename(file.temporary, path);
    await syncDirectory(dirname(path));
    return { before, after: lines.written };
  } catch (error) {
    await file?.close();
    if (file) await removeIfThere(file.temporary).catch(() => {});
    rewriting.signal.throwIfAborted();
    throw diskError(error, 'rewrite a segment of the journal', path);
  }
}

/** The lines of a segment, one after the other, as they will be. */
class Lines {
  /** Whether any line changed. */
  isChanged = false;
  /** Whether a change is of the kind that has to be made. */
  isNeeded = false;
  /** The bytes of the new segment so far. */
  written = 0;
  /** The beginning of the file that is as it was. */
  unchangedUpTo = 0;
  readonly #map: SegmentMap | null;
  readonly #rewriting: Rewriting;
  readonly #add: (bytes: Buffer) => void;
  readonly #shrunk = new ShrunkLines();
  #start = 0;
  #gone: Gone | null = null;

  /** @param add called with the bytes of each line from the first changed one on */
  constructor({ map }: SegmentView, rewriting: Rewriting, add: (bytes: Buffer) => void) {
    this.#map = map;
    this.#rewriting = rewriting;
    this.#add = add;
  }

  /** Takes the next line. Others have their turn after a slice. @param bytes with its line end */
  async take(bytes: Buffer): Promise<void> {
    await turnFor(LINE + bytes.length / BYTES_A_ROW);
    const start = this.#start;
    const offset = this.#offsetOf(start);
    this.#start += bytes.length;
    const was = this.#offsetOf(this.#start) - offset;
    const line = bytes.subarray(0, -1);
    const decoded = await decodeInTurns(line);
    if ('reason' in decoded) {
      // The old map is left out. Damage stays as it is, byte for byte.
      if (this.#map && (await isMapInSlices(line))) return;
      await this.#endGap();
      this.#put(bytes, offset, was);
      return;
    }
    // What follows takes as long as decoding.
    if (bytes.length > LONG) await nextTurn();
    const { record } = decoded;
    const edited = record.e.length === 0 ? null : this.#rewriting.edit(record);
    if (edited?.isNeeded) this.isNeeded = true;
    if ((edited?.events ?? record.e).every((event) => event === null)) {
      await this.#drop(record, { start, offset, was }, edited ? null : bytes);
      return;
    }
    await this.#endGap();
    if (edited) this.#change(start);
    this.#put(edited ? await recordLine(record, edited.events, was) : bytes, offset, was);
  }

  /** Takes what follows the last line, and adds the map. */
  async end(rest: Buffer, through: number): Promise<void> {
    await this.#endGap();
    const offset = this.#offsetOf(this.#start);
    if (rest.length > 0) this.#put(rest, offset, rest.length);
    await nextTurn();
    const map = new SegmentMap(offset + rest.length, through, this.#shrunk);
    this.#write(await map.toLine());
  }

  #offsetOf(start: number): number {
    return this.#map?.offsetOf(start) ?? start;
  }

  /** From here on the file is another one. */
  #change(start: number): void {
    if (this.isChanged) return;
    this.isChanged = true;
    this.unchangedUpTo = start;
  }

  /** Adds a record to those that are gone. @param asItIs the line of records that were gone before */
  async #drop(
    { n, from = n, at }: JournalRecord,
    { start, offset, was }: { start: number; offset: number; was: number },
    asItIs: Buffer | null,
  ): Promise<void> {
    const gone = this.#gone;
    if (gone && gone.to + 1 === from) {
      this.#change(gone.start);
      this.#gone = { ...gone, to: n, at, bytes: gone.bytes + was, asItIs: null };
      return;
    }
    await this.#endGap();
    if (!asItIs) this.#change(start);
    this.#gone = { from, to: n, at, start, offset, bytes: was, asItIs };
  }

  async #endGap(): Promise<void> {
    const gone = this.#gone;
    if (!gone) return;
    this.#gone = null;
    const { from, to, at, offset, bytes, asItIs } = gone;
    this.#put(asItIs ?? (await gapLine({ n: to, at, l: bytes, from })), offset, bytes);
  }

  #put(bytes: Buffer, offset: number, was: number): void {
    if (bytes.length !== was) this.#shrunk.add(offset, was, bytes.length);
    this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    this.written += bytes.length;
    if (this.isChanged) this.#add(bytes);
  }
}

/** A record without what was removed. The numbers of its events stay, and it remembers how long it was. */
function recordLine({ n, at }: JournalRecord, events: readonly (string | null)[], was: number): Promise<Buffer> {
  const last = events.findLastIndex((event) => event !== null);
  const kept = events.slice(0, last + 1).map((event) => event ?? 'null');
  return framedLine('r', `{"n":${n},"at":${at},"l":${was},"e":[${kept.join(',')}]}`);
}

/** The line in the place of records that are gone. */
function gapLine(gone: Omit<JournalRecord, 'e'>): Promise<Buffer> {
  return framedLine('r', JSON.stringify({ ...gone, e: [] }));
}
