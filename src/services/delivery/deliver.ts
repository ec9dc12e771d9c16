import type { Delivery } from '../../store/model/rows.ts';
import type { AttemptOptions, DeliverDeps } from './attempt.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { DELIVERY_STAGES } from './delivery-stages.ts';

/**
 * One attempt to deliver one queued action. Never two at once from one tenant to one peer, whoever makes them, and none for one
 * that is over. What came of it is in the journal before this resolves.
 * @throws CloudilloError `store.*` only: what the peer does is in the report
 */
export function deliverOne(
  deps: DeliverDeps,
  delivery: Delivery,
  options: AttemptOptions = {},
): Promise<DeliveryReport> {
  return DELIVERY_STAGES.run(deps, { delivery, options });
}
