import type { Deps } from '../runtime/deps.ts';

/** Who doesn't answer for so long is left out of broadcasts (specification: Delivery). Milliseconds. */
export const UNREACHABLE_AFTER = 86_400_000;

/**
 * Has this peer failed to take anything for a day? Then it is left out of broadcasts until it answers a delivery again, or
 * something verified arrives from it. What is meant for it alone is queued all the same, which is how it is asked.
 *
 * From the journal, so that a restart doesn't change it. One state a peer: the tenants of a home share it, as they do the way to
 * the peer's server.
 * @param now unix milliseconds
 */
export function isUnreachable(
  store: Pick<Deps['store'], 'peerFailure'>,
  _tenant: string,
  peer: string,
  now: number,
): boolean {
  const failure = store.peerFailure(peer);
  return failure !== null && now - failure.since >= UNREACHABLE_AFTER;
}
