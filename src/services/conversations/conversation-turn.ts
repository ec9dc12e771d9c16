/** One change at a time to the subscribers of a conversation. */
import type { ActionRow } from '../../store/model/rows.ts';
import { inTurn } from '../runtime/in-turn.ts';

/**
 * Runs what reads who subscribes to a conversation of ours and then stores something for all of them, after whatever does so
 * already: of two who join at once, the second has to see the first. Innermost: take a relation's turn before this one.
 */
export function inConversationTurn<T>(
  store: object,
  tenant: string,
  conversation: Pick<ActionRow, 'actionId'>,
  task: () => Promise<T>,
): Promise<T> {
  return inTurn(store, `conversation ${tenant} ${conversation.actionId}`, task);
}
