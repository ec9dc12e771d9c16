/** Which accepted actions allow another action whose issuer has no relation to the tenant. */
import { actionRule, splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { conversationOf } from './conversation.ts';
import { isRelayed } from './relayed-types.ts';

/** Types whose accepted actions bring their subject (specification: Related tokens). */
export const CARRIERS: readonly string[] = ['REPOST', 'INVT', 'APRV'];

/**
 * Whether an accepted action names this one. Then its issuer needs no relation to the tenant. An approval counts only from the
 * owner of the wall or of the conversation that the action is on. In a conversation of the tenant no approval counts.
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
    // Only a public action can be reposted. The original may arrive after its repost, so it is checked here.
    if (carrier.type === 'REPOST' && v !== 'P') continue;
    if (carrier.type !== 'APRV') return true;
    const conversation = conversationOf(store, tenant, [p, sub]);
    if (!conversation && (carrier.issuer === iss || carrier.issuer === aud)) return true;
    if (conversation?.issuer === carrier.issuer && carrier.issuer !== tenant) return true;
  }
  return false;
}

/**
 * Whether an action of this type may be a related token of the carrier. A REPOST brings a broadcast action, an INVT the
 * conversation, an APRV an approvable action or one that is relayed in its conversation. Local actions are never brought.
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
  // The conversation may not have arrived yet. Then the types that any conversation relays are allowed.
  return rule.approvable || (carrier.parent !== null && isRelayed(conversation ?? { type: 'CONV' }, type));
}
