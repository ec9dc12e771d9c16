import { canRead, type Visibility } from '../protocol/visibility.ts';
import type { Store } from '../store/store-interface.ts';

/**
 * The followers that an action of this visibility is sent to: those who may read it, blocked ones left out (PROTOCOL.md,
 * Broadcast). One that is for the issuer and the audience only goes to no follower.
 */
export function followersWhoMayRead(
  store: Pick<Store, 'relations' | 'standing'>,
  tenant: string,
  visibility: Visibility,
): string[] {
  const action = { issuer: tenant, audience: null, visibility, type: 'POST' };
  return store
    .relations(tenant)
    .filter(({ peer, follower, connected }) =>
      follower ? canRead(action, { idTag: peer, follower, connected, subscriber: false }) : false,
    )
    .map(({ peer }) => peer)
    .filter((peer) => !store.standing(tenant, peer).blocked);
}
