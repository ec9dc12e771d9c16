import type { ErrorObject } from '../../protocol/errors.ts';
import type { DeliveryReport } from '../delivery/delivery-report.ts';
import type { RelationFlags } from '../peers/relation-effects.ts';
import type { StageReport } from '../runtime/stages.ts';

/** What came of saying something, or of deciding about something. */
export interface ActResult {
  as: string;
  /**
   * `accepted`: everybody whom it is for took it. `stored`: it is for nobody but ourselves. `sending`: the running server goes on
   * delivering it. `queued`: it will be delivered later. `refused`: somebody said no. `already`: nothing was to be done.
   */
  outcome: 'accepted' | 'stored' | 'sending' | 'queued' | 'refused' | 'already' | 'dry-run';
  /** The action that was decided about. */
  about: { actionId: string; type: string; issuer: string; status: string } | null;
  /** What was signed, if anything was: all four together. */
  actionId: string | null;
  /** `POST:TEXT`. */
  type: string | null;
  token: string | null;
  claims: Record<string, unknown> | null;
  /** Deliveries: of the action, and of what went out with it (relays, a SUBS with an invitation). */
  sent: SentCounts;
  /** How they went, failures first; at most {@link SHOWN}. */
  deliveries: DeliveryReport[];
  /** With FLLW and CONN: how the two stand to each other now. */
  relation: (RelationFlags & { peer: string }) | null;
  /** The peers verified the token before they answered. */
  verified: boolean;
  history: { stored: number; problem: ErrorObject | null } | null;
  /** Why it is refused or queued: the first of them. */
  error: ErrorObject | null;
  stages: StageReport[];
}

/** How many deliveries there are, by what became of them. */
export interface SentCounts {
  recipients: number;
  delivered: number;
  queued: number;
  refused: number;
  /** Left to the running server. */
  left: number;
}

/** Ten thousand reports would be read by nobody. */
export const SHOWN = 100;

export const NOTHING_SENT: SentCounts = { recipients: 0, delivered: 0, queued: 0, refused: 0, left: 0 };
