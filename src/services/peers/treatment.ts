/** How a tenant treats a peer: blocks and mutes. */
import { isDomainPattern, isInDomain, parseIdTagOrDomain } from '../../protocol/domain-pattern.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { Relation, Treatment } from '../../store/model/rows.ts';
import { actingTenant, tenantAndPeer } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';

/** The new treatment of a peer. Fields that are absent stay as they are. */
export interface SetTreatmentInput {
  as?: string | undefined;
  /** An idTag, or to block a domain: `*.bad.example`. */
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

type TreatmentDeps = Pick<Deps, 'store' | 'identities' | 'clock' | 'locks'>;

/**
 * Blocks or mutes a peer, or ends that. A block also ends the relation on the tenant's side and drops the queued
 * deliveries to the peer, in the same journal record. The peer is not told. A block of a domain (`*.bad.example`) holds for the
 * domain and everything below it.
 * @throws CloudilloError `usage.id-tag`, `usage.self`, `home.identity-missing`, `store.full`, `store.io`; `check.state` when the
 *   block of a domain is why a peer is blocked
 */
export async function setTreatment(
  deps: TreatmentDeps,
  { as, peer: given, ...wanted }: SetTreatmentInput,
): Promise<TreatmentResult> {
  if (isDomainPattern(given) && wanted.muted === undefined) return treatDomain(deps, as, given, wanted);
  const { tenant, peer } = await tenantAndPeer(deps.identities, { as, peer: given }, 'block or mute');
  return withLock(deps, { kind: 'relation', tenant, peer }, (deps) => change(deps, tenant, peer, wanted));
}

async function change(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  tenant: string,
  peer: string,
  wanted: Pick<SetTreatmentInput, 'blocked' | 'muted'>,
): Promise<TreatmentResult> {
  const { by, ...before } = store.treatment(tenant, peer);
  if (by !== undefined && wanted.blocked === false) throw blockedByDomain(peer, by);
  const own = by === undefined && before.blocked;
  const blocked = wanted.blocked ?? own;
  const muted = wanted.muted ?? before.muted;
  const result = { as: tenant, peer, blocked: before.blocked, muted };
  if ((blocked || by !== undefined) === before.blocked && muted === before.muted) {
    return { ...result, changed: false, ended: null, dropped: 0 };
  }
  const at = clock.wall();
  const { ended, events, dropped } = blocked ? endOf(store, tenant, peer, at) : { ended: null, events: [], dropped: 0 };
  await store.append([{ kind: 'treatment', tenant, peer, blocked, muted, at }, ...events]);
  return { ...result, blocked: store.treatment(tenant, peer).blocked, changed: true, ended, dropped };
}

/** Everything that a block ends: the relation, and what waits to be sent. */
function endOf(store: Deps['store'], tenant: string, peer: string, at: number) {
  const ended = endedRelation(store.relation(tenant, peer));
  const dropped = waitingFor(store, tenant, peer, at);
  const none = { following: false, follower: false, connected: false };
  const events: JournalEvent[] = [
    ...(ended ? [{ kind: 'relation', tenant, peer, ...none, at } as const] : []),
    ...dropped,
  ];
  return { ended, events, dropped: dropped.length };
}

/** Blocks a domain, then ends what there is with each peer in it. From the block on nothing new comes from them. */
async function treatDomain(
  deps: TreatmentDeps,
  as: string | undefined,
  given: string,
  { blocked = false }: Pick<SetTreatmentInput, 'blocked'>,
): Promise<TreatmentResult> {
  const { idTag: tenant } = await actingTenant(deps.identities, as);
  const peer = parseIdTagOrDomain(given);
  if (blocked && isInDomain(tenant, peer)) {
    throw new CloudilloError('usage.self', `${tenant} itself is in ${peer}`, {
      stage: 'input',
      hint: 'Block the other identities of the domain one by one',
    });
  }
  const result = { as: tenant, peer, blocked, muted: false, ended: null };
  const { store } = deps;
  const at = deps.clock.wall();
  const changed = await withLock(deps, { kind: 'relation', tenant, peer }, async ({ store }) => {
    if (store.treatment(tenant, peer).blocked === blocked) return false;
    await store.append([{ kind: 'treatment', tenant, peer, blocked, muted: false, at }]);
    return true;
  });
  if (!changed || !blocked) return { ...result, changed, dropped: 0 };
  let dropped = 0;
  for (const each of peersIn(store, tenant, peer)) {
    dropped += await withLock(deps, { kind: 'relation', tenant, peer: each }, async ({ store, clock }) => {
      const { events, dropped } = endOf(store, tenant, each, clock.wall());
      if (events.length > 0) await store.append(events);
      return dropped;
    });
  }
  return { ...result, changed, dropped };
}

/** The peers of a domain with a relation to the tenant, or for whom something waits. */
function peersIn(store: Deps['store'], tenant: string, domain: string): Set<string> {
  const peers = new Set<string>();
  for (const { peer } of store.currentRelations(tenant)) if (isInDomain(peer, domain)) peers.add(peer);
  for (const { to } of store.deliveryRows({ tenant, state: 'queued' })) if (isInDomain(to, domain)) peers.add(to);
  return peers;
}

function blockedByDomain(peer: string, by: string): CloudilloError {
  return new CloudilloError('check.state', `${peer} is blocked because ${by} is`, {
    stage: 'input',
    hint: `End the block of the domain: cloudillo unblock '${by}'`,
  });
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
