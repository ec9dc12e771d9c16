/** Which actions of ours are of no use to their receivers any more, and what becomes of their deliveries. */
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';

/** Types of which only the latest counts for whoever gets it: an earlier one that still waits needn't go out. */
export const SUPERSEDING: ReadonlySet<string> = new Set(['FLLW', 'CONN', 'REACT', 'REPOST', 'STAT']);

/** Is it of no use any more to deliver this action of ours? */
export function isUndone(row: Pick<ActionRow, 'type' | 'status' | 'current'> | null): boolean {
  return row !== null && (row.status === 'D' || (!row.current && SUPERSEDING.has(row.type)));
}

/** Deliveries of an earlier action that wait, given up: what replaces it goes to the same peers. */
export function superseded(
  store: Pick<Store, 'deliveries'>,
  tenant: string,
  before: Pick<ActionRow, 'actionId'> | null,
  at: number,
): JournalEvent[] {
  if (!before) return [];
  const error = { code: 'check.superseded', message: 'replaced before it was delivered' } as const;
  return store.deliveries({ tenant, actionId: before.actionId, state: 'queued' }).map(({ actionId, to, attempts }) => ({
    kind: 'delivery',
    tenant,
    actionId,
    to,
    state: 'expired',
    attempts,
    error,
    at,
  }));
}
