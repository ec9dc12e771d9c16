/** Receives the related tokens of an accepted action. */
import { splitType } from '../../protocol/action-types.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { type DecodedToken, decodeToken } from '../../protocol/token.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { CARRIERS, mayCarry } from '../conversations/endorsement.ts';
import { type ArrivedToken, denied } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { noteArrival } from './note-arrival.ts';
import { takeIn } from './take-in.ts';

/**
 * Receives the related tokens that the action names, after their own verification. Their outcome doesn't change the answer to the
 * action.
 * @param request what brought them
 */
export async function receiveRelated(
  deps: InboxDeps,
  tenant: string,
  mainId: string,
  related: readonly string[],
  request?: ArrivedToken['request'],
): Promise<void> {
  const main = related.length > 0 ? deps.store.row(tenant, mainId) : null;
  if (!main || main.status === 'D' || !CARRIERS.includes(main.type)) return;
  if (deps.store.treatment(tenant, main.issuer).blocked) return;
  for (const token of related) {
    try {
      await receiveOne(deps, main, { tenant, token, origin: 'related', ...(request && { request }) });
    } catch (error) {
      if (!(error instanceof CloudilloError) || isCodeOf(error.code, 'store')) throw error;
    }
  }
}

async function receiveOne(deps: InboxDeps, main: ActionRow, arrived: ArrivedToken): Promise<void> {
  const { tenant } = arrived;
  const began = performance.now();
  let decoded: DecodedToken | undefined;
  try {
    decoded = decodeToken(arrived.token);
    if (decoded.actionId !== main.subject || deps.store.row(tenant, decoded.actionId) !== null) return;
    const { type } = splitType(String(decoded.claims.t));
    if (!mayCarry(deps.store, tenant, main, type)) throw denied(`${main.type} brings no ${type} along`, 'approval');
  } catch (error) {
    noteArrival(deps, arrived, { stages: [], ...(decoded && { decoded }) }, { error }, began);
    throw error;
  }
  await takeIn(deps, { ...arrived, decoded });
}
