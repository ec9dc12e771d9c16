/** How a delivery ends, and what follows from it. */
import type { ErrorObject } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Lock } from '../runtime/lock-order.ts';
import { withLock } from '../runtime/locks.ts';
import { expiredBefore } from './delivery-policy.ts';
import { deliveryEvent, findDelivery } from './delivery-report.ts';
import { undoUndelivered } from './undo-undelivered.ts';

type SettleDeps = Pick<Deps, 'store' | 'clock' | 'locks'>;

/** What an attempt came to. */
export interface Outcome {
  delivery: Delivery;
  error: ErrorObject | null;
  /** When the peer may be asked again, whatever for. */
  peerNextAt?: number;
  /** Of one that goes on waiting: its place among those for the same peer. */
  place?: number;
}

/**
 * Held by whoever looks how a delivery stands and then stores something else: what is being written down can't be seen yet. Hold it
 * for that only, never while the peer is asked.
 */
export function settlementLock({ tenant, actionId, to }: Pick<Delivery, 'tenant' | 'actionId' | 'to'>): Lock {
  return { kind: 'settlement', tenant, peer: to, of: actionId };
}

/** Writes down what an attempt came to, and what follows from it. */
export async function recordAttempt(deps: SettleDeps, { delivery, error, peerNextAt, place }: Outcome): Promise<void> {
  const { store, clock } = deps;
  const settled = deliveryEvent(delivery, clock.wall(), error, { peerNextAt, place });
  if (delivery.state === 'queued' || delivery.state === 'delivered') await store.append([settled]);
  else await end(deps, delivery, settled);
}

/** What would be tried too late ends with the attempt that failed: none of it needs one of its own. */
export async function expireWith(
  deps: SettleDeps,
  { to }: Delivery,
  peerNextAt: number,
  error: ErrorObject | null,
): Promise<void> {
  for (const delivery of deps.store.deliveriesWaitingFor(to, expiredBefore(peerNextAt, deps.clock))) {
    const expired: Delivery = { ...delivery, state: 'expired' };
    await endDelivery(deps, expired, deliveryEvent(expired, deps.clock.wall(), error));
  }
}

/**
 * Stores that a delivery that waits is over without success, with what that undoes.
 * @returns false: it waits no longer, and stands as it is
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
