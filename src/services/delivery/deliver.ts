/** Makes one attempt to deliver one action. */
import type { Delivery } from '../../store/model/rows.ts';
import { watchWith } from '../runtime/stage-list.ts';
import type { AttemptOptions, DeliverDeps } from './attempt.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { DELIVERY_STAGES } from './delivery-stages.ts';

/**
 * Makes one attempt. There is never more than one at a time from a tenant to a peer, whoever asks, and none for a delivery that
 * is over. The outcome is in the journal before this resolves.
 * @throws CloudilloError `store.*` only: what the peer does is in the report
 */
export async function deliverOne(
  deps: DeliverDeps,
  delivery: Delivery,
  options: AttemptOptions = {},
): Promise<DeliveryReport> {
  const span = deps.observer.begin('delivery');
  span?.fact('tenant', delivery.tenant);
  span?.fact('peer', delivery.to);
  try {
    const report = await DELIVERY_STAGES.run(deps, { delivery, options }, watchWith(span));
    span?.fact('state', report.state);
    span?.end(report.error ?? undefined);
    return report;
  } catch (error) {
    span?.end(error);
    throw error;
  }
}
