/**
 * A log of checked records in segments, for data that can be made again. Records are appended and synced in groups. The oldest
 * segments are dropped when it is too large. A write that a crash cut off is removed; any other damage is set aside.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, hasErrno, whyUnreadable } from './disk-errors.ts';
import { removeIfThere, writeDurably } from './durable-file.ts';
import { checkedLine, headerLine, type LogKind, type ReadSegment, readLines } from './log-line.ts';
import { SegmentFile } from './segment-file.ts';
import { openCacheDirectory, setAside, type WarnDamage } from './set-aside.ts';

const NAME = /^(\d{6,15})\.log$/;
/** The largest segment that this program writes, in bytes. A larger file is not its own. */
const LARGEST = 64 * 1024 * 1024;
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** Options of {@link SegmentedLog.open}. */
export interface LogOptions<T> {
  directory: string;
  kind: LogKind<T>;
  onDamage: WarnDamage;
  /**
   * Called for each record, in the order of writing. @param segment null: its segment was set aside, so the record has to be
   * written again
   */
  visit: (record: T, segment: number | null) => void;
  /** The size of a segment, in bytes, before the next one is begun. Default 4 MiB. */
  segmentBytes?: number;
  /**
   * Whether each write is synced. Without it a killed process loses nothing, but a power cut may lose the last writes. Default:
   * true.
   */
  sync?: boolean;
}

interface Waiting {
  lines: string;
  resolve: (segment: number) => void;
  reject: (error: unknown) => void;
}

/** A change of all segments: the texts by which a record is found, and what it becomes. */
interface Change<T> {
  texts: readonly string[];
  change: (record: T) => T | null;
  done: (error?: unknown) => void;
}

/** A log with one owner, which appends to it. */
export class SegmentedLog<T> {
  readonly #options: LogOptions<T>;
  /** The size of each segment in bytes, oldest first. The last one is appended to. */
  readonly #sizes = new Map<number, number>();
  #last = 0;
  #file: SegmentFile | null = null;
  /** Whether bytes follow the end of the last segment: of a write that failed, or that a crash cut off. */
  #torn = false;
  #waiting: Waiting[] = [];
  #changes: Change<T>[] = [];
  #writing: Promise<void> | null = null;

  private constructor(options: LogOptions<T>) {
    this.#options = options;
  }

