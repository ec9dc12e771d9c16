/** A second signature over stored claims is another ID of the same action (specification: Duplicates). */
import type { ActionClaims, DecodedToken } from '../../protocol/token.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import { MAX_ALIASES } from '../../store/model/max-aliases.ts';
import type { Deps } from '../runtime/deps.ts';
import { isDeletedAlready } from './arrival-effect.ts';

type AliasStore = Pick<Deps['store'], 'row' | 'rows' | 'aliases'>;

/**
 * The events for a verified token with the claims of a stored action and another signature. Its ID leads to the action from then on. A
 * `:DEL` that names this ID deletes the action. Beyond the limit of IDs there are no events. The caller holds the lock of the relation to the issuer.
 */
export function aliasEvents(
  store: AliasStore,
  tenant: string,
  { actionId, token, claims }: DecodedToken,
  known: string,
  at: number,
): JournalEvent[] {
  if (store.row(tenant, actionId) !== null || store.aliases(tenant, known) >= MAX_ALIASES) return [];
  const alias = { kind: 'alias', tenant, actionId, token, at } as const;
  const isDeleted = isDeletedAlready(store, tenant, actionId, claims as ActionClaims);
  return isDeleted ? [alias, { kind: 'status', tenant, actionId: known, status: 'D', at }] : [alias];
}
