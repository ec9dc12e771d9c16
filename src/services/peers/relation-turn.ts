import { inTurn } from '../runtime/in-turn.ts';

/**
 * Runs what reads the relation with a peer and then stores it after whatever does so already. Relations are stored as whole rows:
 * when two cross (both follow each other at once), the second would write back what it read before the first was stored. Hold
 * it for the decision and the append only, never while a peer is asked: two instances would wait for each other.
 */
export function inRelationTurn<T>(store: object, tenant: string, peer: string, task: () => Promise<T>): Promise<T> {
  return inTurn(store, `relation row ${tenant} ${peer}`, task);
}
