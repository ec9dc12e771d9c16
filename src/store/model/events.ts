import type { DecodedToken } from '../../protocol/token.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { StoredError } from './stored-error.ts';

/** All statuses. The index saves them by their place here: append only. */
export const STATUSES = ['A', 'C', 'N', 'D', 'R', 'S'] as const;

/** A active, C awaiting confirmation, N notification, D deleted or rejected, R draft, S scheduled (specification: Statuses). */
export type ActionStatus = (typeof STATUSES)[number];

/** Received from a peer, or made here. */
export type Direction = 'in' | 'out';

/** All states of a delivery. The index saves them by their place here: append only. */
export const DELIVERY_STATES = ['queued', 'delivered', 'refused', 'expired', 'dropped', 'superseded'] as const;

/**
 * The state of a delivery. `queued` waits for its next attempt; the others are ends: the peer took it, the peer refused it, the time for it
 * ran out, the owner gave it up, a later action replaced it.
 */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** An action was stored. `receivedAt` is unix milliseconds; `visibility` is what was resolved when it arrived. */
export interface ActionEvent {
  kind: 'action';
  /** The hosted identity whose store this belongs to. */
  tenant: string;
  actionId: string;
  token: string;
  direction: Direction;
  receivedAt: number;
  status: ActionStatus;
  visibility?: Visibility;
  /** The token taken apart, by whoever has done so already: saves the store the same work, and is never written. */
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

/** Another signature over the claims of a stored action came, and is verified: its ID leads to the same action. */
export interface AliasEvent {
  kind: 'alias';
  tenant: string;
  /** Of this token. */
  actionId: string;
  token: string;
  at: number;
}

/** A relation to a peer, always the whole row. */
export interface RelationEvent {
  kind: 'relation';
  tenant: string;
  peer: string;
  following: boolean;
  follower: boolean;
  connected: boolean;
  at: number;
}

/** What a peer calls itself, for views. */
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
 * A delivery of an action to a peer: made, tried, or ended. Nothing changes one that is delivered, and an attempt that failed none that is
 * over.
 */
export interface DeliveryEvent {
  kind: 'delivery';
  tenant: string;
  actionId: string;
  to: string;
  state: DeliveryState;
  attempts: number;
  /** When it may be tried again, as far as it is up to this delivery. Unix milliseconds; default: at once. */
  nextAt?: number;
  /**
   * Its place among those for the same peer: what has a lower one goes first. Unix milliseconds. Default, as in what earlier versions
   * wrote: when it was queued; after an attempt, `nextAt`.
   */
  place?: number;
  /** After an attempt that failed: when the peer may be asked again, whatever for. Default: `nextAt`. */
  peerNextAt?: number;
  error?: StoredError;
  /** Tokens to send along; given once, kept for later attempts. */
  related?: string[];
  at: number;
}

/** Deliveries of one action to many peers, all of them waiting: one event, however many followers there are. */
export interface DeliveriesEvent {
  kind: 'deliveries';
  tenant: string;
  actionId: string;
  /** Recipients; none that has a delivery of this action already is given another. */
  to: string[];
  /** Unix milliseconds. */
  nextAt: number;
  /** Tokens to send along to each. */
  related?: string[];
  at: number;
}

/** How the owner treats a peer, always the whole row. The peer isn't told. */
export interface TreatmentEvent {
  kind: 'standing';
  tenant: string;
  peer: string;
  /** Nothing is taken from the peer, and nothing sent to it. */
  blocked: boolean;
  /** What it sends is stored, and not shown live. */
  muted: boolean;
  at: number;
}

/** A token whose issuer's key can't be fetched now. */
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
}

/** A parked token was dealt with. */
export interface UnparkedEvent {
  kind: 'unparked';
  tenant: string;
  actionId: string;
  outcome: string;
  at: number;
}

/** A file is known: its descriptor lists the blobs. */
export interface FileEvent {
  kind: 'file';
  tenant: string;
  fileId: string;
  descriptor: string;
  fileName: string;
  contentType: string;
  /** As which it was uploaded; absent in what earlier versions wrote, and for files of others whose server told none. */
  preset?: string;
  /** Whose file it is; absent: the tenant's own. */
  owner?: string;
  at: number;
}

/** How fetching a file stands that an action from elsewhere attaches, after an attempt that didn't bring it. */
export interface FetchEvent {
  kind: 'fetch';
  tenant: string;
  fileId: string;
  /** Whom it was asked of. */
  from: string;
  /** `refused` and `expired` are over; a file that came is a `file`. */
  state: 'queued' | 'refused' | 'expired';
  attempts: number;
  /** Unix milliseconds; absent when it is over. */
  nextAt?: number;
  error: StoredError;
  at: number;
}

/** What a journal record is made of. */
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
  | UnparkedEvent
  | FileEvent
  | FetchEvent;

/** A journal record: one append, all or nothing. `n` counts from 1 without gaps; `at` is unix milliseconds. */
export interface JournalRecord {
  n: number;
  at: number;
  e: JournalEvent[];
}

/** Ends a `switch` over the kinds of events: one that isn't handled doesn't compile. @throws Error for one that got past the codecs */
export function unhandledEvent(event: never): never {
  throw new Error(`an event of kind ${JSON.stringify((event as JournalEvent).kind)} isn't handled`);
}
