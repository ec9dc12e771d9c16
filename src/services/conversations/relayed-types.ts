/** Which actions the owner of a conversation passes on to its subscribers. */
import { actionRule } from '../../protocol/action-types.ts';
import type { ActionRow } from '../../store/model/rows.ts';

/** Types that the owner of a conversation passes on (specification: Conversations). */
const RELAYED_TYPES: ReadonlySet<string> = new Set(['MSG', 'SUBS']);

/** Does the owner of a conversation relay actions of this type in it? */
export function isRelayed(conversation: Pick<ActionRow, 'type'>, type: string): boolean {
  return (actionRule(conversation.type)?.relayChildren ?? false) && RELAYED_TYPES.has(type);
}