  /** Reads the log and opens it for appending. It never throws: unreadable segments are set aside. */
  static async open<T>(options: LogOptions<T>): Promise<SegmentedLog<T>> {
    const { directory, onDamage, visit } = options;
    const log = new SegmentedLog(options);
    await openCacheDirectory(directory, onDamage);
    for (const segment of await listLog(directory)) {
      const path = join(directory, logName(segment));
      const { records, end, size, problem } = await readSegment(path, options.kind);
      log.#last = segment;
      if (problem === null) {
        log.#sizes.set(segment, end);
        log.#torn = size > end;
      } else {
        await setAside(path, problem, onDamage, 'segment');
      }
      for (const record of records) visit(record, problem === null ? segment : null);
    }
    if (!log.#sizes.has(log.#last)) log.#last += 1;
    return log;
  }

  /** The size of all segments in bytes. */
  get bytes(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  /** The segment that is dropped next; null when there is only the one that is appended to. */
  get oldest(): number | null {
    const [first = this.#last] = this.#sizes.keys();
    return first === this.#last ? null : first;
  }

  /**
   * Appends records. Those that arrive during a write go into the next write and sync.
   * @returns their segment, once they are durable @throws {CloudilloError} `store.full` | `store.io`
   */
  append(records: readonly T[]): Promise<number> {
    const lines = records.map((record) => checkedLine(this.#options.kind.encode(record))).join('');
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lines, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /**
   * Replaces the records whose lines have one of these texts. A crash leaves each segment as it was or as it will be.
   * @param change gives the new record: itself for one that stays, null for one that is removed @throws {CloudilloError} `store.full` | `store.io`
   */
  rewrite(texts: readonly string[], change: (record: T) => T | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: unknown) => (error === undefined ? resolve() : reject(error));
      this.#changes.push({ texts, change, done });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Removes the oldest segment, unless it is the only one. @throws {CloudilloError} `store.io` */
  async dropOldest(): Promise<void> {
    const { oldest } = this;
    if (oldest === null) return;
    await removeIfThere(join(this.#options.directory, logName(oldest)));
    this.#sizes.delete(oldest);
  }

  /** Closes the log after the current write. */
  async close(): Promise<void> {
    await this.#writing;
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        const segment = await this.#write(group.map(({ lines }) => lines).join(''));
        for (const { resolve } of group) resolve(segment);
      } catch (error) {
        this.#torn = true;
        const reason = diskError(error, 'write the log', join(this.#options.directory, logName(this.#last)));
        for (const { reject } of group) reject(reason);
      }
    }
    for (const change of this.#changes.splice(0)) {
      await this.#change(change).then(() => change.done(), change.done);
    }
    if (this.#waiting.length > 0 || this.#changes.length > 0) return this.#writeAll();
    // In the same turn of the event loop: a caller that was just answered may append again at once.
    this.#writing = null;
  }

  async #change({ texts, change }: Change<T>): Promise<void> {
    const { directory, kind } = this.#options;
    for (const segment of [...this.#sizes.keys()]) {
      const path = join(directory, logName(segment));
      const bytes = await readFile(path);
      if (!texts.some((text) => bytes.includes(text))) continue;
      const { records } = readLines(bytes, kind);
      const kept = records.map(change).filter((record) => record !== null);
      const text = headerLine(kind) + kept.map((record) => checkedLine(kind.encode(record))).join('');
      if (segment === this.#last) {
        await this.#file?.close();
        this.#file = null;
        this.#torn = false;
      }
      await writeDurably(path, text);
      this.#sizes.set(segment, Buffer.byteLength(text));
    }
  }

  async #write(lines: string): Promise<number> {
    const { directory, kind, segmentBytes = SEGMENT_BYTES, sync = true } = this.#options;
    if ((this.#sizes.get(this.#last) ?? 0) >= segmentBytes) {
      await this.#file?.close();
      this.#file = null;
      this.#last += 1;
      this.#torn = false;
    }
    const end = this.#sizes.get(this.#last) ?? 0;
    this.#file ??= await SegmentFile.open(join(directory, logName(this.#last)), sync);
    if (this.#torn) await this.#file.cut(end);
    this.#torn = false;
    const bytes = Buffer.from(end === 0 ? headerLine(kind) + lines : lines);
    await this.#file.write(bytes, end);
    if (sync) await this.#file.sync();
    this.#sizes.set(this.#last, end + bytes.length);
    return this.#last;
  }
}

/** Reads a log that another process may be writing. Nothing is changed, and bad records are skipped. */
export async function readLog<T>({ directory, kind, onDamage, visit }: LogOptions<T>): Promise<void> {
  for (const segment of await listLog(directory)) {
    const path = join(directory, logName(segment));
    const { records, problem } = await readSegment(path, kind);
    if (problem !== null) onDamage('A cache is damaged', { path, reason: problem });
    for (const record of records) visit(record, segment);
  }
}

/**
 * Reads the records of a log that another process may be writing, the newest first. Bad records are skipped; a damaged segment is
 * reported when the log is opened.
 */
export async function* newestRecords<T>(directory: string, kind: LogKind<T>): AsyncGenerator<T> {
  for (const segment of (await listLog(directory)).reverse()) {
    const { records } = await readSegment(join(directory, logName(segment)), kind);
    yield* records.reverse();
  }
}

function logName(segment: number): string {
  return `${String(segment).padStart(6, '0')}.log`;
}

/**
 * The numbers of the segments, ascending. There are none when the directory can't be read, which {@link openCacheDirectory}
 * reports.
 */
async function listLog(directory: string): Promise<number[]> {
  try {
    const names = await readdir(directory);
    return names
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

async function readSegment<T>(path: string, kind: LogKind<T>): Promise<ReadSegment<T> & { size: number }> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST) return { records: [], end: 0, size, problem: `it has ${size} bytes` };
    return { ...readLines(await readFile(path), kind), size };
  } catch (error) {
    // Its owner has dropped it meanwhile.
    if (hasErrno(error, 'ENOENT')) return { records: [], end: 0, size: 0, problem: null };
    return { records: [], end: 0, size: 0, problem: whyUnreadable(error) };
  }
}
