import type { DeliveryState } from '../../store/model/events.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { Deps, Emit } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { type RequestLimits, withRequestLimits } from '../runtime/request-limits.ts';
import type { DeliverDeps } from './attempt.ts';
import { deliverOnce } from './deliver-once.ts';
import { type DeliveryReport, deliveryEvent, deliveryReport, findDelivery } from './delivery-report.ts';
import { type ChosenDeliveries, deliveryFilter } from './list-deliveries.ts';
import { settlementLock } from './settlement.ts';

export type RetryInput = ChosenDeliveries & RequestLimits;

/** What became of each. */
export interface RetryResult {
  /** A running server makes them; otherwise they were tried, and are reported as they stand now. */
  byServer: boolean;
  reports: DeliveryReport[];
}

/** Written down together. */
const AT_ONCE = 500;
const RETRIED: ReadonlySet<DeliveryState> = new Set(['queued', 'refused', 'expired', 'dropped']);

/**
 * Tries deliveries again: those that wait now, those that are over from the beginning, three days and all. What was undone
 * meanwhile (a follow that was taken back, a deleted post) is left as it is.
 * @throws CloudilloError what {@link deliveryFilter} throws; `store.*`
 */
export async function retryDeliveries(
  given: DeliverDeps & Pick<Deps, 'identities' | 'requester' | 'settings' | 'server' | 'deliveryQueued'>,
  input: RetryInput,
  emit: Emit,
): Promise<RetryResult> {
  const deps = withRequestLimits(given, input);
  const { store } = deps;
  const chosen = store
    .deliveries(await deliveryFilter(deps, input))
    .filter((delivery) => RETRIED.has(delivery.state) && isWanted(store, delivery));
  for (let start = 0; start < chosen.length; start += AT_ONCE) {
    await Promise.all(chosen.slice(start, start + AT_ONCE).map((delivery) => queueAgain(deps, delivery)));
  }
  const queued = chosen.map((delivery) => asStored(store, delivery));
  deps.deliveryQueued.wake();
  if (deps.server.facts) {
    return { byServer: true, reports: queued.map((delivery) => deliveryReport(delivery, null, null)) };
  }
  return { byServer: false, reports: await deliverOnce(deps, queued, { emit }) };
}

/** Unless it has arrived meanwhile. */
function queueAgain(deps: DeliverDeps, chosen: Delivery): Promise<void> {
  return withLock(deps, settlementLock(chosen), async ({ store, clock }) => {
    const delivery = asStored(store, chosen);
    if (!RETRIED.has(delivery.state)) return;
    const attempts = delivery.state === 'queued' ? delivery.attempts : 0;
    const again: Delivery = { ...delivery, state: 'queued', attempts, nextAt: clock.monotonic() };
    await store.append([deliveryEvent(again, clock.wall(), null)]);
  });
}

function asStored(store: Deps['store'], { tenant, actionId, to }: Delivery): Delivery {
  return findDelivery(store, tenant, actionId, to) as Delivery;
}

/** Is this still to be said? */
function isWanted(store: Deps['store'], { tenant, actionId }: Delivery): boolean {
  const row = store.row(tenant, actionId);
  return row?.current === true && row.status !== 'D';
}
