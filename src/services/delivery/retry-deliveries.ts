/** Attempts deliveries again, also those that are over. */
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

/** Which deliveries, and the limits of the requests. */
export type RetryInput = ChosenDeliveries & RequestLimits;

/** The outcomes. */
export interface RetryResult {
  /** A running server makes the attempts. Otherwise they were made, and the reports have their outcomes. */
  byServer: boolean;
  reports: DeliveryReport[];
}

/** How many are stored at the same time. */
const AT_ONCE = 500;
const RETRIED: ReadonlySet<DeliveryState> = new Set(['queued', 'refused', 'expired', 'dropped']);

/**
 * Attempts deliveries again: queued ones now, and those that are over from the beginning, with three more days. An action that
 * was deleted or replaced meanwhile is left out.
 * @throws CloudilloError as {@link deliveryFilter}; `store.*`
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

/** Queues a delivery again, unless it has arrived meanwhile. */
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

/** Whether the action is still current and not deleted. */
function isWanted(store: Deps['store'], { tenant, actionId }: Delivery): boolean {
  const row = store.row(tenant, actionId);
  return row?.current === true && row.status !== 'D';
}
