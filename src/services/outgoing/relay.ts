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

/** What is said or changed in a conversation, byte for byte. */
export interface Relayed {
  actionId: string;
  token: string;
  issuer: string;
}

/**
 * What passes an accepted SUBS or MSG of a conversation of ours on: an APRV with `p` = the conversation, `sub` = the action and
 * its token in `related`, to all subscribers; and the roster for whoever has just joined. The caller appends it together with
 * the action itself, under the lock `conversation`: of two who join at once, the second has to see the first.
 * @returns nothing when the conversation isn't ours, or the action is none that is relayed
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
  // The echo to the author is how the author learns that it was accepted.
  if (joins) to.add(relayed.issuer);
  if (leaves) to.delete(relayed.issuer);
  const { events } = await signRelay(deps, tenant, conversation, relayed, [...to]);
  return [...events, ...(isNew ? await rosterEvents(deps, tenant, conversation, relayed.issuer) : [])];
}

/** The SUBS of all others, for a new subscriber: each relayed as it was when it came. */
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
    // Whoever leaves and comes again has it: a large roster costs the same as a message to all, and anybody may come to an open one.
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

/** The APRV with which an action was relayed before. */
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
    // As the network signs it; here nobody but the subscribers may read it.
    claims: { t: 'APRV', p: conversation.actionId, sub: relayed.actionId, v: 'F' },
    visibility: 'S',
    to: to.filter((idTag) => !deps.store.treatment(tenant, idTag).blocked),
    related: [relayed.token],
  });
}
