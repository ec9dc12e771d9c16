import type { Deps } from './deps.ts';
import { ownIdentity } from './own-identity.ts';

/** How an identity of this home and a peer stand to each other. */
export interface RelationView {
  peer: string;
  /** As last seen; null when the peer's profile never was. */
  name: string | null;
  type: 'person' | 'community' | null;
  /** The identity follows the peer. */
  following: boolean;
  /** The peer follows the identity. */
  follower: boolean;
  connected: boolean;
  /** ISO 8601: the last change. */
  changedAt: string;
}

/** Which relations; several conditions: any of them. */
export interface ListRelationsInput {
  as?: string | undefined;
  following?: boolean | undefined;
  followers?: boolean | undefined;
  connected?: boolean | undefined;
}

/** The relations of one identity, by the peers' names. Those that ended on both sides are left out. */
export async function listRelations(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  input: ListRelationsInput,
): Promise<{ idTag: string; relations: RelationView[] }> {
  const { idTag } = await ownIdentity(identities, input.as);
  const all = !input.following && !input.followers && !input.connected;
  const relations = store
    .relations(idTag)
    .filter(
      ({ following, follower, connected }) =>
        ((all || input.following) && following) ||
        ((all || input.followers) && follower) ||
        ((all || input.connected) && connected),
    )
    .map(({ peer, following, follower, connected, at }) => {
      const known = store.peer(idTag, peer);
      const named = { name: known?.name || null, type: known?.type ?? null };
      return { peer, ...named, following, follower, connected, changedAt: new Date(at).toISOString() };
    })
    .sort((a, b) => (a.peer < b.peer ? -1 : 1));
  return { idTag, relations };
}
