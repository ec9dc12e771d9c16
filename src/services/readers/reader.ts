/** Who may read which action. */
import { canRead, type Reader } from '../../protocol/visibility.ts';
import type { ActionRow, ReaderFilter } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { conversationOf, isSubscribable, isSubscriber } from '../conversations/conversation.ts';
import { asGuestIfBlocked } from './blocked-as-guest.ts';
import { type Caller, callerAt } from './caller.ts';

/** The part of a tenant's store that one caller may read. */
export interface Readership {
  /** Who reads; null: a guest. */
  readonly idTag: string | null;
  /** The caller is the tenant itself. */
  readonly owner: boolean;
  mayRead(row: Readonly<ActionRow>): boolean;
  /** The same as a filter for lists, which reads the index columns only. Absent when the caller may read everything. */
  readonly filter: ReaderFilter | undefined;
}

/** The most threads whose answer one request remembers, so that its memory does not grow with the home. */
const MAX_REMEMBERED = 10_000;

/** The readership of one caller. Relations are read once, conversations when they are needed. */
export function readershipOf(
  store: Pick<Store, 'relation' | 'treatment' | 'row' | 'rows'>,
  tenant: string,
  caller: Caller,
): Readership {
  // A token for one file gives no access to actions.
  const { idTag: who, owner } = asGuestIfBlocked(store, tenant, callerAt(caller, null));
  const relation = who === null ? null : store.relation(tenant, who);
  const reader: Omit<Reader, 'subscriber'> = {
    idTag: who,
    owner,
    follower: relation?.follower ?? false,
    connected: relation?.connected ?? false,
  };
  const subscribed = new Map<string, boolean>();
  const threads = new Map<string, boolean>();

  function isIn(row: Readonly<ActionRow>): boolean {
    if (who === null) return false;
    if (row.type === 'CONV') return isInConversation(row);
    // Actions with the same parent and subject are in the same conversation.
    const thread = `${row.parent} ${row.subject}`;
    const known = threads.get(thread);
    if (known !== undefined) return known;
    const conversation = conversationOf(store, tenant, [row.parent, row.subject]);
    const inside = conversation !== null && isInConversation(conversation);
    if (threads.size >= MAX_REMEMBERED) threads.clear();
    threads.set(thread, inside);
    return inside;
  }

  function isInConversation(conversation: Readonly<ActionRow>): boolean {
    const { actionId, issuer } = conversation;
    const known = subscribed.get(actionId) ?? isSubscriber(store, tenant, { actionId, issuer }, who as string);
    if (subscribed.size >= MAX_REMEMBERED) subscribed.clear();
    subscribed.set(actionId, known);
    return known;
  }

  /** Conversations that the caller made or sent a SUBS to. */
  function* conversations(): Generator<string> {
    if (who === null) return;
    for (const row of store.rows(tenant, { issuer: who, types: ['CONV', 'SUBS'] })) {
      const id = isSubscribable(row) ? row.actionId : row.subject;
      if (id !== null) yield id;
    }
  }

  const { follower, connected } = reader;
  return {
    idTag: who,
    owner,
    filter: owner ? undefined : { idTag: who, follower, connected, subscribed: isIn, conversations },
    mayRead: (row) =>
      canRead(row, { ...reader, subscriber: false }) || canRead(row, { ...reader, subscriber: isIn(row) }),
  };
}
