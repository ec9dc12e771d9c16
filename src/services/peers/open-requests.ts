import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { awaitsAnswer } from './relation-effects.ts';

/** What was asked and not answered between an identity and a peer that aren't connected. */
export interface OpenRequests {
  /** Our CONN waits for the peer's word. */
  requested: boolean;
  /** The peer's CONN waits for ours. */
  asks: boolean;
}

/** @returns both false for peers that are connected */
export function openRequests(store: Pick<Store, 'byKey' | 'relation'>, tenant: string, peer: string): OpenRequests {
  const relation = store.relation(tenant, peer);
  if (relation.connected) return { requested: false, asks: false };
  const ours = connOf(store, tenant, tenant, peer);
  const theirs = connOf(store, tenant, peer, tenant);
  return {
    requested: ours !== null && ours.status !== 'D' && awaitsAnswer({ relation, ours, theirs }),
    asks: theirs?.subtype === null && theirs.status === 'C',
  };
}

/** The current CONN of one identity to another, as the tenant's store has it. */
function connOf(store: Pick<Store, 'byKey'>, tenant: string, from: string, to: string): ActionRow | null {
  return store.byKey(tenant, `CONN:${from}:${to}`, from);
}
