/** The view of an identity in answers. */
import type { Identity } from '../../store/identities/identity-document.ts';
import type { Store } from '../../store/model/store-interface.ts';

/** An identity as views of actions show it. */
export interface IdentityView {
  idTag: string;
  /** Empty when no profile of the peer is known. */
  name: string;
  profilePic?: string;
  type: 'person' | 'community';
}

/** The view of an identity: the tenant's own data, or a peer's profile as last seen. */
export function identityView(
  store: Pick<Store, 'peer'>,
  own: Pick<Identity, 'idTag' | 'name' | 'type' | 'profilePic'>,
  idTag: string,
): IdentityView {
  const known = idTag === own.idTag ? own : store.peer(own.idTag, idTag);
  const profilePic = known?.profilePic ?? undefined;
  return {
    idTag,
    name: known?.name ?? '',
    ...(profilePic !== undefined && { profilePic }),
    type: known?.type ?? 'person',
  };
}
