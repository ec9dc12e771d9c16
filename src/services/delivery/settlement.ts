/** Stores the end of a delivery, with what follows from it. */
import type { ErrorObject } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { StoredAnswer } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Lock } from '../runtime/lock-order.ts';
import { withLock } from '../runtime/locks.ts';
import { expiredBefore, mayEndUntried } from './delivery-policy.ts';
import { deliveryEvent, findDelivery, type PeerFailure } from './delivery-report.ts';
import { undoUndelivered } from './undo-undelivered.ts';

type SettleDeps = Pick<Deps, 'store' | 'clock' | 'locks'>;

/** The outcome of an attempt. */
export interface Outcome {
  delivery: Delivery;
  error: ErrorObject | null;
  /** What the peer said when it took the action. */
  answer?: StoredAnswer;
  /** After a failed attempt. */
  peer?: PeerFailure;
  /** The queue place of a delivery that stays queued. */
  queuePlace?: number;
}

/**
 * The lock for reading the state of a delivery and then storing another one. An event that is being stored can't be read yet.
 * Hold it for that only, never while the peer is asked.
 */
export function settlementLock({ tenant, actionId, to }: Pick<Delivery, 'tenant' | 'actionId' | 'to'>): Lock {
  return { kind: 'settlement', tenant, peer: to, of: actionId };
}

/** Stores the outcome of an attempt, with what follows from it. */
export async function recordAttempt(
  deps: SettleDeps,
  { delivery, error, peer, queuePlace, answer }: Outcome,
): Promise<void> {
  const { store, clock } = deps;
  const settled = deliveryEvent(delivery, clock.wall(), error, { peer, queuePlace, answer });
  if (delivery.state === 'queued' || delivery.state === 'delivered') await store.append([settled]);
  else await end(deps, delivery, settled);
}

/** Ends the other deliveries to a failing peer whose next attempt would come too late. They need no attempt of their own. */
export async function expireWith(
  deps: SettleDeps,
  { to }: Delivery,
  { nextAt, failures }: PeerFailure,
  error: ErrorObject | null,
): Promise<void> {
  for (const delivery of deps.store.deliveriesWaitingFor(to, expiredBefore(nextAt, deps.clock))) {
    if (!mayEndUntried(delivery.firstAt, deps.clock.wall(), failures)) continue;
    const expired: Delivery = { ...delivery, state: 'expired' };
    await endDelivery(deps, expired, deliveryEvent(expired, deps.clock.wall(), error));
  }
}

/**
 * Stores that a queued delivery is over without success, with what is undone for that.
 * @returns false: it was no longer queued, and nothing changed
 */
export function endDelivery(deps: SettleDeps, delivery: Delivery, ended: JournalEvent): Promise<boolean> {
  const { tenant, actionId, to } = delivery;
  return withLock(deps, settlementLock(delivery), async (deps) => {
    if (findDelivery(deps.store, tenant, actionId, to)?.state !== 'queued') return false;
    await end(deps, delivery, ended);
    return true;
  });
}

function end(deps: SettleDeps, delivery: Delivery, ended: JournalEvent): Promise<void> {
  const { tenant, to } = delivery;
  return withLock(deps, { kind: 'relation', tenant, peer: to }, ({ store, clock }) =>
    store.append([ended, ...undoUndelivered(store, delivery, clock.wall())]),
  );
}
