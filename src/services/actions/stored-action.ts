/** Reads stored actions by ID. */
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { unknownAction, wrongDecision } from './new-action.ts';

/** Reads a stored action. @throws CloudilloError `store.no-action` */
export function storedAction(store: Pick<Store, 'row'>, tenant: string, actionId: string): ActionRow {
  const row = store.row(tenant, actionId);
  if (!row) throw unknownAction(`${tenant} has no action ${actionId}`);
  return row;
}

/** Reads a peer's action, on which its recipient decides. @throws CloudilloError `store.no-action`, `usage.action` */
export function receivedAction(store: Pick<Store, 'row'>, tenant: string, actionId: string): ActionRow {
  const row = storedAction(store, tenant, actionId);
  if (row.issuer === tenant) {
    const hint = `Take it back with: cloudillo delete ${actionId} --as ${tenant}`;
    throw wrongDecision(`${actionId} is ${tenant}'s own action, so there is nothing to decide`, hint);
  }
  return row;
}
