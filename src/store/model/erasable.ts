/** Which actions a compaction may erase. */
import { actionRule } from '../../protocol/action-types.ts';

/**
 * Types whose tokens stay when the action is deleted: a used invitation still gives its role, and a request that the owner's settings
 * rejected silently is still read by its issuer.
 */
const KEPT: ReadonlySet<string> = new Set(['FLLW', 'CONN', 'SUBS', 'INVT']);

/** Types whose tokens also stay when the action has expired: a conversation goes on by its flags. */
const KEPT_WHEN_EXPIRED: ReadonlySet<string> = new Set(['CONV']);

/** Whether a deleted action of this type may be erased. A key that is made from the content needs it. @param type without subtype */
export function isErasable(type: string): boolean {
  return !KEPT.has(type) && !actionRule(type)?.key?.includes('{content.');
}

/** The same for an action that has expired and was not deleted. */
export function isErasableWhenExpired(type: string): boolean {
  return isErasable(type) && !KEPT_WHEN_EXPIRED.has(type);
}
