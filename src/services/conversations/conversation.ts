import { actionRule } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { ActionQuery, ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';

/** What a conversation allows unless its maker says otherwise: no reactions, no comments, no joining uninvited. */
export const CONVERSATION_FLAGS = 'rco';

/** Lowest first (specification: Roles in a conversation). Roles are local to the instance that holds the conversation. */
const ROLES = ['observer', 'member', 'moderator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * How many actions are looked at on the way up to a conversation. Each can name two, so that a few dozen of them have millions of
 * ways up, and a stranger's comments are enough to make such a thread.
 */
const MAX_LOOKED_AT = 64;

/** The conversation that an action with this parent or subject belongs to, or `null`: all that is above the first, then the next. */
export function conversationOf(
  store: Pick<Store, 'row'>,
  tenant: string,
  references: readonly (string | null | undefined)[],
): ActionRow | null {
  const seen = new Set<string>();
  const above = [...references].reverse();
  while (above.length > 0 && seen.size < MAX_LOOKED_AT) {
    const reference = above.pop();
    if (!reference || seen.has(reference)) continue;
    seen.add(reference);
    const row = store.row(tenant, reference);
    if (!row) continue;
    // What belongs to one that is over belongs to no other.
    if (isSubscribable(row)) return row.status === 'D' ? null : row;
    above.push(row.subject, row.parent);
  }
  return null;
}

/**
 * Is this identity an active subscriber? By the latest of its own SUBS: one that left, or was never let in, isn't. Whoever
 * made the conversation always is.
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
 * The role of an identity in a conversation, or `null` when it isn't subscribed: what a moderator set last, else what the
 * invitation said, else member. What subscribers write into their own SUBS is a wish.
 */
export async function roleIn(
  store: Pick<Store, 'rows' | 'action'>,
  tenant: string,
  conversation: Pick<ActionRow, 'actionId' | 'issuer'>,
  idTag: string,
): Promise<Role | null> {
  if (conversation.issuer === idTag) return 'admin';
  const joined = subscription(store, tenant, conversation, idTag);
  if (!joined) return null;
  const about = { subject: conversation.actionId, audience: idTag };
  const set = first(store, tenant, { ...about, types: ['SUBS'], statuses: ['A'], where: isUpdateBySomebodyElse });
  // A used-up invitation (`D`) still tells the role that it was for.
  const invited = first(store, tenant, { ...about, types: ['INVT'], where: ({ subtype }) => subtype === null });
  for (const row of [set, invited]) {
    const role = row && roleOf((await store.action(tenant, row.actionId))?.claims);
    if (role) return role;
  }
  return 'member';

  function isUpdateBySomebodyElse(row: ActionRow): boolean {
    return row.subtype === 'UPD' && row.issuer !== idTag && row.createdAt >= (joined?.createdAt ?? 0);
  }
}

/** The open invitation of an identity: not used up, withdrawn or deleted. */
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

/** Has this identity to do with the conversation: made it, is in it, or was asked in? */
export function takesPart(store: Pick<Store, 'rows'>, tenant: string, conversation: ActionRow): boolean {
  if (isSubscriber(store, tenant, conversation, tenant)) return true;
  const invited = { types: ['INVT'], subject: conversation.actionId, audience: tenant };
  return first(store, tenant, { ...invited, where: ({ subtype }) => subtype === null }) !== null;
}

/** Can one subscribe to it: is it a conversation? */
export function isSubscribable({ type }: Pick<ActionRow, 'type'>): boolean {
  return actionRule(type)?.subscribable ?? false;
}

/** The SUBS by which identities are in a conversation now, each its latest; see {@link isSubscriber}. */
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

/** Everybody who is in a conversation, whoever made it first. */
export function subscribersOf(
  store: Pick<Store, 'rows'>,
  tenant: string,
  conversation: Pick<ActionRow, 'actionId' | 'issuer'>,
): string[] {
  const joined = subscriptionsOf(store, tenant, conversation).map(({ issuer }) => issuer);
  return [...new Set([conversation.issuer, ...joined])];
}

/** Is `role` at least `wanted`? */
export function atLeast(role: Role | null, wanted: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(wanted);
}

/** The role that an action's content names, or `null`. */
export function roleOf(claims: ActionClaims | undefined): Role | null {
  const role = (claims?.c as { role?: unknown } | null | undefined)?.role;
  return ROLES.find((known) => known === role) ?? null;
}

/** A moderator's SUBS:UPD about somebody else holds the same key as the moderator's own SUBS: history is looked at too. */
function subscription(
  store: Pick<Store, 'rows'>,
  tenant: string,
  { actionId }: Pick<ActionRow, 'actionId'>,
  idTag: string,
): ActionRow | null {
  const latest = latestMembership(store, tenant, { actionId }, idTag);
  return latest?.subtype === null ? latest : null;
}

/** To whom our own SUBS to a conversation went, or `null` when we aren't in it. */
export function subscribedAt(
  store: Pick<Store, 'rows'>,
  tenant: string,
  conversationId: string | undefined,
): string | null {
  if (conversationId === undefined) return null;
  return subscription(store, tenant, { actionId: conversationId }, tenant)?.audience ?? null;
}

/** The last SUBS or SUBS:DEL of an identity that was accepted. */
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
