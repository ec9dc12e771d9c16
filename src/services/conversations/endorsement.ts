import { actionRule, splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { conversationOf } from './conversation.ts';
import { isRelayed } from './relayed-types.ts';

/** Types whose accepted actions bring along what they are about (specification: Related tokens). */
export const CARRIERS: readonly string[] = ['REPOST', 'INVT', 'APRV'];

/**
 * Does an action that we accepted name this one? Then its issuer needs no relation to us. An approval counts only from the
 * one whose wall, or whose conversation, it is: what belongs to a conversation is approved by whoever made that, and by
 * nobody in a conversation of ours.
 */
export function isEndorsed(
  store: Pick<Store, 'rows' | 'row'>,
  tenant: string,
  actionId: string,
  { iss, aud, p, sub, t, v }: Pick<ActionClaims, 'iss' | 'aud' | 'p' | 'sub' | 't' | 'v'>,
): boolean {
  const query = { types: CARRIERS, subject: actionId, statuses: ['A', 'C', 'N'] as const };
  for (const carrier of store.rows(tenant, query)) {
    if (!mayCarry(store, tenant, carrier, splitType(t).type)) continue;
    // Only what is public can be reposted: a repost that came before its original doesn't open it.
    if (carrier.type === 'REPOST' && v !== 'P') continue;
    if (carrier.type !== 'APRV') return true;
    const conversation = conversationOf(store, tenant, [p, sub]);
    if (!conversation && (carrier.issuer === iss || carrier.issuer === aud)) return true;
    if (conversation?.issuer === carrier.issuer && carrier.issuer !== tenant) return true;
  }
  return false;
}

/**
 * May an action of this type come along with the carrier? A REPOST brings what is told to everybody, an INVT the conversation, an
 * APRV what can be approved or is relayed in its conversation. What is local to its home never comes.
 */
export function mayCarry(
  store: Pick<Store, 'row'>,
  tenant: string,
  carrier: Pick<ActionRow, 'type' | 'parent'>,
  type: string,
): boolean {
  const rule = actionRule(type);
  if (!rule || rule.localOnly) return false;
  if (carrier.type === 'INVT') return rule.subscribable;
  if (carrier.type === 'REPOST') return rule.broadcast && rule.approvable;
  const conversation = carrier.parent === null ? null : store.row(tenant, carrier.parent);
  // The conversation itself may not have come yet: then what a relay may bring is what any conversation relays.
  return rule.approvable || (carrier.parent !== null && isRelayed(conversation ?? { type: 'CONV' }, type));
}
