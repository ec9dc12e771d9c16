/** Peers whose circuit has been open for a day. */
import type { Deps } from '../runtime/deps.ts';

/** A peer whose circuit has been open for this long is left out of broadcasts (specification: Delivery). Milliseconds. */
export const UNREACHABLE_AFTER = 86_400_000;

/**
 * Whether the circuit of a peer has been open for a day. The peer is then left out of broadcasts until its circuit closes: a
 * delivery succeeds, or a verified token arrives from it. Actions for this peer alone are still queued, and their attempts test
 * the circuit.
 * The circuit comes from the journal, so that it survives a restart. All tenants of a home share it, because they share the way
 * to the peer's server.
 * @param now unix milliseconds
 */
export function isUnreachable(
  store: Pick<Deps['store'], 'openCircuit'>,
  _tenant: string,
  peer: string,
  now: number,
): boolean {
  const failure = store.openCircuit(peer);
  return failure !== null && now - failure.since >= UNREACHABLE_AFTER;
}
