/** The events of the journal. */
import type { ActionClaims } from '../../protocol/claims.ts';
import type { Role } from '../../protocol/roles.ts';
import type { DecodedToken } from '../../protocol/token.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { OpenCircuit } from './rows.ts';
import type { StoredAnswer, StoredError } from './stored-error.ts';

/** All statuses. The index saves their indexes here: append only. */
export const STATUSES = ['A', 'C', 'N', 'D', 'R', 'S'] as const;

/** A active, C awaiting confirmation, N notification, D deleted or rejected, R draft, S scheduled (specification: Statuses). */
export type ActionStatus = (typeof STATUSES)[number];

/** Received from a peer, or made here. */
export type Direction = 'in' | 'out';

/** All states of a delivery. The index saves their indexes here: append only. */
export const DELIVERY_STATES = ['queued', 'delivered', 'refused', 'expired', 'dropped', 'superseded'] as const;

/**
 * The state of a delivery. `queued` waits for its next attempt; the others are ends: the peer took it, the peer refused it, the time for it
 * ran out, the owner gave it up, a later action replaced it.
 */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** An action was stored. `receivedAt` is unix milliseconds; `visibility` was resolved at the arrival. */
export interface ActionEvent {
  kind: 'action';
  /** The tenant whose store this belongs to. */
  tenant: string;
  actionId: string;
  token: string;
  direction: Direction;
  receivedAt: number;
  status: ActionStatus;
  visibility?: Visibility;
  /** The decoded token, when the caller has it: it saves the store the work, and is never written. */
  decoded?: DecodedToken;
}

/** An action's status changed. All `at` are unix milliseconds. */
export interface StatusEvent {
  kind: 'status';
  tenant: string;
  actionId: string;
  status: ActionStatus;
  at: number;
}

/** Another verified signature over the claims of a stored action arrived. Its ID leads to the same action. */
export interface AliasEvent {
  kind: 'alias';
  tenant: string;
  /** The ID of this token. */
  actionId: string;
  token: string;
  at: number;
}

/** The relation to a peer, always the whole row. */
export interface RelationEvent {
  kind: 'relation';
  tenant: string;
  peer: string;
  following: boolean;
  follower: boolean;
  connected: boolean;
  at: number;
}

/** The profile of a peer, for views. */
export interface PeerEvent {
  kind: 'peer';
  tenant: string;
  idTag: string;
  name: string;
  type: 'person' | 'community';
  profilePic?: string;
  at: number;
}

/**
 * A delivery of an action to a peer was queued, attempted, or ended. A delivered one never changes, and a failed attempt doesn't
 * change one that is over.
 */
export interface DeliveryEvent {
  kind: 'delivery';
  tenant: string;
  actionId: string;
  to: string;
  state: DeliveryState;
  attempts: number;
  /** When the next attempt may be made, the circuit of the peer aside. Unix milliseconds; default: at once. */
  nextAt?: number;
  /**
   * The queue place: of the deliveries to one peer, the one with the lowest number goes first. It is a number in the range of
   * unix milliseconds. Default, as in earlier versions: the time of queueing; after an attempt `nextAt`.
   */
  queuePlace?: number;
  /** After a failed attempt: when the circuit of the peer becomes half-open. Default: `nextAt`. */
  peerNextAt?: number;
  /**
   * After a failed attempt: how many failures of the peer there are now. Attempts that were under way together count as one.
   * 0: it answered, and asks for time; its circuit is closed. Default, as in earlier versions: from the times.
   */
  peerFailures?: number;
  error?: StoredError;
  /** What the peer said when it took the action. */
  answer?: StoredAnswer;
  /** The related tokens. They are given once and kept for later attempts. */
  related?: string[];
  at: number;
}

/** Deliveries of one action to many peers were queued: one event, however many followers there are. */
export interface DeliveriesEvent {
  kind: 'deliveries';
  tenant: string;
  actionId: string;
  /** The recipients. One that has a delivery of this action gets no other. */
  to: string[];
  /** Unix milliseconds. */
  nextAt: number;
  /** The related tokens for each recipient. */
  related?: string[];
  at: number;
}

/** The owner's treatment of a peer, always the whole row. The peer isn't told. */
export interface TreatmentEvent {
  kind: 'treatment';
  tenant: string;
  peer: string;
  /** Nothing is accepted from the peer, and nothing is sent to it. */
  blocked: boolean;
  /** The peer's actions are stored, and not announced to the owner. */
  muted: boolean;
  at: number;
}

/** A token whose issuer's key can't be fetched now was parked. */
export interface ParkedEvent {
  kind: 'parked';
  tenant: string;
  actionId: string;
  token: string;
  related?: string[];
  issuer: string;
  attempts: number;
  nextAt: number;
  at: number;
  /** The bytes of all its tokens, where a compaction erased a related one. */
  bytes?: number;
}

