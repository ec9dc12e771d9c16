/** The rows and queries of the store. */
import type { ActionClaims } from '../../protocol/claims.ts';
import type { Role } from '../../protocol/roles.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { ActionStatus, DeliveryState, Direction } from './events.ts';
import type { StoredError } from './stored-error.ts';

/** An action as the index has it, without its record. */
export interface ActionRow {
  actionId: string;
  /** Without the subtype. */
  type: string;
  subtype: string | null;
  issuer: string;
  audience: string | null;
  parent: string | null;
  subject: string | null;
  status: ActionStatus;
  visibility: Visibility | null;
  /** `iat`, unix seconds. */
  createdAt: number;
  /** Unix milliseconds. */
  receivedAt: number;
  /** `exp`, unix seconds. */
  expiresAt: number | null;
  direction: Direction;
  /** false: a later action with the same key replaced it. */
  current: boolean;
}

/** An action with its token, read from the journal and checked. */
export interface StoredAction extends ActionRow {
  token: string;
  claims: ActionClaims;
}

/** What of an action decides about later ones, also when its content is gone. */
export interface ActionTerms {
  flags: string | null;
  /** The role that its content names. */
  role: Role | null;
}

/** Which actions to list or count. All given conditions hold at once. */
export interface ActionQuery {
  /** Types without subtype. */
  types?: readonly string[] | undefined;
  statuses?: readonly ActionStatus[] | undefined;
  /** With `statuses`: also this issuer's actions of these types that were rejected silently. Their issuer must not notice. */
  silenced?: { issuer: string; types: readonly string[] } | undefined;
  /** An unresolved visibility counts as `D`. */
  visibilities?: readonly Visibility[] | undefined;
  issuer?: string | undefined;
  audience?: string | undefined;
  /** The identity whose wall it is on: the audience, or the issuer of an action without one. */
  wall?: string | undefined;
  parent?: string | undefined;
  /** The thread that starts with this action, itself included. */
  root?: string | undefined;
  subject?: string | undefined;
  actionId?: string | undefined;
  /** The ID of a file. */
  attaches?: string | undefined;
  /** `createdAt` greater than this, unix seconds. */
  createdAfter?: number | undefined;
  /** `createdAt` less than this, unix seconds. */
  createdBefore?: number | undefined;
  /** `receivedAt` at least this, unix milliseconds. */
  receivedFrom?: number | undefined;
  /** Only actions that are (or aren't) replaced by a later one with the same key. */
  current?: boolean | undefined;
  /** Only actions that were not erased. Lists and counts always ask for these alone. */
  readable?: true | undefined;
  /** Only actions that this reader may read. */
  reader?: ReaderFilter | undefined;
  /** A further condition. The row is only valid during the call. */
  where?: ((row: Readonly<ActionRow>) => boolean) | undefined;
  /** By `createdAt`, ties by arrival. Default: newest first. */
  order?: 'newest' | 'oldest' | undefined;
  limit: number;
  /** Records of so many bytes at most, one at least. The rest is for the next page. */
  bytes?: number | undefined;
  /** The last action of the page before. */
  after?: { createdAt: number; actionId: string } | undefined;
}

/** A query without its page. */
export type ActionFilter = Omit<ActionQuery, 'limit'> & { limit?: number | undefined };

/** The reader of a list (`canRead` of src/protocol/visibility.ts). The owner needs no filter. */
export interface ReaderFilter {
  /** `null`: a guest. */
  idTag: string | null;
  follower: boolean;
  connected: boolean;
  /** Whether the reader subscribes to the conversation of a row. The row is only valid during the call. */
  subscribed?: ((row: Readonly<ActionRow>) => boolean) | undefined;
  /**
   * The IDs of all conversations that the reader may subscribe to: then `subscribed` is called only for rows below one of them.
   * Called when the first row needs it.
   */
  conversations?: (() => Iterable<string>) | undefined;
}

/** A page of actions. */
export interface ActionList {
  actions: StoredAction[];
  /** The `after` of the next page: the last row that was read, damaged or not. null: there is no next page. */
  next: { createdAt: number; actionId: string } | null;
  /** Matching rows whose record is damaged on disk. They are always reported. */
  damaged: ActionRow[];
}

