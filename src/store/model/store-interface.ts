/** The interface of the store. */
import type { Readable } from 'node:stream';
import type { DecodedToken } from '../../protocol/token.ts';
import type { JournalEvent } from './events.ts';
import type { JournalHead } from './journal-head.ts';
import type {
  ActionFilter,
  ActionList,
  ActionQuery,
  ActionRow,
  ActionTerms,
  Delivery,
  DeliveryCounts,
  DeliveryFilter,
  DeliveryQueueFacts,
  DueCircuit,
  FileFetch,
  FileListing,
  FileRow,
  OpenCircuit,
  Parked,
  ParkedFilter,
  PeerRow,
  Relation,
  RelationCounts,
  StoredAction,
  StrangerUse,
  Treatment,
} from './rows.ts';
import type { StoredAnswer } from './stored-error.ts';

/** Told how many of how many are done. */
export type Progress = (done: number, total: number) => void;

/** A part of a blob: first and last byte, both included, as in HTTP. */
export interface ByteRange {
  start: number;
  end?: number | undefined;
}

/** How a blob is written. */
export interface WriteBlobOptions {
  /** The most bytes. */
  maxBytes?: number;
  /** The ID that the bytes have to have. */
  expect?: string;
  /**
   * Looks at all the bytes before they are a blob. When it throws, or answers false, none is kept.
   * @param open reads the bytes, once
   */
  confirm?: (open: () => Readable) => Promise<boolean>;
}

/** Content-addressed bytes. */
export interface Blobs {
  /**
   * Stores bytes and hashes them on the way. Bytes that are stored already aren't written twice. They are durable when it
   * resolves.
   * @param options.maxBytes throws `store.blob-size` beyond
   * @param options.expect throws `store.blob-mismatch` when the bytes have another ID; nothing is kept then
   * @throws {CloudilloError} also `store.full`, `store.io`; what the source and `options.confirm` throw
   */
  write(
    source: Uint8Array | AsyncIterable<Uint8Array>,
    options?: WriteBlobOptions,
  ): Promise<{ id: string; size: number }>;
  /**
   * Reads a blob; null when it isn't stored. A read of the whole is hashed on the way, and fails with `store.damaged` before its
   * last bytes when they don't match the ID. A read of a range isn't hashed.
   */
  read(id: string, range?: ByteRange): Promise<Readable | null>;
  /** The size in bytes; null when it isn't stored. */
  size(id: string): Promise<number | null>;
  has(id: string): Promise<boolean>;
  /** All IDs, in order of the first two characters of their hash. @param from the characters to begin at */
  ids(from?: string): AsyncIterable<string>;
  /** Removes a blob. @returns whether it was stored */
  remove(id: string): Promise<boolean>;
  /** Renews the time of a blob, for {@link Blobs.removeOlder}. @returns whether it is stored */
  touch(id: string): Promise<boolean>;
  /**
   * Removes a blob that was neither written nor touched since `before` (unix milliseconds). It never does so between a writer's
   * check that the bytes are stored and its touch.
   * @param options.dryRun only report
   * @returns the removed bytes; null when it stays, or wasn't stored
   */
  removeOlder(id: string, before: number, options?: { dryRun?: boolean }): Promise<number | null>;
}

/** A damaged stretch of the journal. */
export interface Damage {
  /** The file name of the segment. */
  segment: string;
  /** The offset in bytes. */
  offset: number;
  /** Records or segments are missing or out of order. Absent for a record that can't be used. */
  kind?: 'sequence';
  reason: string;
}

/** The findings of opening the store. */
export interface Recovery {
  /** The bytes of a last write that a crash cut off. It was never acknowledged. */
  tornBytes: number;
  /** The file that keeps those bytes. */
  keptAt?: string;
  damaged: Damage[];
  /** Whether the saved index was used. */
  snapshot: 'used' | 'absent' | 'rejected';
  /** Why it was rejected. The index was then made anew. */
  snapshotReason?: string;
  /** How many records were read to bring the index up to date. */
  replayed: number;
  /** How many records before them were not read: the saved index stands for them. 0 once all were read since. */
  unread: number;
}

/** A finding of `check`. */
export interface Finding {
  kind: 'record' | 'sequence' | 'action' | 'blob' | 'index' | 'document';
  segment?: string;
  offset?: number;
  /** The action or blob concerned. */
  id?: string;
  reason: string;
}

/** The result of a check of the whole store. */
export interface CheckReport {
  records: number;
  actions: number;
  blobs: number;
  /** How many bytes of journal and blobs were read. */
  bytes: number;
  findings: Finding[];
}

/** What a compaction drops. Times are unix milliseconds. */
export interface CompactOptions {
  now: number;
  /** Deliveries that ended before this time are forgotten. */
  endedBefore: number;
  /** Only tell. */
  dryRun?: boolean;
  signal: AbortSignal;
  /** Called with the bytes of each segment, before and after, and how many of the segments are done. */
  onSegment?: (segment: { segment: number; before: number; after: number; done: number; total: number }) => void;
}

