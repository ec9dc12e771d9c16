/** Unanswered requests to connect. */
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { awaitsAnswer } from './relation-effects.ts';

/** The unanswered CONNs between a tenant and a peer. */
export interface OpenRequests {
  /** The tenant's CONN is unanswered. */
  requested: boolean;
  /** The peer's CONN is unanswered. */
  asks: boolean;
}

/** Which CONNs are unanswered. @returns both false for a peer that is connected */
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

/** The latest CONN of one identity to another, as stored for the tenant. */
function connOf(store: Pick<Store, 'byKey'>, tenant: string, from: string, to: string): ActionRow | null {
  return store.byKey(tenant, `CONN:${from}:${to}`, from);
}
