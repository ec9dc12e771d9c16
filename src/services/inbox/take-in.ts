/** Runs the stages of an arrival. */
import { type ArrivedToken, beginArrival } from './arrival.ts';
import { newFacts, watchInto } from './arrival-facts.ts';
import { ARRIVAL_STAGES } from './arrival-stages.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { noteArrival } from './note-arrival.ts';
import type { Receipt } from './receipt.ts';

/**
 * Runs one token through the stages, notes what became of it, and reports the run to the observer.
 * @throws CloudilloError the refusal of a stage
 */
export async function takeIn(deps: InboxDeps, arrived: ArrivedToken): Promise<Receipt> {
  const began = performance.now();
  const facts = newFacts();
  const span = deps.observer.begin('arrival', began);
  span?.fact('cloudillo.tenant', arrived.tenant);
  span?.fact('cloudillo.origin', arrived.origin);
  const run = () => ARRIVAL_STAGES.run(deps, beginArrival(arrived, facts), watchInto(facts), span);
  try {
    const receipt = await (span ? span.run(run) : run());
    span?.fact('cloudillo.outcome', receipt.outcome);
    span?.end();
    noteArrival(deps, arrived, facts, { receipt }, began);
    return receipt;
  } catch (error) {
    span?.end(error);
    noteArrival(deps, arrived, facts, { error }, began);
    throw error;
  }
}
