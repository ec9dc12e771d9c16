import { type Arrival, denied } from './arrival.ts';
import { atLeast, conversationOf, roleIn, roleOf } from './conversation.ts';
import type { InboxDeps } from './inbox-deps.ts';

type RuleDeps = Pick<InboxDeps, 'store'>;

/** Who may write, invite and change roles in a conversation (PROTOCOL.md, Conversations). */
export async function assertConversationRules({ store }: RuleDeps, arrival: Arrival): Promise<void> {
  const { tenant, claims, type, subtype } = arrival;
  // Endorsed: the conversation's owner relayed it, having asked the same questions.
  if (arrival.endorsed || subtype === 'DEL') return;
  const conversation = conversationOf(store, tenant, [claims.p, claims.sub]);
  if (!conversation) return;
  if (type === 'MSG') {
    const role = await roleIn(store, tenant, conversation, claims.iss);
    if (!atLeast(role, 'member')) throw denied(`${claims.iss} does not write in this conversation`);
  }
  if (type === 'INVT' && conversation.issuer === tenant) {
    const role = await roleIn(store, tenant, conversation, claims.iss);
    if (!atLeast(role, 'moderator')) throw denied(`${claims.iss} may not invite into this conversation`);
  }
  if (type === 'SUBS' && subtype === 'UPD') {
    const role = await roleIn(store, tenant, conversation, claims.iss);
    const granted = roleOf(claims);
    const changesRole = granted !== null || claims.aud !== conversation.issuer;
    // Nobody hands out more than they have.
    const may = changesRole ? atLeast(role, 'moderator') && atLeast(role, granted ?? 'observer') : role !== null;
    if (!may) throw denied(`${claims.iss} may not change roles in this conversation`);
  }
}
