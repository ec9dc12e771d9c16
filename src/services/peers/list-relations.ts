import type { Deps } from '../runtime/deps.ts';
import { ownIdentity } from '../runtime/own-identity.ts';

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
  blocked: boolean;
  muted: boolean;
  /** ISO 8601: the last change. */
  changedAt: string;
}

/** Which relations; several conditions: any of them. */
export interface ListRelationsInput {
  as?: string | undefined;
  following?: boolean | undefined;
  followers?: boolean | undefined;
  connected?: boolean | undefined;
  blocked?: boolean | undefined;
  muted?: boolean | undefined;
}

/** The relations of one identity, and whom it blocks or mutes, by the peers' names. What ended on both sides is left out. */
export async function listRelations(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  input: ListRelationsInput,
): Promise<{ idTag: string; relations: RelationView[] }> {
  const { idTag } = await ownIdentity(identities, input.as);
  const peers = new Set([...store.relations(idTag), ...store.standings(idTag)].map(({ peer }) => peer));
  const relations = [...peers]
    .map((peer) => relationView(store, idTag, peer))
    .filter((relation) => isWanted(relation, input))
    .sort((a, b) => (a.peer < b.peer ? -1 : 1));
  return { idTag, relations };
}

function relationView(store: Deps['store'], tenant: string, peer: string): RelationView {
  const known = store.peer(tenant, peer);
  const { following, follower, connected, at } = store.relation(tenant, peer);
  const { blocked, muted, at: judgedAt } = store.standing(tenant, peer);
  const named = { peer, name: known?.name || null, type: known?.type ?? null };
  const changedAt = new Date(Math.max(at, judgedAt)).toISOString();
  return { ...named, following, follower, connected, blocked, muted, changedAt };
}

function isWanted(relation: RelationView, input: ListRelationsInput): boolean {
  const { following, follower, connected, blocked, muted } = relation;
  const asked = [input.following, input.followers, input.connected, input.blocked, input.muted];
  const has = [following, follower, connected, blocked, muted];
  const all = asked.every((each) => !each);
  return has.some((each, index) => each && (all || asked[index]));
}