/** A parked token was tried again and waits for the next attempt. The token itself is in its `parked` event. */
export interface RetriedEvent {
  kind: 'retried';
  tenant: string;
  actionId: string;
  attempts: number;
  nextAt: number;
  at: number;
}

/** The end of a parked token. */
export interface UnparkedEvent {
  kind: 'unparked';
  tenant: string;
  actionId: string;
  outcome: string;
  at: number;
}

/** A file became known. Its descriptor lists the blobs. */
export interface FileEvent {
  kind: 'file';
  tenant: string;
  fileId: string;
  descriptor: string;
  fileName: string;
  contentType: string;
  /** The preset of its upload; absent in earlier versions, and for files of peers that name none. */
  preset?: string;
  /** The owner of the file; absent: the tenant. */
  owner?: string;
  /** How many bytes were fetched. Absent for own files. */
  fetched?: number;
  at: number;
}

/** An attempt to fetch an attached file failed. */
export interface FetchEvent {
  kind: 'fetch';
  tenant: string;
  fileId: string;
  /** The identity that was asked. */
  from: string;
  /** `refused` and `expired` are over. A fetched file is a `file`. */
  state: 'queued' | 'refused' | 'expired';
  attempts: number;
  /** Unix milliseconds; absent when it is over. */
  nextAt?: number;
  error: StoredError;
  at: number;
}

/**
 * The tokens of deleted actions, and files that only they attached, are read no longer. A compaction removes their bytes. The rows of
 * the actions stay, so that their tokens aren't accepted anew.
 */
export interface ErasedEvent {
  kind: 'erased';
  tenant: string;
  actionIds: string[];
  fileIds?: string[];
  at: number;
}

/** The claims that stay of an erased action: all that the index, and the rules for answers to it, need. */
export type TraceClaims = Pick<ActionClaims, 't' | 'iss' | 'aud' | 'sub' | 'p' | 'iat' | 'exp' | 'v' | 'f' | 'a'>;

/** What a compaction leaves of an erased action, in the place of its `action` event. */
export interface TraceEvent {
  kind: 'trace';
  tenant: string;
  actionId: string;
  /** SHA-256 of the signing input, base64url. */
  signing: string;
  claims: TraceClaims;
  direction: Direction;
  receivedAt: number;
  status: ActionStatus;
  visibility?: Visibility;
  /** The length of its token. */
  bytes: number;
  /** The role that its content named. */
  role?: Role;
  /** SHA-256 of its key, base64url, where content is a part of the key. */
  key?: string;
}

/** What a compaction leaves of an alias of an erased action, in the place of its `alias` event. */
export interface TwinEvent {
  kind: 'twin';
  tenant: string;
  /** The ID of the alias. */
  actionId: string;
  /** SHA-256 of the signing input, base64url. */
  signing: string;
  /** The length of its token. */
  bytes: number;
  at: number;
}

/** Deliveries of the tenant that ended before a time were forgotten. All times are unix milliseconds. */
export interface ForgottenEvent {
  kind: 'forgotten';
  tenant: string;
  before: number;
  at: number;
}

/**
 * All circuits that are not closed, of all tenants. A compaction writes it before it removes forgotten deliveries, so that the
 * circuits need no earlier record.
 */
export interface CircuitsEvent {
  kind: 'circuits';
  /** Empty: it is about all tenants. */
  tenant: '';
  open: OpenCircuit[];
  at: number;
}

/** The events of a journal record. */
export type JournalEvent =
  | ActionEvent
  | AliasEvent
  | StatusEvent
  | RelationEvent
  | PeerEvent
  | DeliveryEvent
  | DeliveriesEvent
  | TreatmentEvent
  | ParkedEvent
  | RetriedEvent
  | UnparkedEvent
  | FileEvent
  | FetchEvent
  | ErasedEvent
  | TraceEvent
  | TwinEvent
  | ForgottenEvent
  | CircuitsEvent;

/** A journal record: one append, all or nothing. `n` counts from 1 without gaps; `at` is unix milliseconds. */
export interface JournalRecord {
  n: number;
  at: number;
  /** null in the place of an event that a compaction removed: the numbers of the others stay. */
  e: (JournalEvent | null)[];
  /** In a compacted segment: the bytes of the record, or records, that it was before. */
  l?: number;
  /** In a compacted segment: the first of several records that are gone. The last one is `n`. */
  from?: number;
}

/**
 * Ends a `switch` over the kinds of events: an unhandled kind doesn't compile. @throws Error for one that the codecs let through
 */
export function unhandledEvent(event: never): never {
  throw new Error(`an event of kind ${JSON.stringify((event as JournalEvent).kind)} isn't handled`);
}
