/** Lists the relations of a tenant. */
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { isUndelivered } from './undelivered.ts';

/** The relation and the treatment between a tenant and a peer. */
export interface RelationView {
  peer: string;
  /** From the profile as last seen; null when none is known. */
  name: string | null;
  type: 'person' | 'community' | null;
  /** The tenant follows the peer. */
  following: boolean;
  /** The peer follows the tenant. */
  follower: boolean;
  connected: boolean;
  /** What says so waits to be delivered: the peer doesn't know yet. */
  undelivered: boolean;
  blocked: boolean;
  muted: boolean;
  /** The last change of the relation or the treatment, ISO 8601. */
  changedAt: string;
}

/**
 * Selects relations. A relation is listed when it meets any of the conditions that are set; all are listed when none is
 * set.
 */
export interface ListRelationsInput {
  as?: string | undefined;
  following?: boolean | undefined;
  followers?: boolean | undefined;
  connected?: boolean | undefined;
  blocked?: boolean | undefined;
  muted?: boolean | undefined;
}

/**
 * Lists the relations of a tenant and the peers that it blocks or mutes, sorted by idTag. Relations that ended on both
 * sides are left out.
 * @throws CloudilloError `home.identity-missing`, `usage.id-tag`
 */
export async function listRelations(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  input: ListRelationsInput,
): Promise<{ idTag: string; relations: RelationView[] }> {
  const { idTag } = await actingTenant(identities, input.as);
  const peers = new Set([...store.relations(idTag), ...store.treatments(idTag)].map(({ peer }) => peer));
  const relations = [...peers]
    .map((peer) => relationView(store, idTag, peer))
    .filter((relation) => isWanted(relation, input))
    .sort((a, b) => (a.peer < b.peer ? -1 : 1));
  return { idTag, relations };
}

function relationView(store: Deps['store'], tenant: string, peer: string): RelationView {
  const known = store.peer(tenant, peer);
  const { following, follower, connected, at } = store.relation(tenant, peer);
  const { blocked, muted, at: treatedAt } = store.treatment(tenant, peer);
  const named = { peer, name: known?.name || null, type: known?.type ?? null };
  const changedAt = new Date(Math.max(at, treatedAt)).toISOString();
  const undelivered = isUndelivered(store, tenant, peer);
  return { ...named, following, follower, connected, undelivered, blocked, muted, changedAt };
}

function isWanted(relation: RelationView, input: ListRelationsInput): boolean {
  const { following, follower, connected, blocked, muted } = relation;
  const asked = [input.following, input.followers, input.connected, input.blocked, input.muted];
  const has = [following, follower, connected, blocked, muted];
  const all = asked.every((each) => !each);
  return has.some((each, index) => each && (all || asked[index]));
}
