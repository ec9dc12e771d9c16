import type { JournalEvent } from '../../store/model/events.ts';
import type { Relation, Standing } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { bothEnds } from '../runtime/own-identity.ts';

/** How to treat a peer from now on; what isn't given stays as it is. */
export interface SetStandingInput {
  as?: string | undefined;
  peer: string;
  blocked?: boolean | undefined;
  muted?: boolean | undefined;
}

/** How the peer is treated now. */
export interface StandingResult {
  as: string;
  peer: string;
  blocked: boolean;
  muted: boolean;
  /** False: it was so already. */
  changed: boolean;
  /** The relation that a block ended; null when there was none to end. */
  ended: { following: boolean; follower: boolean; connected: boolean } | null;
  /** Deliveries to the peer that were waiting, and won't be made. */
  dropped: number;
}

/**
 * Blocks or mutes a peer, or takes that back. A block ends the relation on our side, and what waits to be delivered to the peer,
 * in the same record of the journal; the peer is told nothing.
 * @throws CloudilloError `usage.id-tag`, `usage.self`, `home.identity-missing`, `store.full`, `store.io`
 */
export async function setStanding(
  deps: Pick<Deps, 'store' | 'identities' | 'clock' | 'locks'>,
  { as, peer: given, ...wanted }: SetStandingInput,
): Promise<StandingResult> {
  const { self: tenant, peer } = await bothEnds(deps.identities, { as, peer: given }, 'block or mute');
  return withLock(deps, { kind: 'relation', tenant, peer }, (deps) => change(deps, tenant, peer, wanted));
}

async function change(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  tenant: string,
  peer: string,
  wanted: Pick<SetStandingInput, 'blocked' | 'muted'>,
): Promise<StandingResult> {
  const before = store.standing(tenant, peer);
  const blocked = wanted.blocked ?? before.blocked;
  const muted = wanted.muted ?? before.muted;
  const result = { as: tenant, peer, blocked, muted };
  if (blocked === before.blocked && muted === before.muted) {
    return { ...result, changed: false, ended: null, dropped: 0 };
  }
  const at = clock.wall();
  const ended = blocked ? endedRelation(store.relation(tenant, peer)) : null;
  const dropped = blocked ? waitingFor(store, tenant, peer, at) : [];
  const none = { following: false, follower: false, connected: false };
  await store.append([
    { kind: 'standing', tenant, peer, blocked, muted, at },
    ...(ended ? [{ kind: 'relation', tenant, peer, ...none, at } as const] : []),
    ...dropped,
  ]);
  return { ...result, changed: true, ended, dropped: dropped.length };
}

function endedRelation({ following, follower, connected }: Relation): StandingResult['ended'] {
  return following || follower || connected ? { following, follower, connected } : null;
}

/** Nothing is sent to a blocked peer, so neither is what was queued before. */
function waitingFor(store: Deps['store'], tenant: string, peer: string, at: number): JournalEvent[] {
  return store
    .deliveries({ tenant, state: 'queued', to: peer })
    .map(({ actionId, to, attempts }) => ({ kind: 'delivery', tenant, actionId, to, state: 'dropped', attempts, at }));
}

/** The letter by which the network's clients know it; null: nothing was said of the peer. */
export function standingLetter({ blocked, muted }: Pick<Standing, 'blocked' | 'muted'>): 'B' | 'M' | null {
  if (blocked) return 'B';
  return muted ? 'M' : null;
}
