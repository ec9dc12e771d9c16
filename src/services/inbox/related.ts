/** Receives the related tokens of an accepted action. */
import { splitType } from '../../protocol/action-types.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import { decodeToken } from '../../protocol/token.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { CARRIERS, mayCarry } from '../conversations/endorsement.ts';
import { denied } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { takeIn } from './take-in.ts';

/**
 * Receives the related tokens that the action names, after their own verification. Their outcome doesn't change the answer to the
 * action.
 */
export async function receiveRelated(
  deps: InboxDeps,
  tenant: string,
  mainId: string,
  related: readonly string[],
): Promise<void> {
  const main = related.length > 0 ? deps.store.row(tenant, mainId) : null;
  if (!main || main.status === 'D' || !CARRIERS.includes(main.type)) return;
  if (deps.store.treatment(tenant, main.issuer).blocked) return;
  for (const token of related) {
    try {
      await receiveOne(deps, tenant, main, token);
    } catch (error) {
      if (!(error instanceof CloudilloError) || isCodeOf(error.code, 'store')) throw error;
      deps.log('info', 'related token refused', { tenant, mainId, error: errorToObject(error) });
    }
  }
}

async function receiveOne(deps: InboxDeps, tenant: string, main: ActionRow, token: string): Promise<void> {
  const decoded = decodeToken(token);
  if (decoded.actionId !== main.subject || deps.store.row(tenant, decoded.actionId) !== null) return;
  const { type } = splitType(String(decoded.claims.t));
  if (!mayCarry(deps.store, tenant, main, type)) throw denied(`${main.type} brings no ${type} along`, 'approval');
  await takeIn(deps, { tenant, token, origin: 'related', decoded });
}
