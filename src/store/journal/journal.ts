/** The interface of a journal. */
import type { Fence } from '../home/fence.ts';
import type { JournalRecord } from '../model/events.ts';
import type { JournalHead } from '../model/journal-head.ts';
import type { Damage } from '../model/store-interface.ts';

/** The position of a record. */
export interface Position {
  /** The number of the segment, from 1. */
  segment: number;
  offset: number;
  /** The bytes of the line, its line end included. */
  length: number;
}

/** A point between two records. It covers everything before. */
export interface Mark {
  /** The number of the last record; 0: none yet. */
  n: number;
  segment: number;
  /** Where the next record begins. */
  offset: number;
  /** Where the last record begins, and its hash. They tell whether this is still the same journal. */
  last: { segment: number; offset: number; hash: string } | null;
}

/** The beginning of a journal. */
export const START: Mark = { n: 0, segment: 1, offset: 0, last: null };

/** Called with each good record of a replay, in order. @returns a reason when this version can't use the record */
export type RecordVisitor = (record: JournalRecord, position: Position, mark: Mark) => string | null;

/** The result of a replay. */
export interface ReplayResult {
  /** Everything up to this mark was read. */
  mark: Mark;
  records: number;
  bytes: number;
  damaged: Damage[];
}

/** Called with the position of a record once it is durable. */
export type Applied = (position: Position, mark: Mark) => void;

/** What becomes of a record. */
export interface Edited {
  /** The JSON of its events, null for one that is removed. */
  events: (string | null)[];
  /** Whether the segment has to be rewritten for this alone. */
  isNeeded: boolean;
}

/** How a segment is rewritten. A record keeps its position, and every event its number in the record. */
export interface Rewriting {
  /** Called with each good record in order. @returns null: it stays as it is */
  edit(record: JournalRecord): Edited | null;
  /** Only tell what would be saved. */
  dryRun: boolean;
  /** The last record that the saved index has. An index that was saved earlier fits the journal no longer. */
  through: number;
  signal: AbortSignal;
}

/** The bytes of a segment's file before and after. */
export interface Rewritten {
  before: number;
  after: number;
}

/** An append-only sequence of records. */
export interface Journal {
  /** Everything up to this mark is durable. */
  readonly mark: Mark;
  /** The last durable record. */
  readonly head: JournalHead;
  readonly writable: boolean;
  /**
   * Appends a record.
   * @param fence of the holder of the home; it is checked now, and again before anything is written
   * @param expected the last record that the journal may have, written or waiting; null: any
   * @param events JSON of its events (`eventsJson`)
   * @param applied called once the record is durable, in journal order, before the promise resolves
   * @throws {CloudilloError} `store.fenced` | `store.conflict` | `store.full` | `store.io` | `store.closed`; then the record
   *   isn't there, and `applied` isn't called
   */
  append(fence: Fence, expected: JournalHead | null, events: string, applied: Applied): Promise<void>;
  /** Reads a record. @throws {CloudilloError} `store.damaged` | `store.io` */
  read(position: Position): Promise<JournalRecord>;
  /** Reads from a mark to the present end. Damage is collected, and the good records around it are visited. */
  replay(from: Mark, visit: RecordVisitor): Promise<ReplayResult>;
  /**
   * Begins a new segment with a record, before all that waits. Everything earlier is durable and applied when `build` is called, and
   * can be rewritten from then on. @throws as {@link append}; what `build` throws
   */
  seal(fence: Fence, build: () => { events: string; applied: Applied }): Promise<void>;
  /** Does something while nothing is appended or applied: appends wait. @throws what `work` throws */
  still<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The segments that are appended to no longer, ascending. @param all the last one, too */
  segments(all: boolean): Promise<number[]>;
  /** Rewrites a sealed segment. @throws {CloudilloError} `store.full` | `store.io`; then it is as it was */
  rewrite(segment: number, rewriting: Rewriting): Promise<Rewritten>;
  /**
   * Removes copies of torn tails that hold an action that is erased, whole or in part.
   * @param isErased whether an action is erased for any tenant @throws {CloudilloError} `store.io`
   */
  removeTorn(isErased: (actionId: string) => boolean): Promise<void>;
  size(): { bytes: number; segments: number };
  close(): Promise<void>;
}
