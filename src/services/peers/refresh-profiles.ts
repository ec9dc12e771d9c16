/** Refreshes the profiles of related peers once a day. */
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isLocalFailure } from '../../federation/http/network-failure.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { errorToObject } from '../../protocol/errors.ts';
import type { PeerRow } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { type KnownProfile, peerEvent } from './peer-event.ts';

/** What the refresh needs. */
export type RefreshDeps = Pick<
  Deps,
  'store' | 'identities' | 'profiles' | 'keyCache' | 'clock' | 'log' | 'peerChanged'
>;

/** What a round leaves for the next. It is kept in memory only: losing it costs some requests. */
export interface RefreshState {
  /** When each peer was asked last, by the monotonic clock. The key cache may have dropped its entry. */
  readonly asked: Map<string, number>;
  /** Consecutive failures of each peer, and until when it is not asked (monotonic clock, milliseconds). */
  readonly failures: Map<string, { count: number; until: number }>;
}

/** The result of a round. */
export interface RefreshRound {
  asked: number;
  failed: number;
  /** When the next peer is due, by the monotonic clock; infinite when there is none. */
  nextAt: number;
}

/** The limits of a round. */
export interface RefreshOptions {
  /** Requests at the same time. Default 4. */
  concurrency?: number;
  /** The most peers of a round; the others stay due. Default 256. */
  limit?: number;
  signal?: AbortSignal;
}

const HOUR = 3_600_000;
/** The age at which a profile is refreshed. The key resolver refreshes older ones by itself. */
const INTERVAL = 24 * HOUR;
/** A profile is refreshed up to this much earlier, so that peers met at the same time spread out. */
const JITTER = 2 * HOUR;
/** The pause after the first failure. It doubles with each further one. */
const BACKOFF = HOUR / 4;

/** Peers that are examined before the event loop gets a turn. */
const YIELD_EVERY = 500;

/** Makes the state before the first round. */
export function createRefreshState(): RefreshState {
  return { asked: new Map(), failures: new Map() };
}

/**
 * Refreshes the profiles of peers that have a relation with a tenant, where they are due, oldest first. A peer's
 * failure is logged and never rejects.
 * @throws CloudilloError `store.*`
 */
export async function refreshDue(
  deps: RefreshDeps,
  state: RefreshState,
  { concurrency = 4, limit = 256, signal }: RefreshOptions = {},
): Promise<RefreshRound> {
  const peers = await relatedPeers(deps);
  const { due, nextAt } = await planRound(deps, state, peers);
  const chosen = due.slice(0, limit);
  const run = pLimit(concurrency);
  const results = await Promise.all(
    chosen.map(({ peer }) =>
      run(async () => (signal?.aborted ? null : refreshOne(deps, state, peer, peers.get(peer) ?? []))),
    ),
  );
  const later = [...chosen.map(({ peer }) => dueAt(deps, state, peer).at), ...due.slice(limit).map(({ at }) => at)];
  return {
    asked: results.filter((good) => good !== null).length,
    failed: results.filter((good) => good === false).length,
    nextAt: later.reduce((least, at) => Math.min(least, at), nextAt),
  };
}

/**
 * Finds the due peers, oldest first, and when the first of the others is due. It yields now and then: there may be
 * many.
 */
async function planRound(
  deps: RefreshDeps,
  state: RefreshState,
  peers: ReadonlyMap<string, string[]>,
): Promise<{ due: { peer: string; age: number; at: number }[]; nextAt: number }> {
  const now = deps.clock.monotonic();
  const due: { peer: string; age: number; at: number }[] = [];
  let nextAt = Number.POSITIVE_INFINITY;
  let examined = 0;
  for (const [peer, tenants] of peers) {
    const { age, at } = dueAt(deps, state, peer);
    await nameUnnamed(deps, peer, tenants);
    if (at <= now) due.push({ peer, age, at });
    else nextAt = Math.min(nextAt, at);
    examined += 1;
    if (examined % YIELD_EVERY === 0) await setImmediate();
  }
  due.sort((a, b) => b.age - a.age || (a.peer < b.peer ? -1 : 1));
  return { due, nextAt };
}