/** A relation to a peer; all false when there is none. */
export interface Relation {
  peer: string;
  following: boolean;
  follower: boolean;
  connected: boolean;
  /** Unix milliseconds of the last change; 0 when there never was one. */
  at: number;
}

/** How many peers a tenant has each relation to. */
export interface RelationCounts {
  following: number;
  followers: number;
  connected: number;
}

/** How the owner treats a peer. Both are false without a treatment. */
export interface Treatment {
  peer: string;
  blocked: boolean;
  muted: boolean;
  /** Unix milliseconds of the last change; 0 when there never was one. */
  at: number;
  /** The block of a domain that holds for the peer: `*.bad.example`. Absent where the peer itself is blocked, or isn't. */
  by?: string;
}

/** A peer's profile as last seen, for views. */
export interface PeerRow {
  idTag: string;
  name: string;
  type: 'person' | 'community';
  profilePic: string | null;
  at: number;
}

/** A delivery as it is now. Times are unix milliseconds. */
export interface Delivery {
  tenant: string;
  actionId: string;
  to: string;
  state: DeliveryState;
  attempts: number;
  /** When a queued one is due, the circuit of the peer included. */
  nextAt: number | null;
  error: StoredError | null;
  /** Whether it has related tokens. `store.deliveryRelated` reads them. */
  hasRelated: boolean;
  firstAt: number;
  at: number;
}

/** Which deliveries. */
export interface DeliveryFilter {
  tenant?: string | undefined;
  state?: DeliveryState | undefined;
  actionId?: string | undefined;
  /** The recipient. */
  to?: string | undefined;
  /** By the time of queueing. Default: oldest first. */
  order?: 'newest' | 'oldest' | undefined;
  limit?: number | undefined;
}

/** How many deliveries are in each state. */
export type DeliveryCounts = Record<DeliveryState, number>;

/** The queue of deliveries. Times are unix milliseconds; null: nothing is queued. */
export interface DeliveryQueueFacts {
  queued: number;
  /** The next attempt, the circuits of peers included. It may be past. */
  nextAt: number | null;
  /** When the oldest queued delivery was queued. */
  oldestAt: number | null;
}

/** The states of a circuit in which a delivery may be due. */
export type DueCircuit = 'closed' | 'half-open';

/** The circuit of a peer that isn't closed: the last attempt to it failed for a reason that may pass. Times are unix milliseconds. */
export interface OpenCircuit {
  peer: string;
  /** The first failure since the peer answered last. */
  since: number;
  /** Attempts that failed since then. */
  failures: number;
  /** Until then the circuit is open and nothing is sent; from then on it is half-open, and one attempt is made. */
  nextAt: number;
  /** Of the last attempt. */
  error: StoredError;
}

/** A parked token, without the token itself: `store.parkedTokens` reads it. */
export interface Parked {
  tenant: string;
  actionId: string;
  issuer: string;
  /** Bytes on disk, those of the tokens that came along included. */
  bytes: number;
  attempts: number;
  /** Unix milliseconds. */
  nextAt: number;
  firstAt: number;
  at: number;
}

/** Which parked tokens. */
export interface ParkedFilter {
  tenant?: string | undefined;
  issuer?: string | undefined;
  dueBefore?: number | undefined;
}

/** What was stored for strangers within a day. */
export interface StrangerUse {
  actions: number;
  bytes: number;
}

/** A file. Its descriptor lists the blobs. */
export interface FileRow {
  fileId: string;
  descriptor: string;
  fileName: string;
  contentType: string;
  preset?: string;
  /** Absent: the tenant. */
  owner?: string;
  at: number;
}

/** The position of a file in an order: by time (unix milliseconds) or name, then by ID. */
export interface FileOrderKey {
  value: number | string;
  fileId: string;
}

/** The order and the start of a list of files. */
export interface FileListing {
  sort: 'created' | 'name';
  descending: boolean;
  /** The last file of the page before. It needn't exist any longer. */
  after?: FileOrderKey | null | undefined;
}

/** A file that was requested and has not arrived. Times are unix milliseconds. */
export interface FileFetch {
  tenant: string;
  fileId: string;
  from: string;
  state: 'queued' | 'refused' | 'expired';
  attempts: number;
  nextAt: number | null;
  error: StoredError;
  firstAt: number;
  at: number;
}
