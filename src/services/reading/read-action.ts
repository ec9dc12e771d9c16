/** Reads one action for the API. */
import type { Identity } from '../../store/identities/identity-document.ts';
import { asGuestIfBlocked } from '../readers/blocked-as-guest.ts';
import { type Caller, callerAt } from '../readers/caller.ts';
import { readershipOf } from '../readers/reader.ts';
import { shownStatus } from '../readers/shown-status.ts';
import type { Deps } from '../runtime/deps.ts';
import { goneError, notForYou, notHere } from '../runtime/read-errors.ts';
import { type ActionView, actionView } from './action-view.ts';

/** The tenant, the action and the caller. */
export interface ReadActionInput {
  own: Identity;
  actionId: string;
  caller: Caller;
}

/**
 * Reads one action with its token (specification: Views).
 * @throws CloudilloError `read.not-found`, `permission.denied`, `read.gone` (deleted by its issuer), `store.damaged`
 */
export async function readAction(
  { store }: Pick<Deps, 'store'>,
  { own, actionId, caller }: ReadActionInput,
): Promise<ActionView> {
  const row = store.row(own.idTag, actionId);
  if (!row) throw notHere('Resource not found');
  const readership = readershipOf(store, own.idTag, caller);
  if (!readership.mayRead(row)) throw notForYou();
  const shown = shownStatus(row, asGuestIfBlocked(store, own.idTag, callerAt(caller, null)));
  if (shown === null) throw goneError('This action was deleted');
  const action = await store.action(own.idTag, actionId);
  if (!action) throw goneError('This action was deleted, or has expired');
  const view = await actionView({ store, own, readership }, action, { withToken: true });
  return { ...view, status: shown };
}
