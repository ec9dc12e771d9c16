/** What is undone of an action of ours that a peer never took. */
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow, Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';

type UndoStore = Pick<Deps['store'], 'row' | 'relation' | 'byKey'>;

/**
 * A follow that never arrived, or was refused, is no follow: believing it would show posts that never come. Nor does a CONN that the
 * peer didn't take make a connection of its request. An unfollow stands, whatever the peer says.
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

/** The peer's CONN, where the connection rests on nothing but that ours crossed it. */
function crossedRequest(store: UndoStore, tenant: string, peer: string): ActionRow | null {
  const theirs = store.byKey(tenant, `CONN:${peer}:${tenant}`, peer);
  return theirs?.subtype === null && store.relation(tenant, peer).connected ? theirs : null;
}
