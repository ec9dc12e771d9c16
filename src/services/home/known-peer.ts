/** What this instance knows and remembers of a peer: `peer show`. */
import { type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import { toldError } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';

/** A key of a peer, as it was fetched. */
export interface KnownKey {
  keyId: string;
  /** ISO 8601; null: it doesn't end. */
  expiresAt: string | null;
  /** Whether the peer publishes it. A key that went is kept for what it signed before. */
  published: boolean;
}

/** How a tenant stands to the peer. */
export interface PeerRelation {
  tenant: string;
  following: boolean;
  follower: boolean;
  connected: boolean;
  blocked: boolean;
  muted: boolean;
  /** Deliveries that wait. */
  queued: number;
  /** The last delivery that the peer took, ISO 8601. */
  sentAt: string | null;
  /** The last action that came from it, ISO 8601. */
  receivedAt: string | null;
}

/** An address that the peer's tokens came from. */
export interface PeerAddress {
  address: string;
  /** The ban that holds for it; null: none. Times in ISO 8601. */
  ban: { since: string; until: string } | null;
  /** How many letters of proof of work a CONN from there must end in. */
  powLevel: number;
}

/** What is known of a peer. Times are ISO 8601. */
export interface KnownPeer {
  peer: string;
  /** Its profile as it was fetched last; null: never. */
  profile: { name: string | null; fetchedAt: string; keys: KnownKey[] } | null;
  /**
   * What the running server remembers; null: no server runs, and nobody remembers anything. `failure`: it could not be asked for its
   * profile. `addresses`: those of its latest arrivals.
   */
  memory: {
    failure: { error: ErrorObject; seenAt: string; againAt: string } | null;
    addresses: PeerAddress[];
  } | null;
  /** Its circuit; null: closed, it is sent to. */
  circuit: { since: string; attempts: number; nextAt: string; error: ErrorObject } | null;
  /** Tokens of it that wait for its key. */
  parked: number;
  /** Its latest arrival and what became of it; null: none is in the log. */
  lastArrival: { at: string; outcome: string; code: string | null } | null;
  relations: PeerRelation[];
}

type PeerDeps = Pick<Deps, 'store' | 'profiles' | 'arrivals' | 'server' | 'clock' | 'identities'>;

/** How many notes are looked at for addresses, and how many addresses are told. */
const LOOKED_AT = 2_000;
const ADDRESSES = 5;

/** Tells what is known of a peer. Nothing is sent. @throws CloudilloError `usage.id-tag` */
export async function knownPeer(deps: PeerDeps, input: { peer: string }): Promise<KnownPeer> {
  const peer = parseIdTag(input.peer);
  const { store } = deps;
  const { addresses, last } = await arrivalsOf(deps, peer);
  const circuit = store.openCircuit(peer);
  return {
    peer,
    profile: profileOf(deps, peer),
    memory: deps.server.facts && {
      failure: failureOf(deps, peer),
      addresses: addresses.map((each) => addressOf(deps, each)),
    },
    circuit: circuit && {
      since: iso(circuit.since),
      attempts: circuit.failures,
      nextAt: iso(circuit.nextAt),
      error: toldError(circuit.error, true),
    },
    parked: store.tenants().reduce((sum, tenant) => sum + store.parked({ tenant, issuer: peer }).length, 0),
    lastArrival: last,
    relations: (await deps.identities.list()).map(({ idTag }) => relationOf(store, idTag, peer)),
  };
}

function profileOf({ profiles }: PeerDeps, peer: string): KnownPeer['profile'] {
  const known = profiles.known(peer);
  if (!known) return null;
  const { name = null, fetchedAt, keys, retired = [] } = known;
  const key =
    (published: boolean) =>
    ({ keyId, expiresAt }: { keyId: string; expiresAt?: string }) => ({
      ...{ keyId, expiresAt: expiresAt ?? null, published },
    });
  return { name, fetchedAt: iso(fetchedAt), keys: [...keys.map(key(true)), ...retired.map(key(false))] };
}

function failureOf({ profiles }: PeerDeps, peer: string): NonNullable<KnownPeer['memory']>['failure'] {
  const failure = profiles.failureOf(peer);
  return failure && { error: errorToObject(failure.error), seenAt: iso(failure.seenAt), againAt: iso(failure.againAt) };
}

async function arrivalsOf({ arrivals }: PeerDeps, peer: string) {
  const addresses = new Set<string>();
  let last: KnownPeer['lastArrival'] = null;
  let looked = 0;
  for await (const { issuer, address, at, outcome, refusal } of arrivals.newest()) {
    looked += 1;
    if (looked > LOOKED_AT || addresses.size === ADDRESSES) break;
    if (issuer !== peer) continue;
    last ??= { at: iso(at), outcome, code: refusal?.code ?? null };
    if (address !== null) addresses.add(address);
  }
  return { addresses: [...addresses], last };
}

function addressOf({ server, clock }: PeerDeps, address: string): PeerAddress {
  const ban = server.addresses?.banOf(address) ?? null;
  // Bans go by the monotonic clock.
  const wall = (time: number) => iso(clock.wall() + time - clock.monotonic());
  return {
    address,
    ban: ban && { since: wall(ban.since), until: wall(ban.until) },
    powLevel: server.addresses?.powLevel(address) ?? 0,
  };
}

function relationOf(store: Deps['store'], tenant: string, peer: string): PeerRelation {
  const { following, follower, connected } = store.relation(tenant, peer);
  const { blocked, muted } = store.treatment(tenant, peer);
  const [received] = store.rows(tenant, { issuer: peer, order: 'newest', limit: 1 });
  let [queued, sentAt] = [0, null as number | null];
  for (const { state, at } of store.deliveryRows({ tenant, to: peer })) {
    if (state === 'queued') queued += 1;
    if (state === 'delivered') sentAt = Math.max(at, sentAt ?? 0);
  }
  return {
    ...{ tenant, following, follower, connected, blocked, muted, queued },
    sentAt: sentAt === null ? null : iso(sentAt),
    receivedAt: received ? iso(received.receivedAt) : null,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
