/** Makes one attempt to deliver one action. */
import type { Delivery } from '../../store/model/rows.ts';
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
  const { tenant, to, actionId } = delivery;
  const facts = { 'cloudillo.tenant': tenant, 'cloudillo.peer': to, 'cloudillo.action': actionId };
  const span = deps.observer.begin('delivery', undefined, { facts });
  const run = () => DELIVERY_STAGES.run(deps, { delivery, options }, undefined, span);
  try {
    const report = await (span ? span.run(run) : run());
    span?.fact('cloudillo.state', report.state);
    span?.end(report.error ?? undefined);
    return report;
  } catch (error) {
    span?.end(error);
    throw error;
  }
}
