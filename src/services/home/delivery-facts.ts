/** The deliveries of an instance in numbers, for a bug report. */
import type { DeliveryCounts } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { type FailingPeer, failingPeers } from './failing-peers.ts';

/** The deliveries of all tenants. */
export interface DeliveryFacts {
  /** How many deliveries are in each state. */
  byState: DeliveryCounts;
  /** Peers whose circuit isn't closed, the longest open first. The first hundred of them. */
  failing: FailingPeer[];
  /** How many such peers there are. */
  failingCount: number;
}

/** Counts the deliveries, and lists the peers that fail. */
export async function deliveryFacts(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  _input: unknown,
): Promise<DeliveryFacts> {
  const failing = failingPeers(store, clock.wall());
  return { byState: store.deliveryCounts(), failing, failingCount: store.openCircuitCount() };
}
