/** Who takes part in a conversation, and with which role. */
import { actionRule } from '../../protocol/action-types.ts';
import { ROLES, type Role } from '../../protocol/roles.ts';
import type { ActionQuery, ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';

/** The default flags of a conversation: no reactions, no comments, no joining without an invitation. */
export const CONVERSATION_FLAGS = 'rco';

/**
 * The most actions that the way up to a conversation may visit. Each action can name two others, so a stranger's
 * comments can build a thread with millions of paths.
 */
const MAX_VISITED = 64;

/**
 * The conversation that an action with this parent or subject belongs to, or `null`. The ancestors of the first ID are
 * searched before those of the next.
 */
export function conversationOf(
  store: Pick<Store, 'row'>,
  tenant: string,
  references: readonly (string | null | undefined)[],
): ActionRow | null {
  const seen = new Set<string>();
  const above = [...references].reverse();
  while (above.length > 0 && seen.size < MAX_VISITED) {
    const reference = above.pop();
    if (!reference || seen.has(reference)) continue;
    seen.add(reference);
    const row = store.row(tenant, reference);
    if (!row) continue;
    // An action of an ended conversation belongs to no other.
    if (isSubscribable(row)) return row.status === 'D' ? null : row;
    above.push(row.subject, row.parent);
  }
  return null;
}

/**
 * Whether an identity is a subscriber. Its latest SUBS decides: it is none when it left or was never accepted. The conversation's
 * issuer always is.
 */
export function isSubscriber(
  store: Pick<Store, 'rows'>,
  tenant: string,
  conversation: Pick<ActionRow, 'actionId' | 'issuer'>,
  idTag: string,
): boolean {
  return conversation.issuer === idTag || subscription(store, tenant, conversation, idTag) !== null;
}

/**
 * The role of an identity in a conversation, or `null` when it is not subscribed. The last role set by a moderator
 * comes first, then the role in the invitation, then member. A role in the subscriber's own SUBS is ignored.
 * @throws CloudilloError `store.damaged`, `store.io`
 */
export async function roleIn(
  store: Pick<Store, 'rows' | 'terms'>,
  tenant: string,
  conversation: Pick<ActionRow, 'actionId' | 'issuer'>,
  idTag: string,
): Promise<Role | null> {
  if (conversation.issuer === idTag) return 'admin';
  const joined = subscription(store, tenant, conversation, idTag);
  if (!joined) return null;
  const about = { subject: conversation.actionId, audience: idTag };
  const set = first(store, tenant, { ...about, types: ['SUBS'], statuses: ['A'], where: isUpdateBySomebodyElse });
  // A used invitation has status `D`; its role still counts.
  const invited = first(store, tenant, { ...about, types: ['INVT'], where: ({ subtype }) => subtype === null });
  for (const row of [set, invited]) {
    const role = row && (await store.terms(tenant, row.actionId))?.role;
    if (role) return role;
  }
  return 'member';

  function isUpdateBySomebodyElse(row: ActionRow): boolean {
    return row.subtype === 'UPD' && row.issuer !== idTag && row.createdAt >= (joined?.createdAt ?? 0);
  }
}

/** The open invitation of an identity: not used, withdrawn or deleted; null when there is none. */
export function invitationOf(
  store: Pick<Store, 'rows'>,
  tenant: string,
  conversation: Pick<ActionRow, 'actionId'>,
  idTag: string,
): ActionRow | null {
  return first(store, tenant, {
    types: ['INVT'],
    subject: conversation.actionId,
    audience: idTag,
    current: true,
    where: ({ subtype, status }) => subtype === null && status !== 'D',
  });
}

/** Whether the tenant made the conversation, subscribes to it, or was invited. */
export function takesPart(store: Pick<Store, 'rows'>, tenant: string, conversation: ActionRow): boolean {
  if (isSubscriber(store, tenant, conversation, tenant)) return true;
  const invited = { types: ['INVT'], subject: conversation.actionId, audience: tenant };
  return first(store, tenant, { ...invited, where: ({ subtype }) => subtype === null }) !== null;
}

/** Whether the action is a conversation, to which one can subscribe. */
export function isSubscribable({ type }: Pick<ActionRow, 'type'>): boolean {
  return actionRule(type)?.subscribable ?? false;
}

/** The latest SUBS of each current subscriber; see {@link isSubscriber}. */
export function subscriptionsOf(
  store: Pick<Store, 'rows'>,
  tenant: string,
  { actionId }: Pick<ActionRow, 'actionId'>,
): ActionRow[] {
  const query = { types: ['SUBS'], subject: actionId, statuses: ['A'] as const };
  const latest = new Map<string, ActionRow>();
  for (const row of store.rows(tenant, query)) {
    if (row.subtype !== 'UPD' && !latest.has(row.issuer)) latest.set(row.issuer, row);
  }
  return [...latest.values()].filter(({ subtype }) => subtype === null);
}

/** All subscribers of a conversation; its issuer comes first. */
export function subscribersOf(
  store: Pick<Store, 'rows'>,
  tenant: string,
  conversation: Pick<ActionRow, 'actionId' | 'issuer'>,
): string[] {
  const joined = subscriptionsOf(store, tenant, conversation).map(({ issuer }) => issuer);
  return [...new Set([conversation.issuer, ...joined])];
}

/** Whether `role` is at least `wanted`. */
export function atLeast(role: Role | null, wanted: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(wanted);
}

/**
 * The latest membership of an identity. A moderator's SUBS:UPD about somebody else replaces the moderator's own SUBS by
 * key, so replaced actions are searched, too.
 */
function subscription(
  store: Pick<Store, 'rows'>,
  tenant: string,
  { actionId }: Pick<ActionRow, 'actionId'>,
  idTag: string,
): ActionRow | null {
  const latest = latestMembership(store, tenant, { actionId }, idTag);
  return latest?.subtype === null ? latest : null;
}

/** The audience of the tenant's own SUBS to a conversation, or `null` when it is not subscribed. */
export function subscribedAt(
  store: Pick<Store, 'rows'>,
  tenant: string,
  conversationId: string | undefined,
): string | null {
  if (conversationId === undefined) return null;
  return subscription(store, tenant, { actionId: conversationId }, tenant)?.audience ?? null;
}

/** The last accepted SUBS or SUBS:DEL of an identity, or null. */
export function latestMembership(
  store: Pick<Store, 'rows'>,
  tenant: string,
  { actionId }: Pick<ActionRow, 'actionId'>,
  idTag: string,
): ActionRow | null {
  const own = { types: ['SUBS'], subject: actionId, issuer: idTag, statuses: ['A'] as const };
  return first(store, tenant, { ...own, where: ({ subtype }) => subtype !== 'UPD' });
}

function first(store: Pick<Store, 'rows'>, tenant: string, query: Omit<ActionQuery, 'limit'>): ActionRow | null {
  for (const row of store.rows(tenant, { ...query, limit: 1 })) return row;
  return null;
}
