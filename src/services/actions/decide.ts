import { findAction } from '../reading/find-action.ts';
import type { Emit } from '../runtime/deps.ts';
import { ownIdentity } from '../runtime/own-identity.ts';
import { withRequestLimits } from '../runtime/request-limits.ts';
import { createStages } from '../runtime/stages.ts';
import { acceptAction, type DecideOptions, type Decision } from './accept-action.ts';
import type { ActResult } from './act-result.ts';
import { carryOut, reservedUntil } from './carry-out.ts';
import type { CreateDeps } from './create-action.ts';
import { deleteAction } from './delete-action.ts';
import { dismissAction, rejectAction } from './reject-action.ts';
import { type ActInput, historyOf, resultOf, type SayDeps } from './say.ts';

/** What to decide about which action. */
export interface DecideInput extends ActInput {
  decision: 'accept' | 'reject' | 'dismiss' | 'delete';
  /** An ID, or the beginning of one that is stored here. */
  actionId: string;
}

type Decide = (deps: CreateDeps, tenant: string, actionId: string, options: DecideOptions) => Promise<Decision>;

const DECISIONS: Readonly<Record<DecideInput['decision'], Decide>> = {
  accept: acceptAction,
  reject: rejectAction,
  dismiss: dismissAction,
  delete: deleteAction,
};

/**
 * Accepts, rejects, dismisses or deletes an action, and delivers what was signed in answer.
 * @throws CloudilloError `home.identity-missing`, `store.no-action`, `usage.action-id`, `usage.action`, `check.state`; as
 * `createAction`
 */
export async function decide(given: SayDeps, input: DecideInput, emit: Emit): Promise<ActResult> {
  const deps = withRequestLimits(given, input);
  const { idTag: self } = await ownIdentity(deps.identities, input.as);
  const { actionId } = findAction(deps.store, self, input.actionId);
  const stages = createStages(emit, deps.observer);
  const dryRun = input.dryRun ?? false;
  const options = { sync: input.sync ?? false, preflight: input.preflight ?? true };
  // What is approved or taken back goes to as many as there are followers.
  const { followers } = deps.store.relationCounts(self);
  const { action, changed, answer } = await stages.run(
    input.decision,
    () => DECISIONS[input.decision](deps, self, actionId, { ...reservedUntil(deps, followers, options), dryRun }),
    (decision) => decision.answer?.claims.t ?? (decision.changed ? 'nobody is told' : 'nothing to do'),
  );
  const about = { actionId, type: typeText(action), issuer: action.issuer, status: statusNow(deps, self, actionId) };
  const result = { ...resultOf(deps, self, answer), about };
  if (dryRun) return { ...result, outcome: 'dry-run', stages: stages.reports };
  if (!changed) return { ...result, outcome: 'already', stages: stages.reports };
  if (!answer) return { ...result, outcome: 'stored', stages: stages.reports };
  const carried = await carryOut(deps, stages, self, answer.events, options);
  const history = await historyOf(deps, stages, self, answer, carried);
  return { ...result, ...carried, history, stages: stages.reports };
}

function typeText({ type, subtype }: { type: string; subtype: string | null }): string {
  return subtype === null ? type : `${type}:${subtype}`;
}

function statusNow({ store }: SayDeps, self: string, actionId: string): string {
  return store.row(self, actionId)?.status ?? 'D';
}
