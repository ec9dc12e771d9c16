import type { Store } from '../../store/model/store-interface.ts';

/**
 * Does the action of the tenant that a relation rests on still wait to be delivered? Then the peer knows nothing of the relation.
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
