import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isCodeOf } from '../../protocol/error-table.ts';
import { errorToObject } from '../../protocol/errors.ts';
import type { PeerRow } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { type KnownProfile, peerEvent } from './peer-event.ts';

/** What the refresh of known profiles needs. */
export type RefreshDeps = Pick<Deps, 'store' | 'identities' | 'profiles' | 'keyCache' | 'clock' | 'log'>;

/** What a round leaves for the next; lost with the process, which costs requests and nothing else. */
export interface RefreshState {
  /** When a peer was asked last, by the monotonic clock: the key cache may have no room for all. */
  readonly asked: Map<string, number>;
  /** Failures in a row, and when to ask again (by the monotonic clock). */
  readonly failures: Map<string, { count: number; until: number }>;
}

/** How a round went. */
export interface RefreshRound {
  asked: number;
  failed: number;
  /** By the monotonic clock: when the next peer is due; infinite when there is none. */
  nextAt: number;
}

export interface RefreshOptions {
  /** Peers that are asked at the same time. */
  concurrency?: number;
  /** Most peers of a round; the rest is due in the next. */
  limit?: number;
  signal?: AbortSignal;
}

const HOUR = 3_600_000;
/** How old a profile may get. The key resolver asks by itself when one is older than this. */
const INTERVAL = 24 * HOUR;
/** Up to this much earlier, so that those who were met together aren't asked together for ever. */
const JITTER = 2 * HOUR;
/** After the first failure; doubled with each. */
const BACKOFF = HOUR / 4;

/** Peers that are looked at between two breaths for whoever else waits. */
const BREATH = 500;

export function createRefreshState(): RefreshState {
  return { asked: new Map(), failures: new Map() };
}

/**
 * Looks again at the profiles of peers that an identity here follows, is followed by, or is connected with: those that are due,
 * the oldest first. Never rejects for what a peer does.
 * @throws CloudilloError `store.*`
 */
export async function refreshDue(
  deps: RefreshDeps,
  state: RefreshState,
  { concurrency = 4, limit = 256, signal }: RefreshOptions = {},
): Promise<RefreshRound> {
  const peers = await relatedPeers(deps);
  const { due, nextAt } = await planRound(deps, state, peers.keys());
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

/** Those that are due, the oldest first, and when the first of the others is. With a breath now and then: they may be many. */
async function planRound(
  deps: RefreshDeps,
  state: RefreshState,
  peers: Iterable<string>,
): Promise<{ due: { peer: string; age: number; at: number }[]; nextAt: number }> {
  const now = deps.clock.monotonic();
  const due: { peer: string; age: number; at: number }[] = [];
  let nextAt = Number.POSITIVE_INFINITY;
  let looked = 0;
  for (const peer of peers) {
    const { age, at } = dueAt(deps, state, peer);
    if (at <= now) due.push({ peer, age, at });
    else nextAt = Math.min(nextAt, at);
    looked += 1;
    if (looked % BREATH === 0) await setImmediate();
  }
  due.sort((a, b) => b.age - a.age || (a.peer < b.peer ? -1 : 1));
  return { due, nextAt };
}

/** Keeps what a profile says of its identity, for each of these tenants, where that is new. */
export async function keepName(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  profile: KnownProfile,
  tenants: readonly string[],
): Promise<boolean> {
  const events = tenants
    .map((tenant) => peerEvent(tenant, profile, clock.wall()))
    .filter((event) => !isSame(store.peer(event.tenant, event.idTag), event));
  if (events.length > 0) await store.append(events);
  return events.length > 0;
}

/** Peers with a relation, and the tenants that have it. Nothing is sent to a blocked peer, a question neither. */
async function relatedPeers({ store, identities }: RefreshDeps): Promise<Map<string, string[]>> {
  const peers = new Map<string, string[]>();
  for (const { idTag: tenant } of await identities.list()) {
    for (const { peer } of store.currentRelations(tenant)) {
      if (store.standing(tenant, peer).blocked) continue;
      peers.set(peer, [...(peers.get(peer) ?? []), tenant]);
    }
  }
  return peers;
}

function dueAt({ keyCache, clock }: RefreshDeps, { asked, failures }: RefreshState, peer: string) {
  const now = clock.monotonic();
  const kept = clock.wall() - (keyCache.get(peer)?.fetchedAt ?? Number.NEGATIVE_INFINITY);
  // What was fetched later than now was fetched when the clock was wrong: how old it is can't be told.
  const age = Math.min(kept < 0 ? Number.POSITIVE_INFINITY : kept, now - (asked.get(peer) ?? Number.NEGATIVE_INFINITY));
  const at = now - age + INTERVAL - jitterOf(peer);
  return { age, at: Math.max(at, failures.get(peer)?.until ?? at) };
}

/** The same for a peer each time: its place in the day doesn't wander. */
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
    const count = (failures.get(peer)?.count ?? 0) + 1;
    const wait = Math.min(BACKOFF * 2 ** (count - 1), INTERVAL);
    failures.set(peer, { count, until: deps.clock.monotonic() + wait });
    deps.log('debug', `the profile of ${peer} could not be refreshed: ${message}`, { peer, code, count });
    return false;
  }
}

function isSame(known: PeerRow | null, seen: ReturnType<typeof peerEvent>): boolean {
  if (!known) return false;
  return known.name === seen.name && known.type === seen.type && known.profilePic === (seen.profilePic ?? null);
}
