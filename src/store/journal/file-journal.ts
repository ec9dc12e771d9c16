/** The journal on disk. */
import { join } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { diskError } from '../disk/disk-errors.ts';
import { SegmentFile } from '../disk/segment-file.ts';
import type { Fence } from '../home/fence.ts';
import type { JournalRecord } from '../model/events.ts';
import type { JournalHead } from '../model/journal-head.ts';
import type { Batch } from './batch.ts';
import { closedError, GroupCommit, type Place } from './group-commit.ts';
import type { Applied, Journal, Mark, Position, RecordVisitor, ReplayResult, Rewriting, Rewritten } from './journal.ts';
import { decodeLine } from './record-line.ts';
import { rewriteSegment } from './rewrite-segment.ts';
import { Scanner, type SegmentSource } from './scan.ts';
import { listSegments, SegmentReader, type SegmentView, segmentName, segmentSize } from './segments.ts';
import { removeTornCopies } from './torn-copies.ts';

/** Options of {@link FileJournal}. */
export interface FileJournalOptions {
  directory: string;
  /** The end of the journal, from {@link recoverJournal}. */
  mark: Mark;
  segments: number[];
  /** The wall clock, unix milliseconds. */
  now: () => number;
  /** The size of a segment, in bytes, before the next one is begun. */
  segmentBytes?: number;
  /** Why nothing may be appended. Reads work. */
  refusal?: CloudilloError | null;
}

/** 64 MiB */
const SEGMENT_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
const PIECE_BYTES = 4 * 1024 * 1024;
/** How many bytes are read back and written again after a failed sync: they cover the last page of any file system. */
const REWRITTEN_BYTES = 64 * 1024;

/** The journal of a home: NDJSON segments. Records are appended in groups, with one write and one fdatasync for each group. */
export class FileJournal implements Journal {
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #reader: SegmentReader;
  readonly #commits: GroupCommit;
  #mark: Mark;
  #segments: number;
  #earlierBytes = 0;
  #file: SegmentFile | null = null;
  #refusal: CloudilloError | null;
  #closed = false;
  /** Whether the next record begins a segment. */
  #isSealing = false;

