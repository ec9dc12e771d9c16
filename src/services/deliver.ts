import { isPermanent, nextAttempt } from '../federation/delivery-policy.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../protocol/errors.ts';
import type { JournalEvent } from '../store/events.ts';
import type { Delivery } from '../store/rows.ts';
import type { Deps } from './deps.ts';
import { inTurn } from './in-turn.ts';
import { inRelationTurn } from './relation-turn.ts';

/** What deliveries need. */
export type DeliverDeps = Pick<Deps, 'store' | 'api' | 'clock'>;

/** How a delivery stands after an attempt. */
export interface DeliveryReport {
  tenant: string;
  actionId: string;
  to: string;
  /** `queued`: tried again at `nextAt`. `refused`, `expired`: over. */
  state: Delivery['state'];
  /** Failed and successful attempts so far. */
  attempts: number;
  /** Unix milliseconds. */
  nextAt: number | null;
  /** What the peer answered, when it took it now. */
  status: number | null;
  error: ErrorObject | null;
}

/**
 * One attempt to deliver one queued action. Never two at once for one delivery, and none for one that is over. What came of it is
 * in the journal before this resolves.
 * @param sync ask `/api/inbox/sync`, which verifies before it answers
 * @throws CloudilloError `store.*` only: what the peer does is in the report
 */
export function deliverOne(
  deps: DeliverDeps,
  delivery: Delivery,
  { sync = false }: { sync?: boolean } = {},
): Promise<DeliveryReport> {
  const { tenant, actionId, to } = delivery;
  return inTurn(deps.store, `deliver ${tenant} ${actionId} ${to}`, async () => {
    const current = findDelivery(deps.store, tenant, actionId, to) ?? delivery;
    // Whoever was before us may have done it, or failed just now: asking again at once would be of no use.
    if (current.state !== 'queued' || current.attempts > delivery.attempts) return reportOf(current);
    try {
      const status = await post(deps, current, sync);
      const done: Delivery = { ...current, state: 'delivered', attempts: current.attempts + 1 };
      return await settle(deps, done, status, null);
    } catch (error) {
      if (error instanceof CloudilloError && error.code.startsWith('store.')) throw error;
      return settle(deps, failed(current, error, deps.clock()), null, errorToObject(error));
    }
  });
}

/**
 * Asks the peer once more about what it took already: the same token at `/api/inbox/sync`, answered as the first time. Changes
 * nothing here.
 * @returns the HTTP status
 * @throws CloudilloError what delivering throws: `dns.*`, `network.*`, `tls.*`, `peer.*`
 */
export function askAgain(deps: DeliverDeps, delivery: Delivery): Promise<number> {
  return post(deps, delivery, true);
}

async function post({ store, api }: DeliverDeps, delivery: Delivery, sync: boolean): Promise<number> {
  const { tenant, actionId, to } = delivery;
  const action = await store.action(tenant, actionId);
  if (!action) {
    // `token.*` is permanent (delivery-policy.ts): what isn't here can't be sent by trying again.
    throw new CloudilloError('token.missing', `Action ${actionId} isn't in the store`, { stage: 'store' });
  }
  const related = delivery.hasRelated ? await store.deliveryRelated(delivery) : [];
  const { status } = await api.postInbox(to, action.token, { sync, related });
  return status;
}

/** The delivery of an action to a peer; null when there never was one. */
export function findDelivery(
  store: Pick<Deps['store'], 'deliveries'>,
  tenant: string,
  actionId: string,
  to: string,
): Delivery | null {
  return store.deliveries({ tenant, actionId }).find((delivery) => delivery.to === to) ?? null;
}

/** The delivery after a failed attempt: another time, or over. */
function failed(delivery: Delivery, error: unknown, now: number): Delivery {
  const attempts = delivery.attempts + 1;
  if (isPermanent(error)) return { ...delivery, state: 'refused', attempts };
  const retryAfter = error instanceof CloudilloError ? error.retryAfter : undefined;
  const nextAt = nextAttempt(attempts, delivery.firstAt, now, retryAfter);
  return nextAt === null ? { ...delivery, state: 'expired', attempts } : { ...delivery, attempts, nextAt };
}

async function settle(
  { store, clock }: DeliverDeps,
  delivery: Delivery,
  status: number | null,
  error: ErrorObject | null,
): Promise<DeliveryReport> {
  const over = delivery.state !== 'queued' && delivery.state !== 'delivered';
  const { tenant, to } = delivery;
  const settled = deliveryEvent(delivery, clock(), error);
  if (over)
    await inRelationTurn(store, tenant, to, () => store.append([settled, ...takeBack(store, delivery, clock())]));
  else await store.append([settled]);
  return deliveryReport(delivery, status, error);
}

/** How a delivery stands that somebody else saw to; the store keeps of its error what a later reader needs. */
function reportOf(delivery: Delivery): DeliveryReport {
  const error = delivery.error && { ...delivery.error, retryable: delivery.state === 'queued' };
  return deliveryReport(delivery, null, error);
}

/** The journal's event for how a delivery stands now. */
export function deliveryEvent(delivery: Delivery, at: number, error: ErrorObject | null): JournalEvent {
  const { tenant, actionId, to, state, attempts, nextAt } = delivery;
  return {
    kind: 'delivery',
    tenant,
    actionId,
    to,
    state,
    attempts,
    ...(state === 'queued' && nextAt !== null && { nextAt }),
    ...(error && { error: { code: error.code, message: error.message } }),
    at,
  };
}

/**
 * A follow that never arrived, or was refused, is no follow: believing it would show posts that never come. An unfollow stands,
 * whatever the peer says.
 */
function takeBack(store: DeliverDeps['store'], { tenant, actionId, to }: Delivery, at: number): JournalEvent[] {
  const row = store.row(tenant, actionId);
  if (row?.type !== 'FLLW' || row.subtype !== null || row.audience !== to || !row.current) return [];
  const { follower, connected } = store.relation(tenant, to);
  return [
    { kind: 'status', tenant, actionId, status: 'D', at },
    { kind: 'relation', tenant, peer: to, following: false, follower, connected, at },
  ];
}

/** A delivery as it is told, with what came of an attempt. */
export function deliveryReport(delivery: Delivery, status: number | null, error: ErrorObject | null): DeliveryReport {
  const { tenant, actionId, to, state, attempts } = delivery;
  const nextAt = state === 'queued' ? delivery.nextAt : null;
  return { tenant, actionId, to, state, attempts, nextAt, status, error };
}
