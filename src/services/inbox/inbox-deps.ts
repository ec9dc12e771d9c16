import type { Gate } from '../../federation/limits/concurrency-gate.ts';
import type { SingleFlight } from '../../federation/limits/single-flight.ts';
import type { RelationPolicy } from '../peers/relation-policy.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Receipt } from './receipt.ts';

/** What receiving an action needs. */
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
  > {
  /** Read for each action: settings change while the server runs. */
  policy: () => RelationPolicy;
  /** Bounds signature checks, which take a core each. */
  verification: Gate;
  /** Tokens in work: the same one twice at once is verified and stored once. */
  inWork: SingleFlight<Receipt>;
  /** Bounds key fetches, which wait for other people's servers. */
  keyFetches: Gate;
}

/** The address that a token came from, as far as its behaviour counts. */
export interface Sender {
  /** How many letters `A` a CONN must end in. */
  powLevel(): number;
  badSignature(): void;
  /** A CONN that failed verification, or came again. */
  troublesomeConn(): void;
}
