/** Relays the actions of a tenant's conversation to its subscribers (specification: Conversations). */
import { splitType } from '../../protocol/action-types.ts';
import { type ActionClaims, decodeToken } from '../../protocol/token.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { subscribersOf, subscriptionsOf } from '../conversations/conversation.ts';
import { isRelayed } from '../conversations/relayed-types.ts';
import { findDelivery } from '../delivery/delivery-report.ts';
import type { Deps } from '../runtime/deps.ts';
import { signOutgoing } from './outgoing.ts';

type RelayDeps = Pick<Deps, 'signer' | 'store' | 'clock'>;
type Conversation = Pick<ActionRow, 'actionId' | 'issuer' | 'type'>;

/** An action of a conversation, byte for byte. */
export interface Relayed {
  actionId: string;
  token: string;
  issuer: string;
}

/**
 * Signs what relays an accepted SUBS or MSG of the tenant's conversation: an APRV with `p` = the conversation, `sub` =
 * the action and its token as the related token, for all subscribers. A new subscriber also gets the roster. The caller
 * appends the events together with the action, under the lock `conversation`: of two who join at the same time, the
 * second must see the first.
 * @returns no events when the conversation is not the tenant's or the action is not relayed
 * @throws CloudilloError what the signer throws; `store.damaged`, `store.io`
 */
export async function relayEvents(
  deps: RelayDeps,
  tenant: string,
  conversation: Conversation,
  relayed: Relayed,
): Promise<JournalEvent[]> {
  const claims = decodeToken(relayed.token).claims as ActionClaims;
  const { type, subtype } = splitType(claims.t);
  if (conversation.issuer !== tenant || !isRelayed(conversation, type)) return [];
  const joins = type === 'SUBS' && subtype === null;
  const leaves = type === 'SUBS' && subtype === 'DEL';
  const to = new Set(subscribersOf(deps.store, tenant, conversation));
  const isNew = joins && !to.has(relayed.issuer);
  // The author gets the relay, too: it tells the author that the action was accepted.
  if (joins) to.add(relayed.issuer);
  if (leaves) to.delete(relayed.issuer);
  const { events } = await signRelay(deps, tenant, conversation, relayed, [...to]);
  return [...events, ...(isNew ? await rosterEvents(deps, tenant, conversation, relayed.issuer) : [])];
}

/** The SUBS of all other subscribers, for a new one. Each is relayed by its existing APRV. */
async function rosterEvents(
  deps: RelayDeps,
  tenant: string,
  conversation: Conversation,
  newcomer: string,
): Promise<JournalEvent[]> {
  const { store, clock } = deps;
  const events: JournalEvent[] = [];
  for (const { actionId, issuer } of subscriptionsOf(store, tenant, conversation)) {
    if (issuer === newcomer) continue;
    const before = relayOf(store, tenant, conversation, actionId);
    // A subscriber that comes back has the roster already. A large roster costs as much as a message to all, and
    // anybody may join an open conversation.
    if (before !== null && findDelivery(store, tenant, before, newcomer)) continue;
    const { token } = (await store.action(tenant, actionId)) ?? {};
    if (token === undefined) continue;
    if (before === null) {
      events.push(...(await signRelay(deps, tenant, conversation, { actionId, token, issuer }, [newcomer])).events);
      continue;
    }
    const times = { nextAt: clock.monotonic(), at: clock.wall() };
    events.push({ kind: 'deliveries', tenant, actionId: before, to: [newcomer], related: [token], ...times });
  }
  return events;
}

/** The APRV that relayed an action, or null. */
function relayOf(
  store: Pick<Deps['store'], 'rows'>,
  tenant: string,
  conversation: Conversation,
  actionId: string,
): string | null {
  const query = { types: ['APRV'], subject: actionId, issuer: tenant, limit: 1 };
  for (const row of store.rows(tenant, { ...query, where: ({ parent }) => parent === conversation.actionId })) {
    return row.actionId;
  }
  return null;
}

function signRelay(deps: RelayDeps, tenant: string, conversation: Conversation, relayed: Relayed, to: string[]) {
  return signOutgoing(deps, {
    tenant,
    // The network signs `F`. Here only subscribers may read it.
    claims: { t: 'APRV', p: conversation.actionId, sub: relayed.actionId, v: 'F' },
    visibility: 'S',
    to: to.filter((idTag) => !deps.store.treatment(tenant, idTag).blocked),
    related: [relayed.token],
  });
}
