import type { Readable } from 'node:stream';
import type { DecodedToken } from '../../protocol/token.ts';
import type { JournalEvent } from './events.ts';
import type { JournalHead } from './journal-head.ts';
import type {
  ActionFilter,
  ActionList,
  ActionQuery,
  ActionRow,
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
  Treatment,
} from './rows.ts';

/** A part of a blob: first and last byte, both included, as in HTTP. */
export interface ByteRange {
  start: number;
  end?: number | undefined;
}

/** Content-addressed bytes. */
export interface Blobs {
  /**
   * Stores bytes, hashing on the way; what is there already isn't written twice. Durable when it resolves.
   * @param options.maxBytes throws `store.blob-size` beyond
   * @param options.expect throws `store.blob-mismatch` when the bytes have another ID; nothing is kept then
   * @throws {CloudilloError} also `store.full`, `store.io`; what the source throws
   */
  write(
    source: Uint8Array | AsyncIterable<Uint8Array>,
    options?: { maxBytes?: number; expect?: string },
  ): Promise<{ id: string; size: number }>;
  /**
   * null: not here. A read of the whole is hashed on the way and fails with `store.damaged` before its last bytes when
   * they aren't what the ID says; a range isn't.
   */
  read(id: string, range?: ByteRange): Promise<Readable | null>;
  /** Bytes; null: not here. */
  size(id: string): Promise<number | null>;
  has(id: string): Promise<boolean>;
  /** All IDs, in no order. */
  ids(): AsyncIterable<string>;
  /** @returns was it here? */
  remove(id: string): Promise<boolean>;
  /** Makes a blob as new as one just written, for {@link Blobs.removeOlder}. @returns is it here? */
  touch(id: string): Promise<boolean>;
  /**
   * Removes a blob that was neither written nor touched since `before` (unix milliseconds); never between a writer's noticing
   * that the bytes are here already and its touch.
   * @param options.dryRun only tell
   * @returns bytes that are gone; null when it stays, or wasn't here
   */
  removeOlder(id: string, before: number, options?: { dryRun?: boolean }): Promise<number | null>;
}

/** A stretch of the journal that isn't what was written. */
export interface Damage {
  /** File name of the segment. */
  segment: string;
  /** Bytes from its start. */
  offset: number;
  /** Records or segments that should be there aren't, or come in another order; else it is a record that can't be used. */
  kind?: 'sequence';
  reason: string;
}

/** What opening the store found. */
export interface Recovery {
  /** Bytes of a last write that a crash cut off; nobody was told that they were stored. */
  tornBytes: number;
  /** Where those bytes were kept. */
  keptAt?: string;
  damaged: Damage[];
  /** Was the saved index used? */
  snapshot: 'used' | 'absent' | 'rejected';
  /** Why it was rejected; the index was made anew then. */
  snapshotReason?: string;
  /** Records that were read to bring the index up to date. */
  replayed: number;
}

/** Something that `check` found. */
export interface Finding {
  kind: 'record' | 'sequence' | 'action' | 'blob' | 'index' | 'document';
  segment?: string;
  offset?: number;
  /** The action or blob concerned. */
  id?: string;
  reason: string;
}

/** Result of a check of the whole store. */
export interface CheckReport {
  records: number;
  actions: number;
  blobs: number;
  /** Bytes of journal and blobs that were read. */
  bytes: number;
  findings: Finding[];
}

/** What tells a token from others; a decoded one has them. */
export type TokenHashes = Pick<DecodedToken, 'actionId' | 'signingHash'>;

/** Sizes, for `status`. */
export interface StoreStats {
  tenants: number;
  actions: number;
  records: number;
  journalBytes: number;
  segments: number;
  /** Deliveries that wait. */
  queued: number;
  parked: number;
  /** false after a failure that only reopening mends; reads go on. */
  writable: boolean;
}

/**
 * An instance's memory. The journal is the truth; what isn't `async` is answered from the index.
 * One process a home has it open (`lock.ts`).
 */
