import { watchWith } from '../runtime/stage-list.ts';
import type { ArrivedToken } from './arrival.ts';
import { ARRIVAL_STAGES } from './arrival-stages.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/**
 * Lets one token go the way of an arrival, and tells the observer of it.
 * @throws CloudilloError what a stage refuses it with
 */
export async function takeIn(deps: InboxDeps, arrived: ArrivedToken): Promise<Receipt> {
  const span = deps.observer.begin('arrival');
  span?.fact('tenant', arrived.tenant);
  span?.fact('origin', arrived.origin);
  try {
    const receipt = await ARRIVAL_STAGES.run(deps, arrived, watchWith(span));
    span?.fact('outcome', receipt.outcome);
    span?.end();
    return receipt;
  } catch (error) {
    span?.end(error);
    throw error;
  }
}
