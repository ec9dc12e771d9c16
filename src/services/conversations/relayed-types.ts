/** The types that the owner of a conversation relays to its subscribers. */
import { actionRule } from '../../protocol/action-types.ts';
import type { ActionRow } from '../../store/model/rows.ts';

/** Types that are relayed in a conversation (specification: Conversations). */
const RELAYED_TYPES: ReadonlySet<string> = new Set(['MSG', 'SUBS']);

/** Whether actions of this type are relayed in the conversation. */
export function isRelayed(conversation: Pick<ActionRow, 'type'>, type: string): boolean {
  return (actionRule(conversation.type)?.relayChildren ?? false) && RELAYED_TYPES.has(type);
}
