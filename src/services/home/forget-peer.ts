/** Forgets what is remembered of a peer, and sends it what waits. */
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { DeliverDeps } from '../delivery/attempt.ts';
import { type RetryResult, retryDeliveries } from '../delivery/retry-deliveries.ts';
import type { Deps, Emit } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import type { RequestLimits } from '../runtime/request-limits.ts';

/** What was forgotten of a peer. */
export interface ForgottenPeer {
  peer: string;
  /** Whether a failure to ask it was remembered; null: no server runs, which alone remembers failures. */
  failure: boolean | null;
  /** How many of its keys were known, those that it doesn't publish any more included. */
  keys: number;
}

/**
 * Forgets the failures to ask a peer, and its keys: both are asked for anew when they are needed.
 * @throws CloudilloError `usage.id-tag`, `usage.self`, `store.full`, `store.io`
 */
export async function forgetPeer(
  { profiles, keyCache, server, identities }: Pick<Deps, 'profiles' | 'keyCache' | 'server' | 'identities'>,
  input: { peer: string },
): Promise<ForgottenPeer> {
  const peer = parseIdTag(input.peer);
  if (await identities.read(peer)) throw ownIdentity(peer);
  const forgotten = profiles.forgetFailure(peer);
  const keys = profiles.forgetKeys(peer);
  await keyCache.flush();
  return { peer, failure: server.facts === null ? null : forgotten, keys };
}

/** What was tried again. */
export interface RetriedPeer extends RetryResult {
  peer: string;
  /** Since when its circuit was open, ISO 8601; null: it was closed. */
  openSince: string | null;
  /** Tokens of it that waited for its key. A running server tries them now. */
  parked: number;
}

/**
 * Asks a peer again although it failed: its failures are forgotten, what is queued for it is sent, and its parked tokens are tried.
 * @throws CloudilloError `usage.id-tag`, `usage.network`, `store.*`
 */
export async function retryPeer(
  deps: DeliverDeps &
    Pick<
      Deps,
      'identities' | 'requester' | 'settings' | 'server' | 'deliveryQueued' | 'tokenParked' | 'profiles' | 'locks'
    >,
  { peer: given, ...limits }: { peer: string } & RequestLimits,
  emit: Emit,
): Promise<RetriedPeer> {
  const peer = parseIdTag(given);
  const { store, profiles } = deps;
  const circuit = store.openCircuit(peer);
  profiles.forgetFailure(peer);
  const parked = await retryParkedOf(deps, peer);
  const retried = await retryDeliveries(deps, { to: peer, state: 'queued', ...limits }, emit);
  return { peer, openSince: circuit && new Date(circuit.since).toISOString(), parked, ...retried };
}

async function retryParkedOf(
  deps: Pick<Deps, 'store' | 'clock' | 'tokenParked' | 'locks'>,
  peer: string,
): Promise<number> {
  return withLock(deps, { kind: 'parking' }, async ({ store, clock, tokenParked }) => {
    const events = store.tenants().flatMap((tenant) =>
      store.parked({ tenant, issuer: peer }).map(({ actionId, attempts }) => {
        const at = clock.wall();
        return { kind: 'retried', tenant, actionId, attempts, nextAt: clock.monotonic(), at } as const;
      }),
    );
    if (events.length > 0) await store.append(events);
    tokenParked.wake();
    return events.length;
  });
}

function ownIdentity(peer: string): CloudilloError {
  return new CloudilloError('usage.self', `${peer} is an identity of this home, not a peer`, { stage: 'input' });
}
