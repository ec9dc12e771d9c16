import { conversationOf, isSubscriber, subscribedAt } from '../conversations/conversation.ts';
import { type AddressedArrival, type Arrival, denied } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { TYPE_RULES } from './type-rules.ts';

type PermissionDeps = Pick<InboxDeps, 'store'>;

/** @throws CloudilloError `permission.denied` when the tenant blocks the issuer */
export function refuseBlocked({ store }: PermissionDeps, arrival: AddressedArrival): AddressedArrival {
  const { tenant, claims } = arrival;
  if (store.treatment(tenant, claims.iss).blocked) throw denied(`${tenant} takes nothing from ${claims.iss}`, 'block');
  return arrival;
}

/** @throws CloudilloError see {@link assertPermitted} */
export async function checkPermission(deps: PermissionDeps, arrival: AddressedArrival): Promise<AddressedArrival> {
  await assertPermitted(deps, arrival);
  return arrival;
}

/**
 * May this issuer do this here (specification: Permission; Roles in a conversation)? Asked after the signature is verified.
 * @throws CloudilloError `permission.denied` (403), `token.*` (400)
 */
export async function assertPermitted(deps: PermissionDeps, arrival: Arrival): Promise<void> {
  if (!mayKnock(deps, arrival)) {
    throw denied(
      `${arrival.claims.t} is taken only from identities that ${arrival.tenant} follows or is connected with`,
      'relation',
    );
  }
  assertDeletesOwn(deps, arrival);
  await TYPE_RULES[arrival.type]?.(deps, arrival);
}

/** The stranger rule and its exceptions. */
function mayKnock({ store }: PermissionDeps, arrival: Arrival): boolean {
  const { tenant, claims, rule } = arrival;
  if (rule.stranger || arrival.endorsed || claims.iss === tenant) return true;
  const relation = store.relation(tenant, claims.iss);
  if (relation.following || relation.connected) return true;
  // Taking back what one sent needs no leave: a relation that ended must not keep the issuer's words here.
  if (arrival.subtype === 'DEL' && claims.sub && store.row(tenant, claims.sub)?.issuer === claims.iss) return true;
  if (rule.deliverToSubjectOwner && claims.sub) {
    const original = store.row(tenant, claims.sub);
    if (original?.issuer === tenant && original.visibility === 'P') return true;
  }
  return speaksInConversation({ store }, arrival);
}

/** Within a conversation that both are in, a subscription stands in for the relation. */
function speaksInConversation({ store }: PermissionDeps, { tenant, claims, type }: Arrival): boolean {
  const conversation = conversationOf(store, tenant, [claims.p, claims.sub]);
  // The first relays may come before the conversation itself: our own SUBS says whose it is.
  if (!conversation) return type === 'APRV' && subscribedAt(store, tenant, claims.p) === claims.iss;
  return [tenant, claims.iss].every((idTag) => isSubscriber(store, tenant, conversation, idTag));
}

/** `:DEL` names in `sub` what it deletes, where its type isn't replaced by key; only the issuer of that may. */
function assertDeletesOwn({ store }: PermissionDeps, { subtype, claims, tenant, type }: Arrival): void {
  if (subtype !== 'DEL' || !claims.sub) return;
  const target = store.row(tenant, claims.sub);
  if (!target || target.type !== type) return;
  if (target.issuer !== claims.iss) throw denied(`Only the issuer of ${claims.sub} may delete it`, 'ownership');
}
