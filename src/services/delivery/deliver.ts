import type { Delivery } from '../../store/model/rows.ts';
import { watchWith } from '../runtime/stage-list.ts';
import type { AttemptOptions, DeliverDeps } from './attempt.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { DELIVERY_STAGES } from './delivery-stages.ts';

/**
 * One attempt to deliver one queued action. Never two at once from one tenant to one peer, whoever makes them, and none for one
 * that is over. What came of it is in the journal before this resolves.
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
