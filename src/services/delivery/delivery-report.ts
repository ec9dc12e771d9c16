/** The forms of a delivery: as stored, as reported, and as a journal event. */
import type { ErrorObject } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { Delivery } from '../../store/model/rows.ts';
import { type StoredAnswer, storedError, toldError } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';

/** A delivery after an attempt. */
export interface DeliveryReport {
  tenant: string;
  actionId: string;
  to: string;
  /** `queued`: attempted again at `nextAt`. All other states are ends. */
  state: Delivery['state'];
  /** Failed and successful attempts so far. */
  attempts: number;
  /** Unix milliseconds. */
  nextAt: number | null;
  /** The HTTP status of a peer that accepted the action in this attempt. */
  status: number | null;
  /** The peer took it unverified in this attempt, and tries again then. Unix milliseconds. */
  parkedUntil: number | null;
  error: ErrorObject | null;
}

/** The delivery of an action to a peer; null when there never was one. */
export function findDelivery(
  store: Pick<Deps['store'], 'deliveries'>,
  tenant: string,
  actionId: string,
  to: string,
): Delivery | null {
  return store.deliveries({ tenant, actionId, to })[0] ?? null;
}

/** The report of a delivery, with the outcome of an attempt. */
export function deliveryReport(
  delivery: Delivery,
  status: number | null,
  error: ErrorObject | null,
  { parkedUntil = null }: { parkedUntil?: number | null | undefined } = {},
): DeliveryReport {
  const { tenant, actionId, to, state, attempts } = delivery;
  const nextAt = state === 'queued' ? delivery.nextAt : null;
  return { tenant, actionId, to, state, attempts, nextAt, status, parkedUntil, error };
}

/** The report of a delivery that another task attempted, from the stored error. */
export function reportOf(delivery: Delivery): DeliveryReport {
  const error = delivery.error && toldError(delivery.error, delivery.state === 'queued');
  return deliveryReport(delivery, null, error);
}

/** The circuit of a peer after an attempt without success. */
export interface PeerFailure {
  /** When it becomes half-open, by the monotonic clock. */
  nextAt: number;
  /** Failures since its last answer. Attempts that were under way together count as one. 0: it answered, and the circuit is closed. */
  failures: number;
}

/** The journal event for the present state of a delivery. */
export function deliveryEvent(
  delivery: Delivery,
  at: number,
  error: ErrorObject | null,
  {
    peer,
    queuePlace,
    answer,
  }: { peer?: PeerFailure | undefined; queuePlace?: number | undefined; answer?: StoredAnswer | undefined } = {},
): JournalEvent {
  const { tenant, actionId, to, state, attempts, nextAt } = delivery;
  return {
    kind: 'delivery',
    tenant,
    actionId,
    to,
    state,
    attempts,
    ...(state === 'queued' && nextAt !== null && { nextAt }),
    ...(state === 'queued' && queuePlace !== undefined && { queuePlace }),
    ...(peer && { peerNextAt: peer.nextAt, peerFailures: peer.failures }),
    ...(error && { error: storedError(error) }),
    ...(answer && { answer }),
    at,
  };
}
