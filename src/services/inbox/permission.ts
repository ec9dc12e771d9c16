/** Whether the issuer of an arriving action may do what it does (specification: Permission). */
import { conversationOf, isSubscriber, subscribedAt } from '../conversations/conversation.ts';
import { assertStrangerMayStore, isStranger, type StrangerDeps } from '../peers/stranger-limits.ts';
import { type AddressedArrival, type Arrival, denied } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { KnockRule } from './knock-rule.ts';
import { TYPE_RULES } from './type-rules.ts';

type PermissionDeps = Pick<InboxDeps, 'store'>;

/** Refuses the actions of blocked issuers. @throws CloudilloError `permission.denied` */
export function refuseBlocked({ store }: PermissionDeps, arrival: AddressedArrival): AddressedArrival {
  const { tenant, claims } = arrival;
  if (store.treatment(tenant, claims.iss).blocked) throw denied(`${tenant} takes nothing from ${claims.iss}`, 'block');
  return arrival;
}

/**
 * The stage that checks what a stranger has stored today. Whoever deletes an action of its own may always do so.
 * @throws CloudilloError `store.low`, `rate.quota`
 */
export function checkQuota(
  deps: PermissionDeps & StrangerDeps,
  arrival: AddressedArrival,
): AddressedArrival | Promise<AddressedArrival> {
  const { tenant, claims, token, rule } = arrival;
  if (rule.ephemeral || !isStranger(deps.store, tenant, claims.iss) || deletesOwn(deps, arrival)) return arrival;
  return assertStrangerMayStore(deps, { tenant, issuer: claims.iss, bytes: token.length }).then(() => arrival);
}

/** Whether it deletes a stored action of its issuer. */
function deletesOwn({ store }: PermissionDeps, { tenant, subtype, claims, type }: Arrival): boolean {
  const target = subtype === 'DEL' && claims.sub ? store.row(tenant, claims.sub) : null;
  return target?.issuer === claims.iss && target.type === type && target.status !== 'D';
}

/** The stage that checks the permission. @throws CloudilloError as {@link assertPermitted} */
export async function checkPermission(deps: PermissionDeps, arrival: AddressedArrival): Promise<AddressedArrival> {
  const rule = await assertPermitted(deps, arrival);
  if (arrival.facts) arrival.facts.rule = rule;
  return arrival;
}

/**
 * Checks that the issuer may do this here (specification: Permission; Roles in a conversation). Call it after the signature is
 * verified.
 * @returns what allows it
 * @throws CloudilloError `permission.denied` (403), `token.*` (400)
 */
export async function assertPermitted(deps: PermissionDeps, arrival: Arrival): Promise<KnockRule> {
  const rule = knockRule(deps, arrival);
  if (rule === null) {
    throw denied(
      `${arrival.claims.t} is taken only from identities that ${arrival.tenant} follows or is connected with`,
      'relation',
    );
  }
  assertDeletesOwn(deps, arrival);
  await TYPE_RULES[arrival.type]?.(deps, arrival);
  return rule;
}

/** The rule for strangers and its exceptions: the first that allows the action; null when none does. */
function knockRule({ store }: PermissionDeps, arrival: Arrival): KnockRule | null {
  const { tenant, claims, rule } = arrival;
  if (rule.stranger) return 'anybody';
  if (arrival.endorsed) return 'brought';
  if (claims.iss === tenant) return 'own';
  const relation = store.relation(tenant, claims.iss);
  if (relation.connected) return 'connected';
  if (relation.following) return 'following';
  // An issuer may always delete its own actions: a relation that ended must not keep them here.
  if (arrival.subtype === 'DEL' && claims.sub && store.row(tenant, claims.sub)?.issuer === claims.iss)
    return 'deletes-own';
  if (rule.deliverToSubjectOwner && claims.sub) {
    const original = store.row(tenant, claims.sub);
    if (original?.issuer === tenant && original.visibility === 'P') return 'public-subject';
  }
  return speaksInConversation({ store }, arrival) ? 'conversation' : null;
}

/** Whether both are in the conversation: there a subscription replaces the relation. */
function speaksInConversation({ store }: PermissionDeps, { tenant, claims, type }: Arrival): boolean {
  const conversation = conversationOf(store, tenant, [claims.p, claims.sub]);
  // The first relays may arrive before the conversation. The tenant's own SUBS names its owner.
  if (!conversation) return type === 'APRV' && subscribedAt(store, tenant, claims.p) === claims.iss;
  return [tenant, claims.iss].every((idTag) => isSubscriber(store, tenant, conversation, idTag));
}

/** Checks that the issuer deletes its own action. A `:DEL` names it in `sub`, unless the type is replaced by key. */
function assertDeletesOwn({ store }: PermissionDeps, { subtype, claims, tenant, type }: Arrival): void {
  if (subtype !== 'DEL' || !claims.sub) return;
  const target = store.row(tenant, claims.sub);
  if (!target || target.type !== type) return;
  if (target.issuer !== claims.iss) throw denied(`Only the issuer of ${claims.sub} may delete it`, 'ownership');
}
