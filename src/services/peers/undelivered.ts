/** Relations that the peer does not know of yet. */
import type { Store } from '../../store/model/store-interface.ts';

/**
 * Whether the tenant's action that made the relation is still queued. The peer doesn't know of the relation then.
 * @returns false when there is no such relation
 */
export function isUndelivered(
  store: Pick<Store, 'relation' | 'byKey' | 'deliveries'>,
  tenant: string,
  peer: string,
): boolean {
  const { following, connected } = store.relation(tenant, peer);
  if (!following && !connected) return false;
  const own = store.byKey(tenant, `${connected ? 'CONN' : 'FLLW'}:${tenant}:${peer}`, tenant);
  if (own === null || own.subtype === 'DEL') return false;
  const waiting = { tenant, actionId: own.actionId, to: peer, state: 'queued', limit: 1 } as const;
  return store.deliveries(waiting).length > 0;
}
