import type { Identity } from '../../store/identities/identity-document.ts';
import type { Store } from '../../store/model/store-interface.ts';

/** How an identity is shown in views. */
export interface IdentityView {
  idTag: string;
  /** Empty when the peer's profile was never seen. */
  name: string;
  profilePic?: string;
  type: 'person' | 'community';
}

/** The own identity as it is, peers as last seen. */
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
