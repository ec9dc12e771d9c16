import type { Fence } from '../home/fence.ts';
import type { JournalRecord } from '../model/events.ts';
import type { JournalHead } from '../model/journal-head.ts';
import type { Damage } from '../model/store-interface.ts';

/** Where a record lies. */
export interface Position {
  /** Number of the segment, from 1. */
  segment: number;
  offset: number;
  /** Bytes of the line, its end included. */
  length: number;
}

/** A place between two records: everything before is covered. */
export interface Mark {
  /** Number of the last record; 0: none yet. */
  n: number;
  segment: number;
  /** Where the next record begins. */
  offset: number;
  /** Where the last record begins, and its hash: to tell whether this still is the same journal. */
  last: { segment: number; offset: number; hash: string } | null;
}

/** The beginning of a journal. */
export const START: Mark = { n: 0, segment: 1, offset: 0, last: null };

/** Takes each good record of a replay, in order. @returns a reason when the record is good but can't be understood */
export type RecordVisitor = (record: JournalRecord, position: Position, mark: Mark) => string | null;

/** What a replay came across. */
export interface ReplayResult {
  /** Everything up to here was looked at. */
  mark: Mark;
  records: number;
  bytes: number;
  damaged: Damage[];
}

/** Told where a record lies, once it's durable. */
export type Applied = (position: Position, mark: Mark) => void;

/** An append-only sequence of records. */
export interface Journal {
  /** Everything up to here is durable. */
  readonly mark: Mark;
  /** The last record that is durable. */
  readonly head: JournalHead;
  readonly writable: boolean;
  /**
   * Appends a record.
   * @param fence of whoever holds the home; looked at now, and again before anything is written
   * @param expected the journal must not have gone on behind it, written or waiting; null: wherever it is
   * @param events JSON of its events (`eventsJson`)
   * @param applied called once the record is durable, in journal order, before the promise resolves
   * @throws {CloudilloError} `store.fenced` | `store.conflict` | `store.full` | `store.io` | `store.closed`; then the record isn't there, and `applied` isn't called
   */
  append(fence: Fence, expected: JournalHead | null, events: string, applied: Applied): Promise<void>;
  /** @throws {CloudilloError} `store.damaged` | `store.io` */
  read(position: Position): Promise<JournalRecord>;
  /** Reads again from a mark to the end as it was when called. Damage is collected, good records around it are visited. */
  replay(from: Mark, visit: RecordVisitor): Promise<ReplayResult>;
  size(): { bytes: number; segments: number };
  close(): Promise<void>;
}
