import { decodeToken } from '../../protocol/token.ts';
import type { JournalEvent } from '../../store/events.ts';
import { type KnownProfile, peerEvent } from '../peer-event.ts';
import { deliveryQueued } from '../store-signal.ts';
import type { Arrival } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { type ArrivalEffect, effectAtArrival } from './status-at-arrival.ts';
import { visibilityAtArrival } from './visibility-at-arrival.ts';

type StoreDeps = Pick<InboxDeps, 'store' | 'policy' | 'clock' | 'signer'>;

/**
 * Stores an accepted action with all that it does, in one journal record: either both survive a crash or neither.
 * @param extra events that belong to it as well (a parked token that is no longer)
 * @throws CloudilloError `store.full`, `store.io`
 */
export async function storeArrival(
  deps: StoreDeps,
  arrival: Arrival,
  profile: KnownProfile | undefined,
  extra: readonly JournalEvent[] = [],
): Promise<void> {
  const effect = await effectAtArrival(deps, arrival);
  const answer = effect.accept ? await acceptance(deps, arrival) : [];
  await deps.store.append([
    ...eventsOf(deps, arrival, effect),
    ...nameEvents(deps, arrival, profile),
    ...answer,
    ...extra,
  ]);
  if (answer.length > 0) deliveryQueued.wake(deps.store);
}

function eventsOf({ store, policy, clock }: StoreDeps, arrival: Arrival, effect: ArrivalEffect): JournalEvent[] {
  const { tenant, actionId, token, claims } = arrival;
  const at = clock();
  const visibility = visibilityAtArrival(store, tenant, claims, policy().defaultVisibility);
  const { status, relation, ends } = effect;
  return [
    { kind: 'action', tenant, actionId, token, direction: 'in', receivedAt: at, status, visibility },
    ...ends.map((ended) => ({ kind: 'status', tenant, actionId: ended, status: 'D', at }) as const),
    ...(relation ? [{ kind: 'relation', tenant, peer: claims.iss, ...relation, at } as const] : []),
  ];
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

/** The CONN:ACC that `connectionMode: accept` answers with, and its delivery. */
async function acceptance({ signer, store, clock }: StoreDeps, { tenant, claims }: Arrival): Promise<JournalEvent[]> {
  const at = clock();
  const ours = store.byKey(tenant, `CONN:${tenant}:${claims.iss}`, tenant);
  // A sender makes its `iat` grow, or the receiver takes it for history.
  const iat = Math.max(Math.floor(at / 1000), ours ? ours.createdAt + 1 : 0);
  const token = await signer.sign(tenant, { t: 'CONN:ACC', aud: claims.iss, iat, v: 'F' });
  const { actionId } = decodeToken(token);
  return [
    { kind: 'action', tenant, actionId, token, direction: 'out', receivedAt: at, status: 'A', visibility: 'F' },
    { kind: 'delivery', tenant, actionId, to: claims.iss, state: 'queued', attempts: 0, nextAt: at, at },
  ];
}
