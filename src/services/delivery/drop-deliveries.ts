import type { Delivery } from '../../store/model/rows.ts';
import { toldError } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';
import type { DeliverDeps } from './attempt.ts';
import { type DeliveryReport, deliveryEvent, deliveryReport } from './delivery-report.ts';
import { type ChosenDeliveries, deliveryFilter } from './list-deliveries.ts';
import { endDelivery } from './settlement.ts';

/** Written down together. */
const AT_ONCE = 500;

/**
 * Gives up deliveries that wait. One that is under way may still arrive, and is recorded as delivered then; a follow that never
 * arrived is no follow any longer.
 * @throws CloudilloError what {@link deliveryFilter} throws; `store.*`
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

/** Why it hadn't arrived yet is worth keeping. */
function asError({ error }: Delivery) {
  return error && toldError(error, false);
}
