/** The result of sending an action. */
import type { ErrorObject } from '../../protocol/errors.ts';
import type { DeliveryReport } from '../delivery/delivery-report.ts';
import type { RelationFlags } from '../peers/relation-effects.ts';
import type { StageReport } from '../runtime/stages.ts';

/** The result of sending an action or of deciding on one. */
export interface ActResult {
  as: string;
  /**
   * `accepted`: all recipients took it. `stored`: it has no recipients. `sending`: the running server delivers it.
   * `queued`: it is delivered later. `refused`: a recipient refused it. `already`: there was nothing to do.
   */
  outcome: 'accepted' | 'stored' | 'sending' | 'queued' | 'refused' | 'already' | 'dry-run';
  /** The action that was decided on. */
  about: { actionId: string; type: string; issuer: string; status: string } | null;
  /** The signed action; null when nothing was signed, like the three that follow. */
  actionId: string | null;
  /** `POST:TEXT`. */
  type: string | null;
  token: string | null;
  claims: Record<string, unknown> | null;
  /** How many deliveries, with those of relays and of a SUBS that follows an invitation. */
  sent: SentCounts;
  /** The deliveries, failures first; at most {@link SHOWN}. */
  deliveries: DeliveryReport[];
  /** The relation after a FLLW or CONN. */
  relation: (RelationFlags & { peer: string }) | null;
  /** The peers verified the token before they answered. */
  verified: boolean;
  history: { stored: number; problem: ErrorObject | null } | null;
  /** Why it is refused or queued: the first error. */
  error: ErrorObject | null;
  stages: StageReport[];
}

/** Deliveries by their state. */
export interface SentCounts {
  recipients: number;
  delivered: number;
  queued: number;
  refused: number;
  /** Deliveries that the running server makes. */
  left: number;
}

/** The most deliveries that a result lists. */
export const SHOWN = 100;

/** The counts when nothing was sent. */
export const NOTHING_SENT: SentCounts = { recipients: 0, delivered: 0, queued: 0, refused: 0, left: 0 };
