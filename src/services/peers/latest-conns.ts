/** The latest CONNs between a tenant and a peer. */
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { awaitsAnswer } from './relation-effects.ts';

/** The latest CONN, CONN:ACC or CONN:DEL of the tenant and of the peer, as stored here; null where there is none. */
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
 * Whether a CONN of the peer is unanswered. A CONN that the tenant dismissed counts: the peer was not told, so a CONN of the
 * tenant makes two crossing requests.
 */
export function isOpenRequest(store: Pick<Store, 'byKey' | 'relation'>, tenant: string, peer: string): boolean {
  const { ours, theirs } = latestConns(store, tenant, peer);
  return awaitsAnswer({ relation: store.relation(tenant, peer), ours: theirs, theirs: ours });
}
