/** Undoes the effects of an action that its peer never accepted. */
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow, Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';

type UndoStore = Pick<Deps['store'], 'row' | 'relation' | 'byKey'>;

/**
 * The events that undo an action whose delivery ended without success. A follow that never arrived, or was refused, is no follow:
 * its posts would never come. A CONN that the peer didn't accept doesn't connect, although it crossed the peer's CONN. An
 * unfollow stands, whatever the peer answers.
 */
export function undoUndelivered(store: UndoStore, { tenant, actionId, to }: Delivery, at: number): JournalEvent[] {
  const row = store.row(tenant, actionId);
  if (!row?.current || row.subtype !== null || row.audience !== to) return [];
  const deleted: JournalEvent = { kind: 'status', tenant, actionId, status: 'D', at };
  if (row.type === 'FLLW') {
    const { follower, connected } = store.relation(tenant, to);
    return [deleted, { kind: 'relation', tenant, peer: to, following: false, follower, connected, at }];
  }
  const request = row.type === 'CONN' ? crossedRequest(store, tenant, to) : null;
  if (!request) return [];
  const stands = (issuer: string, audience: string) => {
    const follow = store.byKey(tenant, `FLLW:${issuer}:${audience}`, issuer);
    return follow?.subtype === null && follow.status !== 'D';
  };
  const follows = { following: stands(tenant, to), follower: stands(to, tenant) };
  return [
    deleted,
    { kind: 'status', tenant, actionId: request.actionId, status: 'C', at },
    { kind: 'relation', tenant, peer: to, ...follows, connected: false, at },
  ];
}

/** The peer's CONN, where the connection rests only on the tenant's CONN that crossed it. */
function crossedRequest(store: UndoStore, tenant: string, peer: string): ActionRow | null {
  const theirs = store.byKey(tenant, `CONN:${peer}:${tenant}`, peer);
  return theirs?.subtype === null && store.relation(tenant, peer).connected ? theirs : null;
}
