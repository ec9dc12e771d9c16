import type { Deps } from '../runtime/deps.ts';

/**
 * A peer whose deliveries have failed for this long is left out of broadcasts (specification: Delivery). Milliseconds.
 */
export const UNREACHABLE_AFTER = 86_400_000;

/**
 * Have all deliveries to this peer failed for a day? It is then left out of broadcasts until a delivery succeeds or a
 * verified token arrives from it. Actions for this peer alone are still queued, and their attempts probe it.
 *
 * The answer comes from the journal, so that it survives a restart. All tenants of a home share it, because they share
 * the way to the peer's server.
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
