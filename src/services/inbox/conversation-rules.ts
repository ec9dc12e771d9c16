/** The rules for arriving actions of a conversation. */
import { roleOf } from '../../protocol/roles.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { atLeast, conversationOf, isSubscribable, roleIn } from '../conversations/conversation.ts';
import { type Arrival, denied } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';

type RuleDeps = Pick<InboxDeps, 'store'>;

/**
 * Checks that the issuer may write, invite or change roles in the conversation (specification: Roles in a conversation). @throws
 * CloudilloError `permission.denied`
 */
export async function assertConversationRules({ store }: RuleDeps, arrival: Arrival): Promise<void> {
  const { tenant, claims, type, subtype, rule } = arrival;
  // The conversation's owner relayed the action, having made the same checks.
  if (arrival.endorsed) return;
  const conversation = conversationOf(store, tenant, [claims.p, claims.sub]);
  if (rule.requiresSubscription) return assertWrites({ store }, arrival, conversation);
  if (!conversation || subtype === 'DEL') return;
  if (type === 'INVT' && conversation.issuer === tenant) {
    const role = await roleIn(store, tenant, conversation, claims.iss);
    if (!atLeast(role, 'moderator')) throw denied(`${claims.iss} may not invite into this conversation`, 'role');
  }
  if (type === 'SUBS' && subtype === 'UPD') {
    const role = await roleIn(store, tenant, conversation, claims.iss);
    const granted = roleOf(claims);
    const changesRole = granted !== null || claims.aud !== conversation.issuer;
    // Nobody grants a higher role than their own.
    const may = changesRole ? atLeast(role, 'moderator') && atLeast(role, granted ?? 'observer') : role !== null;
    if (!may) throw denied(`${claims.iss} may not change roles in this conversation`, 'role');
  }
}

/** Only subscribers with the role to write may. A former subscriber may still delete its own actions. */
async function assertWrites({ store }: RuleDeps, arrival: Arrival, conversation: ActionRow | null): Promise<void> {
  const { tenant, claims, subtype } = arrival;
  if (!conversation) {
    const over = [claims.p, claims.sub].some((id) => id !== undefined && isOver(store.row(tenant, id)));
    if (over) throw denied('This conversation was deleted', 'role');
    return;
  }
  if (subtype === 'DEL' && claims.sub !== undefined && store.row(tenant, claims.sub)?.issuer === claims.iss) return;
  const role = await roleIn(store, tenant, conversation, claims.iss);
  if (!atLeast(role, 'member')) throw denied(`${claims.iss} does not write in this conversation`, 'role');
}

function isOver(row: ActionRow | null): boolean {
  return row !== null && isSubscribable(row) && row.status === 'D';
}
