import type { Visibility } from '../../protocol/visibility.ts';
import type { Deps } from '../deps.ts';
import type { Gate } from './gate.ts';

/** The owner's choices that decide what becomes of an arriving action. */
export interface InboxPolicy {
  /** May others follow? When not, a FLLW is kept as deleted and answered as ever: a refusal would tell. */
  followers: boolean;
  connectionMode: 'ask' | 'accept' | 'ignore';
  /** Approve at once what those who are connected write on the wall. */
  autoApprove: boolean;
  /** Of an action that names no visibility and answers nothing that has one. */
  defaultVisibility: Visibility;
}

/** What receiving an action needs. */
export interface InboxDeps extends Pick<Deps, 'store' | 'keyResolver' | 'signer' | 'clock' | 'log'> {
  /** Read for each action: settings change while the server runs. */
  policy: () => InboxPolicy;
  /** Bounds signature checks, which take a core each. */
  verification: Gate;
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
