/** What a home remembers of a peer, as far as it decides what is sent there and taken from there. */
import type { CachedProfile } from '../../../federation/keys/profile-cache.ts';
import type { ErrorCode } from '../../../protocol/error-table.ts';
import type { StoredError } from '../../../store/model/stored-error.ts';
import type { Deps } from '../../runtime/deps.ts';

/** What the home remembers. */
export interface PeerMemory {
  /** The circuit, while nothing is sent to the peer; times are ISO 8601. */
  circuit: { since: string; attempts: number; nextAt: string; code: ErrorCode; message: string } | null;
  /** How many deliveries wait for it. */
  waiting: number;
  /** The latest refusals of the peer that a new attempt does not mend. */
  refusals: Pick<StoredError, 'code' | 'message' | 'facts'>[];
  /** Tenants that block it. */
  blockedBy: string[];
  /** Its keys as they were fetched last. */
  keys: { keyId: string; publicKey: string }[];
}

const MOST_FAILURES = 100;

/** Reads what the home remembers of a peer. Nothing is sent. */
export async function peerMemory(
  {
    store,
    identities,
    keyCache,
    clock,
  }: Pick<Deps, 'store' | 'identities' | 'clock'> & {
    keyCache: { get(idTag: string): CachedProfile | null };
  },
  { peer }: { peer: string },
): Promise<PeerMemory> {
  const now = clock.wall();
  const circuit = store.openCircuit(peer);
  const tenants = (await identities.list()).map(({ idTag }) => idTag);
  return {
    circuit: circuit && {
      since: new Date(circuit.since).toISOString(),
      attempts: circuit.failures,
      nextAt: new Date(circuit.nextAt).toISOString(),
      code: circuit.error.code,
      message: circuit.error.message,
    },
    waiting: store.deliveriesWaitingFor(peer, now + 1).length,
    refusals: store
      .failedDeliveries(MOST_FAILURES)
      .flatMap(({ to, state, error }) => (to === peer && state === 'refused' && error ? [error] : []))
      .map(({ code, message, facts }) => ({ code, message, ...(facts && { facts }) })),
    blockedBy: tenants.filter((tenant) => store.treatment(tenant, peer).blocked),
    keys: (keyCache.get(peer)?.keys ?? []).map(({ keyId, publicKey }) => ({ keyId, publicKey })),
  };
}