export interface Store {
  /**
   * Stores events as ONE journal record, all or nothing; resolves when it is on disk, and the index has it then. Nothing of them is
   * stored when one is an action that is there already (same ID, or same signing input), or is on its way to disk.
   * @param expected nothing may have been appended since this was {@link Store.head}
   * @throws {CloudilloError} `store.conflict` (something was), `store.fenced` (the home isn't ours any longer), `store.duplicate`,
   *   `store.full` | `store.io` (nothing was applied); `store.event` for an event that can't be stored (an action whose ID isn't its
   *   token's hash); `token.malformed` | `token.claims`
   */
  append(events: readonly JournalEvent[], expected?: JournalHead): Promise<void>;
  /** How far the journal reaches now. */
  head(): JournalHead;
  /** By its ID or an alias; the token is the one that hashes to it. null: not stored. @throws {CloudilloError} `store.damaged` when the record isn't what was written; `store.io` */
  action(tenant: string, actionId: string): Promise<StoredAction | null>;
  row(tenant: string, actionId: string): ActionRow | null;
  /** The action that starts the thread of this one: itself when it has no parent; its parent's ID when that isn't here. */
  rootId(tenant: string, actionId: string): string | null;
  /** The stored action that a token repeats, by ID or by signing input. */
  duplicateOf(tenant: string, token: string | TokenHashes): string | null;
  /** How many IDs an action has besides its own: of other signatures over the same claims. */
  aliases(tenant: string, actionId: string): number;
  /** The action that holds a key now, by this issuer or (the latest) by any. */
  byKey(tenant: string, key: string, issuer?: string): ActionRow | null;
  /** Looks at rows in slices, and reads only the records that are returned. @throws {CloudilloError} `store.io` */
  list(tenant: string, query: ActionQuery): Promise<ActionList>;
  /** `limit` and `after` don't count. Whole classes of actions are counted as they come, others in slices: what arrives meanwhile may count or not. */
  count(tenant: string, query: ActionFilter): Promise<number>;
  /** Rows only, nothing is read: for sweeps over many. In query order, lazily. */
  rows(tenant: string, query: ActionFilter): Iterable<ActionRow>;
  relation(tenant: string, peer: string): Relation;
  relations(tenant: string): Relation[];
  /** Those of which anything is true, in no order: what ended isn't looked at. */
  currentRelations(tenant: string): Iterable<Readonly<Relation>>;
  relationCounts(tenant: string): RelationCounts;
  treatment(tenant: string, peer: string): Treatment;
  /** Peers of which something was said. */
  treatments(tenant: string): Treatment[];
  peer(tenant: string, idTag: string): PeerRow | null;
  /** Within a tenant in order of their making. Of many, ask for a part, or one by one: {@link Store.deliveryRows}. */
  deliveries(filter?: DeliveryFilter): Delivery[];
  /** The same, lazily. What is appended meanwhile may be seen or not. */
  deliveryRows(filter?: DeliveryFilter): Iterable<Delivery>;
  /** @param tenant default: all */
  deliveryCounts(tenant?: string): DeliveryCounts;
  /** What waits, of all tenants. */
  deliveryQueue(): DeliveryQueueFacts;
  /** What waits for a peer since before that time (unix milliseconds), of all tenants; of each the longest first. */
  deliveriesWaitingFor(peer: string, before: number): Delivery[];
  /** Those that failed last, of all tenants, the latest first: neither given up by their owner nor replaced by a later action. */
  failedDeliveries(limit: number): Delivery[];
  /**
   * The due deliveries of a tenant, lazily: the first one to each peer, longest due first.
   * @param circuit the peers whose circuit is in this state. Default: closed
   */
  dueDeliveries(tenant: string, now: number, circuit?: DueCircuit): Iterable<Delivery>;
  /** When the next one of those that aren't due yet will be, of all tenants. null: none waits. Unix milliseconds. */
  nextDeliveryAt(now: number): number | null;
  /** The circuit of a peer; null when it is closed. */
  openCircuit(peer: string): OpenCircuit | null;
  /** All circuits that are not closed, in the order in which they opened. */
  openCircuits(): OpenCircuit[];
  /** The tokens that go along with a delivery. @throws {CloudilloError} `store.damaged`, `store.io` */
  deliveryRelated(delivery: Pick<Delivery, 'tenant' | 'actionId' | 'to'>): Promise<string[]>;
  parked(filter?: ParkedFilter): Parked[];
  /** null: not parked (any longer). @throws {CloudilloError} `store.damaged`, `store.io` */
  parkedTokens(tenant: string, actionId: string): Promise<{ token: string; related: string[] } | null>;
  file(tenant: string, fileId: string): FileRow | null;
  files(tenant: string): FileRow[];
  /** In order, lazily. The rows are only valid until the next append. */
  fileRows(tenant: string, listing: FileListing): Iterable<Readonly<FileRow>>;
  /** Descriptors that this version can't read: a later one may have written them. */
  unreadableDescriptors(tenant: string): string[];
  /** Files whose descriptor names a blob. */
  filesOfBlob(tenant: string, blobId: string): FileRow[];
  /** Actions that attach a file, in order of arrival. */
  attachedBy(tenant: string, fileId: string): ActionRow[];
  /** IDs of files, here or not, in order of arrival, one for each attachment from that place (from 0) on: who has seen so many asks for the rest. */
  attachedFiles(tenant: string, from: number): Iterable<string>;
  /** IDs of the files that this action attaches. Told without reading its record. */
  attachmentsOf(tenant: string, actionId: string): string[];
  /** Files that were asked for elsewhere and didn't come (yet). */
  fetches(tenant: string): FileFetch[];
  fetch(tenant: string, fileId: string): FileFetch | null;
  /** Tenants that anything is stored for. */
  tenants(): string[];
  readonly blobs: Blobs;
  readonly recovery: Recovery;
  /** Reads everything and compares: journal, hashes, sequence, tokens, blobs, index. The store stays usable; `recovery` has the damage. */
  check(): Promise<CheckReport>;
  /** Makes the index anew from the journal. */
  rebuild(): Promise<{ records: number; damaged: Damage[] }>;
  stats(): StoreStats;
  /** Syncs, saves the index, closes. Later calls fail. Safe to call twice. */
  close(): Promise<void>;
}
