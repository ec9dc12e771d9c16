import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { awaitsAnswer } from './relation-effects.ts';

/** The current CONN (or :ACC, :DEL) of each side, as this store has it. */
export function latestConns(
  store: Pick<Store, 'byKey'>,
  tenant: string,
  peer: string,
): { ours: ActionRow | null; theirs: ActionRow | null } {
  return {
    ours: store.byKey(tenant, `CONN:${tenant}:${peer}`, tenant),
    theirs: store.byKey(tenant, `CONN:${peer}:${tenant}`, peer),
  };
}

/**
 * Does a CONN of the peer's wait for an answer? One that was turned down here without a word does, for the peer: ours in return
 * makes it one of two crossing requests.
 */
export function isOpenRequest(store: Pick<Store, 'byKey' | 'relation'>, tenant: string, peer: string): boolean {
  const { ours, theirs } = latestConns(store, tenant, peer);
  return awaitsAnswer({ relation: store.relation(tenant, peer), ours: theirs, theirs: ours });
}
