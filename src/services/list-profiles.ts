import type { Identity } from '../store/identity-document.ts';
import { type Caller, callerAt } from './caller.ts';
import type { Deps } from './deps.ts';
import { type NameCard, nameCard } from './name-card.ts';
import { notForYou, notHere } from './read-errors.ts';

/** A profile with how we stand to it. */
export interface KnownProfileView extends NameCard {
  connected: boolean;
  following: boolean;
  follower: boolean;
}

/**
 * The profiles that this identity has to do with, by idTag, its own among them. For the owner.
 * @throws CloudilloError `permission.denied`
 */
export function listProfiles({ store }: Pick<Deps, 'store'>, own: Identity, caller: Caller): KnownProfileView[] {
  if (!callerAt(caller, null).owner) throw notForYou();
  const peers = new Set(store.relations(own.idTag).map(({ peer }) => peer));
  return [...peers.add(own.idTag)].sort().map((idTag) => profileView(store, own, idTag));
}

/**
 * One of them.
 * @throws CloudilloError `permission.denied`, `read.not-found`
 */
export function readProfile(
  { store }: Pick<Deps, 'store'>,
  own: Identity,
  caller: Caller,
  idTag: string,
): Omit<KnownProfileView, 'type'> {
  if (!callerAt(caller, null).owner) throw notForYou();
  if (idTag !== own.idTag && !store.peer(own.idTag, idTag) && store.relation(own.idTag, idTag).at === 0) {
    throw notHere('Resource not found');
  }
  // The network's server leaves the type out here.
  const { type: _, ...view } = profileView(store, own, idTag);
  return view;
}

function profileView(store: Deps['store'], own: Identity, idTag: string): KnownProfileView {
  const { connected, following, follower } = store.relation(own.idTag, idTag);
  return { ...nameCard(store, own, idTag), connected, following, follower };
}
