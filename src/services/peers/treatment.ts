/** How a tenant treats a peer: blocks and mutes. */
import type { JournalEvent } from '../../store/model/events.ts';
import type { Relation, Treatment } from '../../store/model/rows.ts';
import { tenantAndPeer } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';

/** The new treatment of a peer. Fields that are absent stay as they are. */
export interface SetTreatmentInput {
  as?: string | undefined;
  peer: string;
  blocked?: boolean | undefined;
  muted?: boolean | undefined;
}

/** The treatment after the change. */
export interface TreatmentResult {
  as: string;
  peer: string;
  blocked: boolean;
  muted: boolean;
  /** False when nothing changed. */
  changed: boolean;
  /** The relation that the block ended; null when there was none. */
  ended: { following: boolean; follower: boolean; connected: boolean } | null;
  /** How many queued deliveries to the peer were dropped. */
  dropped: number;
}

/**
 * Blocks or mutes a peer, or ends that. A block also ends the relation on the tenant's side and drops the queued
 * deliveries to the peer, in the same journal record. The peer is not told.
 * @throws CloudilloError `usage.id-tag`, `usage.self`, `home.identity-missing`, `store.full`, `store.io`
 */
export async function setTreatment(
  deps: Pick<Deps, 'store' | 'identities' | 'clock' | 'locks'>,
  { as, peer: given, ...wanted }: SetTreatmentInput,
): Promise<TreatmentResult> {
  const { tenant, peer } = await tenantAndPeer(deps.identities, { as, peer: given }, 'block or mute');
  return withLock(deps, { kind: 'relation', tenant, peer }, (deps) => change(deps, tenant, peer, wanted));
}

async function change(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  tenant: string,
  peer: string,
  wanted: Pick<SetTreatmentInput, 'blocked' | 'muted'>,
): Promise<TreatmentResult> {
  const before = store.treatment(tenant, peer);
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
    { kind: 'treatment', tenant, peer, blocked, muted, at },
    ...(ended ? [{ kind: 'relation', tenant, peer, ...none, at } as const] : []),
    ...dropped,
  ]);
  return { ...result, changed: true, ended, dropped: dropped.length };
}

function endedRelation({ following, follower, connected }: Relation): TreatmentResult['ended'] {
  return following || follower || connected ? { following, follower, connected } : null;
}

/** Drops queued deliveries: nothing is sent to a blocked peer. */
function waitingFor(store: Deps['store'], tenant: string, peer: string, at: number): JournalEvent[] {
  return store
    .deliveries({ tenant, state: 'queued', to: peer })
    .map(({ actionId, to, attempts }) => ({ kind: 'delivery', tenant, actionId, to, state: 'dropped', attempts, at }));
}

/** The letter that the network's clients use: B blocked, M muted; null for neither. */
export function treatmentLetter({ blocked, muted }: Pick<Treatment, 'blocked' | 'muted'>): 'B' | 'M' | null {
  if (blocked) return 'B';
  return muted ? 'M' : null;
}
