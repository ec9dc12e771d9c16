import { splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import {
  conversationOf,
  invitationOf,
  isSubscribable,
  isSubscriber,
  latestMembership,
} from '../conversations/conversation.ts';
import { isRelayed } from '../conversations/relayed-types.ts';
import { connectEffect, followEffect, type RelationEffect } from '../peers/relation-effects.ts';
import type { Arrival } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';

/** What an accepted action becomes, and what it does besides being stored. */
export interface ArrivalEffect extends RelationEffect {
  /** Actions that it ends: what a `:DEL` names, an invitation that is used up. */
  ends: string[];
  /** The conversation of ours whose subscribers it is relayed to. */
  relayIn?: ActionRow;
}

/** Decides by type; reads the store, changes nothing. */
export async function effectAtArrival(
  { store, policy }: Pick<InboxDeps, 'store' | 'policy'>,
  arrival: Arrival,
): Promise<ArrivalEffect> {
  const { type, tenant, claims } = arrival;
  if ((type === 'FLLW' || type === 'CONN') && claims.aud === tenant) {
    return { ...relationEffect({ store, policy }, arrival), ends: [] };
  }
  const effect = await plainEffect({ store }, arrival);
  const conversation = effect.status === 'A' ? relayedIn({ store }, arrival) : null;
  return conversation ? { ...effect, relayIn: conversation } : effect;
}

async function plainEffect({ store }: Pick<InboxDeps, 'store'>, arrival: Arrival): Promise<ArrivalEffect> {
  const { type, subtype, tenant, claims, rule } = arrival;
  if (subtype === 'DEL') return { status: 'A', ends: deletedBy({ store }, arrival) };
  if (isTakenBack(store, tenant, arrival.actionId, claims)) return { status: 'D', ends: [] };
  if (rule.requiresAcceptance) return { status: 'C', ends: [] };
  if (type === 'INVT') return { status: claims.aud === tenant ? 'C' : 'A', ends: [] };
  if (type === 'SUBS' && subtype === null) return subscribeEffect({ store }, arrival);
  return { status: 'A', ends: [] };
}

/** Where an accepted SUBS or MSG is relayed: not one that is history already, nor the leaving of who wasn't there. */
function relayedIn({ store }: Pick<InboxDeps, 'store'>, { tenant, claims, type, subtype }: Arrival): ActionRow | null {
  const conversation = conversationOf(store, tenant, [claims.p, claims.sub]);
  if (conversation?.issuer !== tenant || !isRelayed(conversation, type)) return null;
  if (type !== 'SUBS' || subtype === 'UPD') return conversation;
  const before = latestMembership(store, tenant, conversation, claims.iss);
  if (before && before.createdAt > claims.iat) return null;
  return subtype === null || isSubscriber(store, tenant, conversation, claims.iss) ? conversation : null;
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

/** Did its `:DEL` come first? It was parked then, or on the way, while its issuer took it back. */
export function isTakenBack(
  store: Pick<InboxDeps['store'], 'rows'>,
  tenant: string,
  actionId: string,
  { t, iss }: Pick<ActionClaims, 't' | 'iss'>,
): boolean {
  const where = ({ subtype }: Pick<ActionRow, 'subtype'>) => subtype === 'DEL';
  const deletions = { types: [splitType(t).type], subject: actionId, issuer: iss, limit: 1, where };
  return [...store.rows(tenant, deletions)].length > 0;
}

/** Let in when the conversation is open, or the subscriber was invited, made it or is in it; else kept as rejected. */
async function subscribeEffect({ store }: Pick<InboxDeps, 'store'>, arrival: Arrival): Promise<ArrivalEffect> {
  const { tenant, claims } = arrival;
  const conversation = claims.sub ? store.row(tenant, claims.sub) : null;
  if (!conversation || !isSubscribable(conversation) || conversation.status === 'D') return { status: 'D', ends: [] };
  // Relayed by the owner of the conversation, who has let the subscriber in; or the owner's own.
  if (arrival.endorsed || isSubscriber(store, tenant, conversation, claims.iss)) return { status: 'A', ends: [] };
  const before = latestMembership(store, tenant, conversation, claims.iss);
  // Older than the leaving that is known already: it lets nobody in and uses nothing up.
  if (before && before.createdAt > claims.iat) return { status: 'A', ends: [] };
  const invitation = invitationOf(store, tenant, conversation, claims.iss);
  if (invitation) return { status: 'A', ends: [invitation.actionId] };
  const { claims: terms } = (await store.action(tenant, conversation.actionId)) ?? {};
  return { status: terms?.f?.includes('O') ? 'A' : 'D', ends: [] };
}
