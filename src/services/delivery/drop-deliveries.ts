/** Drops deliveries: the owner gives them up. */
import type { Delivery } from '../../store/model/rows.ts';
import { toldError } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';
import type { DeliverDeps } from './attempt.ts';
import { type DeliveryReport, deliveryEvent, deliveryReport } from './delivery-report.ts';
import { type ChosenDeliveries, deliveryFilter } from './list-deliveries.ts';
import { endDelivery } from './settlement.ts';

/** How many are stored at the same time. */
const AT_ONCE = 500;

/**
 * Drops queued deliveries. One that is being sent may still arrive, and is then recorded as delivered. A follow that never
 * arrived is undone.
 * @throws CloudilloError as {@link deliveryFilter}; `store.*`
 */
export async function dropDeliveries(
  deps: Pick<DeliverDeps, 'store' | 'clock' | 'locks'> & Pick<Deps, 'identities'>,
  input: Omit<ChosenDeliveries, 'state'>,
): Promise<{ reports: DeliveryReport[] }> {
  const { store, clock } = deps;
  const filter = await deliveryFilter(deps, input);
  const waiting = store
    .deliveries({ ...filter, state: 'queued' })
    .map((delivery): Delivery => ({ ...delivery, state: 'dropped', nextAt: null }));
  const dropped: Delivery[] = [];
  for (let start = 0; start < waiting.length; start += AT_ONCE) {
    const group = waiting.slice(start, start + AT_ONCE);
    const ended = await Promise.all(
      group.map((delivery) => endDelivery(deps, delivery, deliveryEvent(delivery, clock.wall(), asError(delivery)))),
    );
    dropped.push(...group.filter((_, index) => ended[index]));
  }
  return { reports: dropped.map((delivery) => deliveryReport(delivery, null, null)) };
}

/** The error of the last attempt, which stays with the dropped delivery. */
function asError({ error }: Delivery) {
  return error && toldError(error, false);
}
