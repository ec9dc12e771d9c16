/** Peers whose circuit has been open for a day. */
import type { Deps } from '../runtime/deps.ts';

/** A peer whose circuit has been open for this long is left out of broadcasts (specification: Delivery). Milliseconds. */
const UNREACHABLE_AFTER = 86_400_000;

/** After so long a circuit has had many failures. With fewer a wrong clock made its time, or no server ran. Milliseconds. */
const LONGEST_AGE = 30 * 86_400_000;
const LEAST_FAILURES = 4;

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
  if (failure === null || now - failure.since < UNREACHABLE_AFTER) return false;
  return failure.failures >= LEAST_FAILURES || now - failure.since < LONGEST_AGE;
}
