/** Lists the profiles that a tenant knows. */
import { isDomainPattern } from '../../protocol/domain-pattern.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import { type IdentityView, identityView } from '../peers/identity-view.ts';
import { openRequests } from '../peers/open-requests.ts';
import { treatmentLetter } from '../peers/treatment.ts';
import { type Caller, callerAt } from '../readers/caller.ts';
import type { Deps } from '../runtime/deps.ts';
import { notForYou } from '../runtime/read-errors.ts';

/** A profile with its relation to the tenant and the tenant's treatment of it. */
export interface KnownProfileView extends IdentityView {
  /** B blocked, M muted; absent for neither. */
  status?: 'B' | 'M';
  /** `R`: the tenant's CONN is unanswered. */
  connected: boolean | 'R';
  following: boolean;
  follower: boolean;
}

/** Filters. A profile is listed when it meets all conditions that are given. */
export interface ProfileFilter {
  idTag?: string | undefined;
  type?: 'person' | 'community' | undefined;
  /** Any of these; `A`: neither blocked nor muted. */
  statuses?: readonly string[] | undefined;
  connected?: boolean | 'R' | undefined;
  following?: boolean | undefined;
  follower?: boolean | undefined;
  /** The owner set how far it trusts the profile. That can't be set here, so it holds for none. */
  trusted?: boolean | undefined;
  /** A part of the idTag or the name; case is ignored. */
  q?: string | undefined;
}

/**
 * Lists the known profiles of a tenant by idTag, its own included. For the owner alone.
 * @throws CloudilloError `permission.denied`, `usage.id-tag`
 */
export function listProfiles(
  { store }: Pick<Deps, 'store'>,
  own: Identity,
  caller: Caller,
  filter: ProfileFilter = {},
): KnownProfileView[] {
  if (!callerAt(caller, null).owner) throw notForYou();
  const wanted = filter.idTag === undefined ? null : parseIdTag(filter.idTag);
  const peers =
    wanted === null ? knownTo(store, own.idTag) : [wanted].filter((peer) => isListed(store, own.idTag, peer));
  return [...peers]
    .sort()
    .map((idTag) => profileView(store, own, idTag))
    .filter((view) => matches(view, filter));
}

/** Peers that ever had a relation to the tenant, or that it blocks or mutes. */
function knownTo(store: Deps['store'], tenant: string): Set<string> {
  const related = store.relations(tenant).map(({ peer }) => peer);
  const judged = store
    .treatments(tenant)
    .filter(({ peer, blocked, muted }) => (blocked || muted) && !isDomainPattern(peer));
  return new Set([tenant, ...related, ...judged.map(({ peer }) => peer)]);
}

/** Whether the peer is one of {@link knownTo}. */
function isListed(store: Deps['store'], tenant: string, peer: string): boolean {
  const { blocked, muted } = store.treatment(tenant, peer);
  return peer === tenant || blocked || muted || store.relation(tenant, peer).at !== 0;
}

/**
 * Reads one profile. For the owner alone.
 * @returns null when nothing is known of it, as on the network
 * @throws CloudilloError `permission.denied`
 */
export function readProfile(
  { store }: Pick<Deps, 'store'>,
  own: Identity,
  caller: Caller,
  idTag: string,
): (Omit<KnownProfileView, 'type'> & { type?: 'community' }) | null {
  if (!callerAt(caller, null).owner) throw notForYou();
  if (idTag !== own.idTag && !isKnown(store, own.idTag, idTag)) return null;
  // The network's server names no other type here.
  const { type, ...view } = profileView(store, own, idTag);
  return type === 'community' ? { ...view, type } : view;
}

function isKnown(store: Deps['store'], tenant: string, idTag: string): boolean {
  if (store.peer(tenant, idTag)) return true;
  return store.relation(tenant, idTag).at !== 0 || store.treatment(tenant, idTag).at !== 0;
}

function profileView(store: Deps['store'], own: Identity, idTag: string): KnownProfileView {
  const { connected, following, follower } = store.relation(own.idTag, idTag);
  const status = treatmentLetter(store.treatment(own.idTag, idTag));
  const waits = openRequests(store, own.idTag, idTag).requested;
  return {
    ...identityView(store, own, idTag),
    ...(status && { status }),
    connected: waits ? 'R' : connected,
    following,
    follower,
  };
}

function matches(view: KnownProfileView, filter: ProfileFilter): boolean {
  const { type, statuses, connected, following, follower, trusted, q } = filter;
  return (
    trusted !== true &&
    (type === undefined || view.type === type) &&
    (statuses === undefined || statuses.includes(view.status ?? 'A')) &&
    (connected === undefined || view.connected === connected) &&
    (following === undefined || view.following === following) &&
    (follower === undefined || view.follower === follower) &&
    (q === undefined || [view.idTag, view.name].some((text) => text.toLowerCase().includes(q.toLowerCase())))
  );
}
