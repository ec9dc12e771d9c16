import { canRead, type Reader } from '../protocol/visibility.ts';
import type { ActionRow } from '../store/rows.ts';
import type { Store } from '../store/store-interface.ts';
import { admitted } from './admitted.ts';
import { type Caller, callerAt } from './caller.ts';
import { conversationOf, isSubscriber } from './inbox/conversation.ts';

/** Tells what one caller may see of one identity's store. */
export interface Readership {
  /** Is it the identity itself that reads? */
  readonly owner: boolean;
  mayRead(row: Readonly<ActionRow>): boolean;
}

/** Relations are looked at once; conversations as they come up. */
export function readershipOf(
  store: Pick<Store, 'relation' | 'standing' | 'row' | 'rows'>,
  tenant: string,
  caller: Caller,
): Readership {
  // A token for one file says nothing about actions.
  const { idTag: who, owner } = admitted(store, tenant, callerAt(caller, null));
  const relation = who === null ? null : store.relation(tenant, who);
  const reader: Omit<Reader, 'subscriber'> = {
    idTag: who,
    owner,
    follower: relation?.follower ?? false,
    connected: relation?.connected ?? false,
  };
  const subscribed = new Map<string, boolean>();

  function isIn(row: Readonly<ActionRow>): boolean {
    if (who === null) return false;
    const conversation = row.type === 'CONV' ? row : conversationOf(store, tenant, [row.parent, row.subject]);
    if (!conversation) return false;
    const { actionId } = conversation;
    const known = subscribed.get(actionId) ?? isSubscriber(store, tenant, conversation, who);
    subscribed.set(actionId, known);
    return known;
  }

  return {
    owner,
    mayRead: (row) =>
      canRead(row, { ...reader, subscriber: false }) || canRead(row, { ...reader, subscriber: isIn(row) }),
  };
}