/** What a compaction dropped, or would drop. */
export interface CompactionReport {
  /** Deleted and expired actions whose tokens are gone. */
  erased: number;
  /** Files that only deleted actions attached. Their blobs are swept like any that no file names. */
  files: number;
  /** Ended deliveries. */
  forgotten: number;
  /** The segments that were looked at, and those that were rewritten. */
  segments: number;
  rewritten: number;
  /** The bytes of the journal. */
  before: number;
  after: number;
}

/** The hashes that identify a token. A decoded one has them. */
export type TokenHashes = Pick<DecodedToken, 'actionId' | 'signingHash'>;

/** Sizes, for `status`. */
export interface StoreStats {
  tenants: number;
  actions: number;
  records: number;
  journalBytes: number;
  segments: number;
  /** How many deliveries are queued. */
  queued: number;
  parked: number;
  /** false after a failure that only a new opening repairs. Reads go on. */
  writable: boolean;
}

/**
 * The store of an instance. The journal is the truth. Methods that aren't `async` are answered from the index. One process at a
 * time has the store of a home open (`lock.ts`).
 */
export interface Store {
  /**
   * Stores events as one journal record, all or nothing. When it resolves, the record is on disk and in the index. Nothing is
   * stored when one event is an action that is stored already (same ID, or same signing input), or is being stored.
   * @param expected nothing may have been appended since this was {@link Store.head}
   * @throws {CloudilloError} `store.conflict` (something was), `store.fenced` (another process owns the home now),
   *   `store.duplicate`, `store.full` | `store.io` (nothing was applied); `store.event` for an event that can't be stored (an
   *   action whose ID isn't its token's hash); `token.malformed` | `token.claims`
   */
  append(events: readonly JournalEvent[], expected?: JournalHead): Promise<void>;
  /** The last record of the journal. */
  head(): JournalHead;
  /**
   * Reads an action by its ID or an alias, with the token that hashes to it; null when it isn't stored, or was erased. @throws {CloudilloError}
   * `store.damaged` when the record isn't what was written; `store.io`
   */
  action(tenant: string, actionId: string): Promise<StoredAction | null>;
  row(tenant: string, actionId: string): ActionRow | null;
  /**
   * The IDs of stored actions that begin so, `most` at most, in no order. An alias stands for its action where the action's own
   * ID begins otherwise. @param beginning `a1~` and any number of characters
   */
  actionsBeginningWith(tenant: string, beginning: string, most: number): Promise<string[]>;
  /** The first action of a thread: the action itself when it has no parent; the parent's ID when that isn't stored. */
  rootId(tenant: string, actionId: string): string | null;
  /** The stored action that a token repeats, by ID or by signing input. */
  duplicateOf(tenant: string, token: string | TokenHashes): string | null;
  /** How many IDs an action has besides its own, from other signatures over the same claims. */
  aliases(tenant: string, actionId: string): number;
  /** The action that holds a key, by this issuer or (the latest) by any. */
  byKey(tenant: string, key: string, issuer?: string): ActionRow | null;
  /**
   * Lists actions. It examines rows in slices, and reads only the records that it returns. @throws {CloudilloError} `store.io`
   */
  list(tenant: string, query: ActionQuery): Promise<ActionList>;
  /**
   * Counts actions. `limit` and `after` are ignored. Whole classes of actions are counted from tallies, others in slices: actions
   * that arrive meanwhile may count or not. @param most where counting stops
   */
  count(tenant: string, query: ActionFilter, most?: number): Promise<number>;
  /** Whether an action matches. It examines rows in slices, and stops at the first match. */
  has(tenant: string, query: ActionFilter): Promise<boolean>;
  /** Calls `visit` with each action that matches, in no order. It examines rows in slices. The row is only valid during the call. */
  visit(tenant: string, query: ActionFilter, visit: (row: Readonly<ActionRow>) => void): Promise<void>;
  /** The rows of actions, in query order, lazily, for questions with few answers. No record is read. */
  rows(tenant: string, query: ActionFilter): Iterable<ActionRow>;
  relation(tenant: string, peer: string): Relation;
  relations(tenant: string): Relation[];
  /** The relations that exist, in no order. */
  currentRelations(tenant: string): Iterable<Readonly<Relation>>;
  relationCounts(tenant: string): RelationCounts;
  treatment(tenant: string, peer: string): Treatment;
  /** Peers that were ever blocked or muted. */
  treatments(tenant: string): Treatment[];
  peer(tenant: string, idTag: string): PeerRow | null;
  /** Deliveries, of each tenant in order of queueing. For many use {@link Store.deliveryRows}. */
  deliveries(filter?: DeliveryFilter): Delivery[];
  /** The same, lazily. Deliveries that are appended meanwhile may be seen or not. */
  deliveryRows(filter?: DeliveryFilter): Iterable<Delivery>;
  /** The IDs of actions with deliveries that begin so, `most` at most, in no order. @param tenant undefined: of all tenants */
  deliveredBeginningWith(tenant: string | undefined, beginning: string, most: number): Promise<string[]>;
  /** How many deliveries are in each state. @param tenant default: all */
  deliveryCounts(tenant?: string): DeliveryCounts;
  /** The queue of all tenants. */
  deliveryQueue(): DeliveryQueueFacts;
  /**
   * The deliveries of all tenants to a peer that have been queued since before that time (unix milliseconds); of each tenant the
   * longest first.
   */
  deliveriesWaitingFor(peer: string, before: number): Delivery[];
  /** The latest failed deliveries of all tenants, the latest first. Dropped and superseded ones are left out. */
  failedDeliveries(limit: number): Delivery[];
  /**
   * The due deliveries of a tenant, lazily: the first one to each peer, longest due first.
   * @param circuit the peers whose circuit is in this state. Default: closed
   */
  dueDeliveries(tenant: string, now: number, circuit?: DueCircuit): Iterable<Delivery>;
  /** When the next delivery of all tenants becomes due; null when none waits. Unix milliseconds. */
  nextDeliveryAt(now: number): number | null;
  /** The circuit of a peer; null when it is closed. */
  openCircuit(peer: string): OpenCircuit | null;
  /** The first circuits that are not closed, in the order in which they opened. */
  openCircuits(limit: number): OpenCircuit[];
  /** How many circuits are not closed. */
  openCircuitCount(): number;
  /** The related tokens of a delivery. @throws {CloudilloError} `store.damaged`, `store.io` */
  deliveryRelated(delivery: Pick<Delivery, 'tenant' | 'actionId' | 'to'>): Promise<string[]>;
  /** What the peer said when it took the action; null: nothing, or it hasn't taken it. @throws {CloudilloError} `store.damaged`, `store.io` */
  deliveryAnswer(delivery: Pick<Delivery, 'tenant' | 'actionId' | 'to'>): Promise<StoredAnswer | null>;
  parked(filter?: ParkedFilter): Parked[];
  /**
   * The tokens of a parked arrival; null when it isn't parked (any longer). @throws {CloudilloError} `store.damaged`, `store.io`
   */
  parkedTokens(tenant: string, actionId: string): Promise<{ token: string; related: string[] } | null>;
  /**
   * What was stored today (UTC) of issuers that the tenant neither followed nor was connected with at that time, of all tenants.
   * @param issuer null: of all issuers
   * @param now unix milliseconds
   */
  strangerUse(issuer: string | null, now: number): StrangerUse;
  file(tenant: string, fileId: string): FileRow | null;
  files(tenant: string): FileRow[];
  /** The rows of files in order, lazily. They are only valid until the next append. */
  fileRows(tenant: string, listing: FileListing): Iterable<Readonly<FileRow>>;
  /** Files with descriptors that this version can't read. A later version may have written them. */
  unreadableDescriptors(tenant: string): string[];
  /** Files whose descriptor names a blob. */
  filesOfBlob(tenant: string, blobId: string): FileRow[];
  /** Actions that attach a file, in order of arrival, lazily. */
  attachedBy(tenant: string, fileId: string): Iterable<ActionRow>;
  /**
   * The IDs of attached files, stored or not, in order of arrival, one for each attachment from index `from` on. A caller that
   * has read so many asks for the rest.
   */
  attachedFiles(tenant: string, from: number): Iterable<string>;
  /** The IDs of the files that this action attaches. Its record isn't read. */
  attachmentsOf(tenant: string, actionId: string): string[];
  /** Files that were requested and have not arrived. */
  fetches(tenant: string): FileFetch[];
  fetch(tenant: string, fileId: string): FileFetch | null;
  /** The tenants with any records. */
  tenants(): string[];
  readonly blobs: Blobs;
  readonly recovery: Recovery;
  /**
   * Reads and compares everything: journal, hashes, sequence, tokens, blobs, index. The store stays usable; `recovery` has the
   * damage.
   */
  check(): Promise<CheckReport>;
  /** Makes the index anew from the journal. @param progress told of the records that were read, from time to time */
  rebuild(progress?: Progress): Promise<{ records: number; damaged: Damage[] }>;
  /**
   * Drops the bytes of deleted and expired actions, ended deliveries and old versions of rows from the journal. The store stays usable,
   * and positions and cursors stay valid. One runs at a time, and no check or rebuild beside it.
   * @throws {CloudilloError} `store.full` | `store.io` (the journal is whole), `store.closed`; what the signal aborts with
   */
  compact(options: CompactOptions): Promise<CompactionReport>;
  /** Roughly how many bytes a compaction would drop, from the index. @param endedBefore unix milliseconds */
  reclaimable(endedBefore: number): number;
  /** The terms of an action, of an erased one too; null when it isn't stored. @throws {CloudilloError} as `action` */
  terms(tenant: string, actionId: string): Promise<ActionTerms | null>;
  stats(): StoreStats;
  /** Syncs, saves the index and closes. Later calls fail. It is safe to call twice. */
  close(): Promise<void>;
}