  private constructor(options: FileJournalOptions) {
    this.#directory = options.directory;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.#mark = options.mark;
    // The first append makes the first segment.
    this.#segments = Math.max(1, options.segments.length);
    this.#refusal = options.refusal ?? null;
    this.#reader = new SegmentReader(options.directory);
    this.#commits = new GroupCommit({
      now: options.now,
      last: options.mark.n,
      commit: (batch) => this.#commit(batch),
      advance: (mark) => {
        this.#mark = mark;
      },
    });
  }

  /** Opens the journal. @throws {CloudilloError} `store.full` | `store.io` */
  static async open(options: FileJournalOptions): Promise<FileJournal> {
    const journal = new FileJournal(options);
    for (const segment of options.segments) {
      if (segment !== options.mark.segment) journal.#earlierBytes += await segmentSize(options.directory, segment);
    }
    return journal;
  }

  get mark(): Mark {
    return this.#mark;
  }

  get head(): JournalHead {
    return this.#mark.n as JournalHead;
  }

  get writable(): boolean {
    return this.#refusal === null;
  }

  append(fence: Fence, expected: JournalHead | null, events: string, applied: Applied): Promise<void> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    return this.#commits.add({ fence, expected, events, applied });
  }

  async read(position: Position): Promise<JournalRecord> {
    if (this.#closed) throw closedError();
    const bytes = await this.#reader.line(position);
    const isWhole = bytes?.at(-1) === NEWLINE;
    const decoded = isWhole ? decodeLine(bytes.subarray(0, -1)) : { reason: 'it is missing or cut off' };
    if ('record' in decoded) return decoded.record;
    const segment = segmentName(position.segment);
    throw new CloudilloError(
      'store.damaged',
      `A record of the journal is damaged (${segment} at ${position.offset}): ${decoded.reason}`,
      {
        stage: 'store',
        hint: 'Run "cloudillo store check" to see what else is, and restore the segment from a backup.',
        details: { segment, offset: position.offset },
      },
    );
  }

  async replay(from: Mark, visit: RecordVisitor): Promise<ReplayResult> {
    const end = this.#mark;
    const scanner = new Scanner(from, visit, segmentName);
    await scanSegments(scanner, this.#reader, this.#directory, from, end);
    return scanner.finish(end);
  }

  seal(fence: Fence, build: () => { events: string; applied: Applied }): Promise<void> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    return this.#commits.addFirst(() => {
      const record = build();
      this.#isSealing = true;
      return { fence, expected: null, ...record };
    });
  }

  still<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#commits.between(work);
  }

  async segments(all: boolean): Promise<number[]> {
    const { segment: last } = this.#mark;
    return (await listSegments(this.#directory)).filter((segment) => segment < last || (all && segment === last));
  }

  async rewrite(segment: number, rewriting: Rewriting): Promise<Rewritten> {
    if (segment >= this.#mark.segment && !rewriting.dryRun) throw new Error(`segment ${segment} is not sealed`);
    const view = await this.#reader.view(segment);
    if (!view) return { before: 0, after: 0 };
    try {
      const path = join(this.#directory, segmentName(segment));
      const done = await rewriteSegment(view, path, rewriting);
      if (!rewriting.dryRun && done.after !== done.before) {
        this.#reader.renewed(segment);
        this.#earlierBytes += done.after - done.before;
      }
      return done;
    } finally {
      view.release();
    }
  }

  removeTorn(isErased: (actionId: string) => boolean): Promise<void> {
    return removeTornCopies(this.#directory, isErased);
  }

  size(): { bytes: number; segments: number } {
    return { bytes: this.#earlierBytes + this.#mark.offset, segments: this.#segments };
  }

  async close(): Promise<void> {
    await this.#commits.close();
    this.#closed = true;
    this.#refusal ??= closedError();
    await this.#reader.close();
    await this.#file?.close();
    this.#file = null;
  }

  /** Makes a batch durable. @throws {CloudilloError} nothing of the batch is there then */
  async #commit({ bytes }: Batch): Promise<Place> {
    if (this.#refusal) throw this.#refusal;
    const isSealing = this.#isSealing;
    this.#isSealing = false;
    if (this.#mark.offset >= this.#segmentBytes || (isSealing && this.#mark.offset > 0)) await this.#roll();
    const { segment, offset } = this.#mark;
    let syncing = false;
    try {
      this.#file ??= await SegmentFile.open(join(this.#directory, segmentName(segment)));
      await this.#file.write(bytes, offset);
      syncing = true;
      await this.#file.sync();
    } catch (cause) {
      await this.#withdraw(offset, syncing);
      throw diskError(cause, 'append to the journal', join(this.#directory, segmentName(segment)));
    }
    return { segment, offset };
  }

  /**
   * Removes what a failed batch may have written. After a failed sync the page cache can't be trusted: the kernel may call pages
   * clean that never reached the disk. Acknowledged records were synced before, but the batch shared its first page with the last
   * of them. Those bytes are read back, compared by hash, written and synced once more. When any of that fails, nothing more is
   * appended until the store is opened anew.
   */
  async #withdraw(offset: number, syncFailed: boolean): Promise<void> {
    const file = this.#file;
    if (!file) return;
    try {
      await file.cut(offset);
      if (syncFailed) await this.#rewriteTail(file, offset);
      await file.sync();
    } catch (cause) {
      const { path } = file;
      this.#refusal = new CloudilloError('store.io', `The journal can't be written any longer: ${path}`, {
        stage: 'store',
        hint: 'Repair the disk, then restart. Acknowledged records are kept, and reading works.',
        cause,
        details: { path },
      });
    }
  }

  async #rewriteTail(file: SegmentFile, offset: number): Promise<void> {
    const { last, segment } = this.#mark;
    if (offset === 0 || last?.segment !== segment) return;
    const start = Math.max(0, Math.min(last.offset, offset - REWRITTEN_BYTES));
    const tail = await this.#reader.read(segment, start, offset - start);
    const decoded = decodeLine((tail ?? Buffer.alloc(0)).subarray(last.offset - start, -1));
    if (!tail || !('hash' in decoded) || decoded.hash !== last.hash) throw new Error('the last record is damaged');
    await file.writeFully(tail, start);
  }

  async #roll(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    const { segment, offset } = this.#mark;
    try {
      await file?.close();
      this.#file = await SegmentFile.open(join(this.#directory, segmentName(segment + 1)));
    } catch (cause) {
      throw diskError(cause, 'begin a journal segment', join(this.#directory, segmentName(segment + 1)));
    }
    this.#earlierBytes += offset;
    this.#segments += 1;
    this.#mark = { ...this.#mark, segment: segment + 1, offset: 0 };
  }
}

/** Reads the segments between two marks. */
export async function scanSegments(
  scanner: Scanner,
  reader: SegmentReader,
  directory: string,
  from: Pick<Mark, 'segment' | 'offset'>,
  end: Pick<Mark, 'segment' | 'offset'>,
): Promise<void> {
  const numbers = (await listSegments(directory)).filter((n) => n >= from.segment && n <= end.segment);
  for (const segment of numbers) {
    const view = await reader.view(segment);
    if (!view) continue;
    try {
      const offset = segment === from.segment ? from.offset : 0;
      const limit = segment === end.segment ? end.offset : Number.POSITIVE_INFINITY;
      await scanner.scan(sourceOf(view, segment, offset, limit));
    } finally {
      view.release();
    }
  }
}

function sourceOf(view: SegmentView, segment: number, offset: number, limit: number): SegmentSource {
  const { map } = view;
  if (!map) return { segment, offset, pieces: readPieces(view, offset, limit) };
  const { start } = map.place(offset);
  const end = limit >= map.size ? Number.POSITIVE_INFINITY : map.place(limit).start;
  const file = { start, offsetOf: (place: number) => map.offsetOf(place) };
  return { segment, offset, pieces: readPieces(view, start, end), file };
}

async function* readPieces(view: SegmentView, from: number, to: number): AsyncGenerator<Buffer> {
  for (let start = from; start < to; ) {
    const piece = await view.read(start, Math.min(PIECE_BYTES, to - start));
    if (piece.length === 0) return;
    yield piece;
    start += piece.length;
  }
}
