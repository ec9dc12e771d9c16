/** Carries out the owner's decision on an action, and delivers the signed answer. */
import { findAction } from '../reading/find-action.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Emit } from '../runtime/deps.ts';
import { withRequestLimits } from '../runtime/request-limits.ts';
import { createStages } from '../runtime/stages.ts';
import { acceptAction, type DecideOptions, type Decision } from './accept-action.ts';
import type { ActResult } from './act-result.ts';
import type { CreateDeps } from './create-action.ts';
import { deleteAction } from './delete-action.ts';
import { deliverCreated, reservedUntil } from './deliver-created.ts';
import { dismissAction, rejectAction } from './reject-action.ts';
import { type ActInput, historyOf, resultOf, type SendDeps } from './send-action.ts';

/** The action and the decision. */
export interface DecideInput extends ActInput {
  decision: 'accept' | 'reject' | 'dismiss' | 'delete';
  /** The ID of a stored action, or its beginning. */
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
 * Accepts, rejects, dismisses or deletes an action, and delivers the signed answer.
 * @throws CloudilloError `home.identity-missing`, `store.no-action`, `usage.action-id`, `usage.action`, `check.state`;
 * as `createAction`
 */
export async function decide(given: SendDeps, input: DecideInput, emit: Emit): Promise<ActResult> {
  const deps = withRequestLimits(given, input);
  const { idTag: tenant } = await actingTenant(deps.identities, input.as);
  const { actionId } = await findAction(deps.store, tenant, input.actionId);
  const stages = createStages(emit, deps.observer);
  const dryRun = input.dryRun ?? false;
  const options = { sync: input.sync ?? false, preflight: input.preflight ?? true };
  // The recipients aren't known yet. An approval or a deletion goes to all followers at most.
  const { followers } = deps.store.relationCounts(tenant);
  const { action, changed, answer } = await stages.run(
    input.decision,
    () => DECISIONS[input.decision](deps, tenant, actionId, { ...reservedUntil(deps, followers, options), dryRun }),
    (decision) => decision.answer?.claims.t ?? (decision.changed ? 'changed; nothing is sent' : 'nothing to do'),
  );
  const about = { actionId, type: typeText(action), issuer: action.issuer, status: statusNow(deps, tenant, actionId) };
  const result = { ...resultOf(deps, tenant, answer), about };
  if (dryRun) return { ...result, outcome: 'dry-run', stages: stages.reports };
  if (!changed) return { ...result, outcome: 'already', stages: stages.reports };
  if (!answer) return { ...result, outcome: 'stored', stages: stages.reports };
  const delivered = await deliverCreated(deps, stages, tenant, answer.events, options);
  const history = await historyOf(deps, stages, tenant, answer, delivered);
  return { ...result, ...delivered, history, stages: stages.reports };
}

function typeText({ type, subtype }: { type: string; subtype: string | null }): string {
  return subtype === null ? type : `${type}:${subtype}`;
}

function statusNow({ store }: SendDeps, tenant: string, actionId: string): string {
  return store.row(tenant, actionId)?.status ?? 'D';
}