/**
 * Stores a peer's profile for each of these tenants where it changed.
 * @returns whether anything was stored
 * @throws CloudilloError `store.*`
 */
export async function keepName(
  { store, clock, peerChanged }: Pick<Deps, 'store' | 'clock' | 'peerChanged'>,
  profile: KnownProfile,
  tenants: readonly string[],
): Promise<boolean> {
  const events = tenants
    .map((tenant) => peerEvent(tenant, profile, clock.wall()))
    .filter((event) => !isSame(store.peer(event.tenant, event.idTag), event));
  if (events.length === 0) return false;
  await store.append(events);
  peerChanged.wake();
  return true;
}

/** Gives tenants that know no profile of a peer the cached one: it may have come before the relation, and is fresh for a day. */
async function nameUnnamed(deps: RefreshDeps, peer: string, tenants: readonly string[]): Promise<void> {
  const unnamed = tenants.filter((tenant) => deps.store.peer(tenant, peer) === null);
  const cached = unnamed.length > 0 ? deps.keyCache.get(peer) : undefined;
  if (cached) await keepName(deps, cached, unnamed);
}

/** Peers with a relation, and their tenants. It yields now and then. Blocked peers are left out: no request goes to them. */
async function relatedPeers({ store, identities }: RefreshDeps): Promise<Map<string, string[]>> {
  const peers = new Map<string, string[]>();
  let examined = 0;
  for (const { idTag: tenant } of await identities.list()) {
    for (const { peer } of store.currentRelations(tenant)) {
      examined += 1;
      if (examined % YIELD_EVERY === 0) await setImmediate();
      if (store.treatment(tenant, peer).blocked) continue;
      peers.set(peer, [...(peers.get(peer) ?? []), tenant]);
    }
  }
  return peers;
}

function dueAt({ keyCache, clock }: RefreshDeps, { asked, failures }: RefreshState, peer: string) {
  const now = clock.monotonic();
  const kept = clock.wall() - (keyCache.get(peer)?.fetchedAt ?? Number.NEGATIVE_INFINITY);
  // A fetch time in the future comes from a wrong clock, so the age is unknown.
  const age = Math.min(kept < 0 ? Number.POSITIVE_INFINITY : kept, now - (asked.get(peer) ?? Number.NEGATIVE_INFINITY));
  const at = now - age + INTERVAL - jitterOf(peer);
  return { age, at: Math.max(at, failures.get(peer)?.until ?? at) };
}

/** The jitter of a peer, in milliseconds; derived from its idTag, so that it is the same every day. */
function jitterOf(peer: string): number {
  return hash('sha256', peer, 'buffer').readUInt32BE(0) % JITTER;
}

async function refreshOne(
  deps: RefreshDeps,
  { asked, failures }: RefreshState,
  peer: string,
  tenants: readonly string[],
): Promise<boolean> {
  try {
    const profile = await deps.profiles.refresh(peer);
    failures.delete(peer);
    asked.set(peer, deps.clock.monotonic());
    if (await keepName(deps, profile, tenants)) deps.log('info', `${peer} changed its profile`, { peer });
    return true;
  } catch (error) {
    const { code, message } = errorToObject(error);
    if (isCodeOf(code, 'store')) throw error;
    // What fails on this machine is no failure of the peer: it is asked again after the first pause.
    const ours = isLocalFailure(error);
    const count = (failures.get(peer)?.count ?? 0) + (ours ? 0 : 1);
    const wait = ours ? BACKOFF : Math.min(BACKOFF * 2 ** (count - 1), INTERVAL);
    failures.set(peer, { count, until: deps.clock.monotonic() + wait });
    deps.log('debug', `the profile of ${peer} could not be refreshed: ${message}`, { peer, code, count });
    return false;
  }
}

function isSame(known: PeerRow | null, seen: ReturnType<typeof peerEvent>): boolean {
  if (!known) return false;
  return known.name === seen.name && known.type === seen.type && known.profilePic === (seen.profilePic ?? null);
}
