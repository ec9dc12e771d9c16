/** The followers that an action is sent to. */
import { canRead, type Visibility } from '../../protocol/visibility.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { isUnreachable } from '../peers/reachability.ts';

/**
 * The followers that an action of this visibility is sent to: those who may read it, except blocked and unreachable
 * ones (specification: Broadcast; Delivery). An action for its issuer and audience only goes to no follower.
 * @param now unix milliseconds
 */
export function followersWhoMayRead(
  store: Pick<Store, 'currentRelations' | 'treatment' | 'openCircuit'>,
  tenant: string,
  visibility: Visibility,
  now: number,
): string[] {
  const action = { issuer: tenant, audience: null, visibility, type: 'POST' };
  return Array.from(store.currentRelations(tenant))
    .filter(({ peer, follower, connected }) =>
      follower ? canRead(action, { idTag: peer, follower, connected, subscriber: false }) : false,
    )
    .map(({ peer }) => peer)
    .filter((peer) => !store.treatment(tenant, peer).blocked && !isUnreachable(store, tenant, peer, now));
}
