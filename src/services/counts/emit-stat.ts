/** Reports the counts of an action to its readers. */
import type { Visibility } from '../../protocol/visibility.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { conversationOf, subscribersOf } from '../conversations/conversation.ts';
import { superseded } from '../delivery/superseded.ts';
import { signOutgoing } from '../outgoing/outgoing.ts';
import { isUnreachable } from '../peers/reachability.ts';
import { followersWhoMayRead } from '../readers/followers-who-read.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { type Counts, countsOf, isCountedHere } from './counts.ts';

/** The parts that a STAT needs. */
export type StatDeps = Pick<Deps, 'store' | 'signer' | 'clock' | 'locks' | 'live' | 'deliveryQueued'>;

/**
 * Signs, stores and queues a STAT with the counts of a tenant's action for those who got the action.
 * @returns the STAT's ID; `null` when the counts are unchanged or have no recipient
 * @throws CloudilloError what the signer throws; `store.*`
 */
export function emitStat(deps: StatDeps, tenant: string, actionId: string): Promise<string | null> {
  // All actions with a key take this lock, so that the later STAT has the later `iat`.
  const lock = { kind: 'action-key', tenant, of: `STAT:${actionId}` } as const;
  return withLock(deps, lock, (deps) => emitNow(deps, tenant, actionId));
}

async function emitNow(deps: StatDeps, tenant: string, actionId: string): Promise<string | null> {
  const { store } = deps;
  const row = store.row(tenant, actionId);
  if (!row || !isCountedHere(store, tenant, actionId)) return null;
  const to = readersOf(deps, tenant, row);
  const counts = await countsOf(store, tenant, actionId);
  if (to.length === 0 || sameCounts(await lastCounts(store, tenant, actionId), counts)) return null;
  const visibility: Visibility = row.visibility ?? 'D';
  const claims = { t: 'STAT', c: counts, p: actionId, v: visibility };
  const stat = await signOutgoing(deps, { tenant, claims, visibility, to });
  // The earlier STAT is superseded: recipients need only the latest.
  const before = store.byKey(tenant, `STAT:${actionId}`, tenant);
  await store.append([...stat.events, ...superseded(store, tenant, before, deps.clock.wall())]);
  deps.live.announceEvents(stat.events);
  deps.deliveryQueued.wake();
  return stat.actionId;
}

/** The counts of the last STAT; all zero when there is none. */
async function lastCounts(store: StatDeps['store'], tenant: string, actionId: string): Promise<Partial<Counts>> {
  const last = store.byKey(tenant, `STAT:${actionId}`, tenant);
  const content = last && (await store.action(tenant, last.actionId))?.claims.c;
  return (content as Partial<Counts> | null | undefined) ?? { r: '0', c: 0, ct: 0, rp: 0 };
}

function sameCounts(a: Partial<Counts>, b: Counts): boolean {
  return a.r === b.r && a.c === b.c && a.ct === b.ct && a.rp === b.rp;
}

/** The followers who may read the action. In the tenant's own conversation: its subscribers. */
function readersOf({ store, clock }: StatDeps, tenant: string, row: ActionRow): string[] {
  const conversation = row.visibility === 'S' ? conversationOf(store, tenant, [row.actionId]) : null;
  if (!conversation) return followersWhoMayRead(store, tenant, row.visibility ?? 'D', clock.wall());
  const readers = subscribersOf(store, tenant, conversation).filter((idTag) => idTag !== tenant);
  return readers.filter(
    (idTag) => !store.treatment(tenant, idTag).blocked && !isUnreachable(store, tenant, idTag, clock.wall()),
  );
}
