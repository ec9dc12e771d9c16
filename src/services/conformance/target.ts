/** What a case works with: the instance under test, and the peers that play against it. */
import type { KeyObject } from 'node:crypto';
import type { HttpMethod } from '../../federation/http/http-method.ts';

/** A request to the instance. */
export interface Ask {
  /** Default: GET. */
  method?: HttpMethod;
  path: string;
  /** Ask the app domain instead of the API host. */
  app?: true;
  headers?: Record<string, string>;
  /** The body, sent as JSON; text and bytes are sent as they are. */
  body?: unknown;
  bearer?: string | undefined;
}

/** An answer. */
export interface Answer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: Buffer;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
}

/** What went over a bus. */
export interface BusTalk {
  /** Frames that came, in order. */
  frames: string[];
  /** The code with which the instance closed the socket; null: it did not. */
  closed: number | null;
}

/** How to talk over a bus. */
export interface BusAsk {
  bearer?: string | undefined;
  /** Frames to send, in order. */
  send: readonly string[];
  /** Done when this many frames have come. */
  frames: number;
  /** Done once the socket is open. */
  meanwhile?: () => Promise<unknown>;
}

/** Claims to sign; `iss`, `k` and `iat` are filled in where they are missing. */
export type Claims = Record<string, unknown> & { t: string };

/** A key that a peer publishes. */
export interface PublishedKey {
  keyId: string;
  /** As profiles have it. */
  publicKey: string;
  /** ISO 8601. */
  expiresAt?: string;
}

/** A request that the instance sent to a peer. */
export interface Received {
  method: string;
  /** With its query. */
  path: string;
  body: string;
}

/** A key pair of a peer. */
export interface PeerKey {
  keyId: string;
  privateKey: KeyObject;
  published: PublishedKey;
}

/** What a prepared key is for. `ended`: it has an end, an hour before the run. */
export type PreparedKey = 'replaced' | 'ended' | 'changed' | 'claims-changed' | 'other-key' | 'blocked' | 'conn';

/** The names of the prepared keys. */
export const PREPARED_KEYS: readonly PreparedKey[] = [
  'replaced',
  'ended',
  'changed',
  'claims-changed',
  'other-key',
  'blocked',
  'conn',
];

/** Where the profile of a peer is that has moved. */
export const MOVED_PROFILE = '/api/moved/me';

/** The part of a peer that only one of the suite's own has: its keys are known, and its answers are chosen here. */
export interface OwnPeer {
  /** The key with which it signs. */
  key: PeerKey;
  /** The keys that its profile shows, until this is set again. */
  published: PublishedKey[];
  /** Its profile is answered with a redirect to {@link MOVED_PROFILE}, which has it. */
  moved: boolean;
  /** Keys for certain cases. They are published from the start: instances ask a peer for its profile a few times a minute only. */
  prepared: Record<PreparedKey, PeerKey>;
  /** A new key, which is published only when the case does so. */
  newKey(): PeerKey;
  /** What the instance sent, from the first request on. */
  received: readonly Received[];
}

/** An identity that signs, whose profile the instance can fetch. */
export interface ActingPeer {
  idTag: string;
  sign(claims: Claims): Promise<string>;
  own: OwnPeer | null;
}

/** The instance under test. */
export interface Target {
  idTag: string;
  /** Sends a request. @throws CloudilloError `dns.*`, `network.*`, `tls.*`, `peer.*`; never for a status */
  ask(ask: Ask): Promise<Answer>;
  /** Talks over the bus. It throws as `ask`. */
  bus(ask: BusAsk): Promise<BusTalk>;
  /** Peers, those of the suite's own first. */
  peers: readonly ActingPeer[];
  /** An access token of the identity's owner; null: the run has none. */
  owner: string | null;
  /** Unix milliseconds. */
  now(): number;
  /** Waits, milliseconds. */
  pause(ms: number): Promise<void>;
}

/** The first peer. Cases that use it need one. */
export function peerOf({ peers: [first] }: Target): ActingPeer {
  if (!first) throw new Error('the case needs a peer and does not say so');
  return first;
}

/** The first peer of the suite's own. */
export function ownPeerOf(target: Target): ActingPeer & { own: OwnPeer } {
  const { idTag, sign, own } = peerOf(target);
  if (!own) throw new Error('the case needs a peer of its own and does not say so');
  return { idTag, sign, own };
}

/** The last peer of the suite's own: cases are spread over peers, as each one is asked for its profile a few times a minute only. */
export function lastOwnPeerOf(target: Target): ActingPeer & { own: OwnPeer } {
  const peers = target.peers.filter(({ own }) => own !== null);
  return ownPeerOf({ ...target, peers: peers.slice(-1) });
}

/** The second peer. */
export function otherPeerOf({ peers: [, second] }: Target): ActingPeer {
  if (!second) throw new Error('the case needs two peers and does not say so');
  return second;
}
