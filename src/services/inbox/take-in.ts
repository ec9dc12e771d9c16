/** Runs the stages of an arrival. */
import { watchWith } from '../runtime/stage-list.ts';
import type { ArrivedToken } from './arrival.ts';
import { ARRIVAL_STAGES } from './arrival-stages.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/**
 * Runs one token through the stages, and reports the run to the observer.
 * @throws CloudilloError the refusal of a stage
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
