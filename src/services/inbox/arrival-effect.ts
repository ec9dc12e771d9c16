/** Decides what an arriving action changes. */
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

/** The effects of an accepted action besides its storage. */
export interface ArrivalEffect extends RelationEffect {
  /** The actions that it ends: the action that a `:DEL` names, or a used invitation. */
  ends: string[];
  /** The tenant's conversation in which it is relayed. */
  relayIn?: ActionRow;
}

/** Decides by type. It reads the store and changes nothing. */
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
  if (isDeletedAlready(store, tenant, arrival.actionId, claims)) return { status: 'D', ends: [] };
  if (rule.requiresAcceptance) return { status: 'C', ends: [] };
  if (type === 'INVT') return { status: claims.aud === tenant ? 'C' : 'A', ends: [] };
  if (type === 'SUBS' && subtype === null) return subscribeEffect({ store }, arrival);
  return { status: 'A', ends: [] };
}

/**
 * The conversation in which an accepted SUBS or MSG is relayed. An outdated action isn't relayed, nor the SUBS:DEL of an identity
 * that wasn't subscribed.
 */
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
  // An older action that arrives late replaces nothing and has no effect.
  if (before && before.createdAt > claims.iat) return { status: 'A' };
  const theirs = store.byKey(tenant, `CONN:${claims.iss}:${tenant}`, claims.iss);
  const ours = store.byKey(tenant, `CONN:${tenant}:${claims.iss}`, tenant);
  const { following, follower, connected } = store.relation(tenant, claims.iss);
  const state = { relation: { following, follower, connected }, ours, theirs };
  return type === 'FLLW' ? followEffect(subtype, state, policy()) : connectEffect(subtype, state, policy());
}

/** The action that a `:DEL` names. Types with a key are deleted by replacement. */
function deletedBy({ store }: Pick<InboxDeps, 'store'>, { tenant, claims, type }: Arrival): string[] {
  const target = claims.sub ? store.row(tenant, claims.sub) : null;
  const deletes = target && target.type === type && target.issuer === claims.iss && target.status !== 'D';
  return deletes ? [target.actionId] : [];
}

/** Whether its `:DEL` arrived first. The action may have been parked, or on its way, when its issuer deleted it. */
export function isDeletedAlready(
  store: Pick<InboxDeps['store'], 'rows'>,
  tenant: string,
  actionId: string,
  { t, iss }: Pick<ActionClaims, 't' | 'iss'>,
): boolean {
  const where = ({ subtype }: Pick<ActionRow, 'subtype'>) => subtype === 'DEL';
  const deletions = { types: [splitType(t).type], subject: actionId, issuer: iss, limit: 1, where };
  return [...store.rows(tenant, deletions)].length > 0;
}

/**
 * A subscriber is accepted when the conversation is open, or it was invited, made the conversation or is subscribed. Otherwise
 * the SUBS is stored as rejected.
 */
async function subscribeEffect({ store }: Pick<InboxDeps, 'store'>, arrival: Arrival): Promise<ArrivalEffect> {
  const { tenant, claims } = arrival;
  const conversation = claims.sub ? store.row(tenant, claims.sub) : null;
  if (!conversation || !isSubscribable(conversation) || conversation.status === 'D') return { status: 'D', ends: [] };
  // The owner of the conversation relayed it, having accepted the subscriber; or it is the owner's own.
  if (arrival.endorsed || isSubscriber(store, tenant, conversation, claims.iss)) return { status: 'A', ends: [] };
  const before = latestMembership(store, tenant, conversation, claims.iss);
  // It is older than a known SUBS:DEL, so that it admits nobody and uses no invitation.
  if (before && before.createdAt > claims.iat) return { status: 'A', ends: [] };
  const invitation = invitationOf(store, tenant, conversation, claims.iss);
  if (invitation) return { status: 'A', ends: [invitation.actionId] };
  const terms = await store.terms(tenant, conversation.actionId);
  return { status: terms?.flags?.includes('O') ? 'A' : 'D', ends: [] };
}
