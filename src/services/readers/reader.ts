import { canRead, type Reader } from '../../protocol/visibility.ts';
import type { ActionRow, ReaderFilter } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { conversationOf, isSubscribable, isSubscriber } from '../conversations/conversation.ts';
import { asGuestIfBlocked } from './blocked-as-guest.ts';
import { type Caller, callerAt } from './caller.ts';

/** Tells what one caller may see of one identity's store. */
export interface Readership {
  /** Is it the identity itself that reads? */
  readonly owner: boolean;
  mayRead(row: Readonly<ActionRow>): boolean;
  /** The same for whoever lists many: the index looks at its columns only. Absent: everything may be read. */
  readonly filter: ReaderFilter | undefined;
}

/** Beyond so many threads the memory of a request would grow with the home. */
const MAX_REMEMBERED = 10_000;

/** Relations are looked at once; conversations as they come up. */
export function readershipOf(
  store: Pick<Store, 'relation' | 'standing' | 'row' | 'rows'>,
  tenant: string,
  caller: Caller,
): Readership {
  // A token for one file says nothing about actions.
  const { idTag: who, owner } = asGuestIfBlocked(store, tenant, callerAt(caller, null));
  const relation = who === null ? null : store.relation(tenant, who);
  const reader: Omit<Reader, 'subscriber'> = {
    idTag: who,
    owner,
    follower: relation?.follower ?? false,
    connected: relation?.connected ?? false,
  };
  const subscribed = new Map<string, boolean>();
  const places = new Map<string, boolean>();

  function isIn(row: Readonly<ActionRow>): boolean {
    if (who === null) return false;
    if (row.type === 'CONV') return isInConversation(row);
    // What answers the same thing is in the same conversation.
    const place = `${row.parent} ${row.subject}`;
    const known = places.get(place);
    if (known !== undefined) return known;
    const conversation = conversationOf(store, tenant, [row.parent, row.subject]);
    const inside = conversation !== null && isInConversation(conversation);
    if (places.size >= MAX_REMEMBERED) places.clear();
    places.set(place, inside);
    return inside;
  }

  function isInConversation(conversation: Readonly<ActionRow>): boolean {
    const { actionId, issuer } = conversation;
    const known = subscribed.get(actionId) ?? isSubscriber(store, tenant, { actionId, issuer }, who as string);
    if (subscribed.size >= MAX_REMEMBERED) subscribed.clear();
    subscribed.set(actionId, known);
    return known;
  }

  /** Those that it made or ever asked to be in. */
  function* conversations(): Generator<string> {
    if (who === null) return;
    for (const row of store.rows(tenant, { issuer: who, types: ['CONV', 'SUBS'] })) {
      const id = isSubscribable(row) ? row.actionId : row.subject;
      if (id !== null) yield id;
    }
  }

  const { follower, connected } = reader;
  return {
    owner,
    filter: owner ? undefined : { idTag: who, follower, connected, subscribed: isIn, conversations },
    mayRead: (row) =>
      canRead(row, { ...reader, subscriber: false }) || canRead(row, { ...reader, subscriber: isIn(row) }),
  };
}
