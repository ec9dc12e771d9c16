import type { Visibility } from '../../protocol/visibility.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import { isSubscribable } from '../conversations/conversation.ts';
import { type KnownProfile, peerEvent } from '../peers/peer-event.ts';
import { answersTo } from './answers.ts';
import type { Arrival } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { type ArrivalEffect, effectAtArrival } from './status-at-arrival.ts';
import { visibilityAtArrival } from './visibility-at-arrival.ts';

type StoreDeps = Pick<InboxDeps, 'store' | 'policy' | 'clock' | 'signer' | 'log' | 'live' | 'deliveryQueued'>;

/**
 * Stores an accepted action with all that it does and all that we answer, in one journal record: either all of it survives a
 * crash or nothing. Then tells who watches.
 * @param extra events that belong to it as well (a parked token that is no longer)
 * @throws CloudilloError `store.full`, `store.io`; what the signer throws when there is something to answer
 */
export async function storeArrival(
  deps: StoreDeps,
  arrival: Arrival,
  profile: KnownProfile | undefined,
  extra: readonly JournalEvent[] = [],
): Promise<void> {
  const { store, clock } = deps;
  const { tenant, actionId, token, claims, decoded } = arrival;
  const at = clock();
  const visibility = visibilityOf(deps, arrival);
  const wanted = await effectAtArrival(deps, arrival);
  const answers = await answersTo(deps, arrival, wanted, visibility);
  // Connected only if we could say so: else it waits for the owner, as in mode `ask`.
  const asked = wanted.accept && answers.length === 0;
  const { status, relation, ends }: ArrivalEffect = asked ? { status: 'C', ends: [] } : wanted;
  const events: JournalEvent[] = [
    { kind: 'action', tenant, actionId, token, direction: 'in', receivedAt: at, status, visibility, decoded },
    ...ends.map((ended) => ({ kind: 'status', tenant, actionId: ended, status: 'D', at }) as const),
    ...(relation ? [{ kind: 'relation', tenant, peer: claims.iss, ...relation, at } as const] : []),
    ...nameEvents(deps, arrival, profile),
    ...answers,
    ...extra,
  ];
  await store.append(events);
  deps.live.announceEvents(events);
  if (answers.length > 0) deps.deliveryQueued.wake();
}

/** What a conversation relays is for its subscribers, whatever letter the relay carries (the network signs `F`). */
function visibilityOf({ store, policy }: StoreDeps, { tenant, type, claims }: Arrival): Visibility {
  const conversation = type === 'APRV' && claims.p !== undefined ? store.row(tenant, claims.p) : null;
  if (conversation && isSubscribable(conversation)) return 'S';
  return visibilityAtArrival(store, tenant, claims, policy().defaultVisibility);
}

/** Keeps what the issuer calls itself, for views, when that is new. */
function nameEvents(
  { store, clock }: StoreDeps,
  { tenant, claims }: Arrival,
  profile: KnownProfile | undefined,
): JournalEvent[] {
  if (!profile || profile.idTag !== claims.iss || claims.iss === tenant) return [];
  const seen = peerEvent(tenant, profile, clock());
  const known = store.peer(tenant, seen.idTag);
  const same = known?.name === seen.name && known.type === seen.type && known.profilePic === (seen.profilePic ?? null);
  return same ? [] : [seen];
}
