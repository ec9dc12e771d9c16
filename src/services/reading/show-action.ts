/** Shows one action with its deliveries. */

import { CloudilloError } from '../../protocol/errors.ts';
import type { Delivery } from '../../store/model/rows.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { type ActionSummary, summarise } from './action-summary.ts';
import { findAction } from './find-action.ts';

/** An action with its deliveries. */
export interface ShowActionResult {
  /** The tenant in whose store it is. */
  idTag: string;
  action: ActionSummary;
  /** Its deliveries. Times are unix milliseconds. */
  deliveries: Pick<Delivery, 'to' | 'state' | 'attempts' | 'nextAt' | 'error'>[];
}

/**
 * Reads a stored action by its ID or the beginning of its ID.
 * @throws CloudilloError `store.no-action`, `usage.action-id` (ambiguous, or no ID), `store.damaged`,
 * `home.identity-missing`
 */
export async function showAction(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  input: { as?: string | undefined; actionId: string; tokens?: boolean | undefined },
): Promise<ShowActionResult> {
  const { idTag } = await actingTenant(identities, input.as);
  const { actionId } = await findAction(store, idTag, input.actionId);
  const action = await store.action(idTag, actionId);
  if (!action) throw erased(actionId);
  const deliveries = store
    .deliveries({ tenant: idTag, actionId })
    .map(({ to, state, attempts, nextAt, error }) => ({ to, state, attempts, nextAt, error }));
  return { idTag, action: summarise(action, input.tokens ?? false), deliveries };
}

/** Its ID is known, so that it isn't accepted again. */
function erased(actionId: string): CloudilloError {
  return new CloudilloError('store.no-action', `${actionId} was deleted or has expired, and a compaction dropped it`, {
    stage: 'store',
    hint: 'Only a backup from before the compaction has it',
  });
}
