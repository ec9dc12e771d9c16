import type { Arrival } from './arrival.ts';
import { conversationOf, invitationOf } from './conversation.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { connectEffect, followEffect, type RelationEffect } from './relation-effects.ts';

/** What an accepted action becomes, and what it does besides being stored. */
export interface ArrivalEffect extends RelationEffect {
  /** Actions that it ends: what a `:DEL` names, an invitation that is used up. */
  ends: string[];
}

/** Decides by type; reads the store, changes nothing. */
export async function effectAtArrival(
  { store, policy }: Pick<InboxDeps, 'store' | 'policy'>,
  arrival: Arrival,
): Promise<ArrivalEffect> {
  const { type, subtype, tenant, claims } = arrival;
  if ((type === 'FLLW' || type === 'CONN') && claims.aud === tenant) {
    return { ...relationEffect({ store, policy }, arrival), ends: [] };
  }
  if (subtype === 'DEL') return { status: 'A', ends: deletedBy({ store }, arrival) };
  if (type === 'FSHR') return { status: 'C', ends: [] };
  if (type === 'INVT') return { status: claims.aud === tenant ? 'C' : 'A', ends: [] };
  if (type === 'SUBS' && subtype === null) return subscribeEffect({ store }, arrival);
  return { status: 'A', ends: [] };
}

function relationEffect({ store, policy }: Pick<InboxDeps, 'store' | 'policy'>, arrival: Arrival): RelationEffect {
  const { tenant, claims, key, type, subtype } = arrival;
  const before = key === null ? null : store.byKey(tenant, key, claims.iss);
  // An older action arriving late is history: it replaces nothing and does nothing.
  if (before && before.createdAt > claims.iat) return { status: 'A' };
  const theirs = store.byKey(tenant, `CONN:${claims.iss}:${tenant}`, claims.iss);
  const ours = store.byKey(tenant, `CONN:${tenant}:${claims.iss}`, tenant);
  const { following, follower, connected } = store.relation(tenant, claims.iss);
  const state = { relation: { following, follower, connected }, ours, theirs };
  return type === 'FLLW' ? followEffect(subtype, state, policy()) : connectEffect(subtype, state, policy());
}

/** Types with a key are deleted by replacement; the others by name. */
function deletedBy({ store }: Pick<InboxDeps, 'store'>, { tenant, claims, type }: Arrival): string[] {
  const target = claims.sub ? store.row(tenant, claims.sub) : null;
  const deletes = target && target.type === type && target.issuer === claims.iss && target.status !== 'D';
  return deletes ? [target.actionId] : [];
}

/** Let in when the conversation is open, or the subscriber was invited, or made it; else kept as rejected. */
async function subscribeEffect({ store }: Pick<InboxDeps, 'store'>, arrival: Arrival): Promise<ArrivalEffect> {
  const { tenant, claims } = arrival;
  const conversation = conversationOf(store, tenant, [claims.sub]);
  if (!conversation) return { status: 'D', ends: [] };
  // Relayed by the owner of the conversation, who has let the subscriber in; or the owner's own.
  if (arrival.endorsed || claims.iss === conversation.issuer) return { status: 'A', ends: [] };
  const invitation = invitationOf(store, tenant, conversation, claims.iss);
  if (invitation) return { status: 'A', ends: [invitation.actionId] };
  const { claims: terms } = (await store.action(tenant, conversation.actionId)) ?? {};
  return { status: terms?.f?.includes('O') ? 'A' : 'D', ends: [] };
}
