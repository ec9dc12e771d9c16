/** The parts of an inbox. */
import type { Gate } from '../../federation/limits/concurrency-gate.ts';
import type { SingleFlight } from '../../federation/limits/single-flight.ts';
import type { Settings } from '../../store/settings/setting-definitions.ts';
import type { RelationPolicy } from '../peers/relation-policy.ts';
import type { Deps } from '../runtime/deps.ts';
import type { ParkingPlaces } from './parking-places.ts';
import type { Receipt } from './receipt.ts';

/** The parts that receiving an action needs. */
export interface InboxDeps
  extends Pick<
    Deps,
    | 'store'
    | 'keyResolver'
    | 'signer'
    | 'clock'
    | 'log'
    | 'locks'
    | 'live'
    | 'deliveryQueued'
    | 'tokenParked'
    | 'observer'
    | 'disk'
    | 'arrivals'
  > {
  /** The owner's settings, read for each action because they change while the server runs. */
  policy: () => RelationPolicy;
  /** The same for the limits of strangers. */
  limits: () => Settings['limits'];
  /** Limits concurrent signature checks. Each takes a core. */
  verification: Gate;
  /** Tokens that are being received: the same one twice at once is verified and stored once. */
  inWork: SingleFlight<Receipt>;
  /** The places for parked tokens. */
  places: ParkingPlaces;
  /** Limits concurrent key fetches, which wait for other servers. */
  keyFetches: Gate;
}

/** The reputation of the address that sent a token. */
export interface Sender {
  /** How many letters `A` a CONN must end in. */
  powLevel(): number;
  badSignature(): void;
  /** Counts a CONN that failed verification or was sent again. */
  troublesomeConn(): void;
}
