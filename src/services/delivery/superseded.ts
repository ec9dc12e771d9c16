/** Actions of a tenant that a later action replaced before they were delivered. */
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import type { StoredError } from '../../store/model/stored-error.ts';

/** Types of which a peer needs only the latest action. */
export const SUPERSEDING: ReadonlySet<string> = new Set(['FLLW', 'CONN', 'REACT', 'REPOST', 'STAT']);

/** The error of a superseded delivery. */
export const SUPERSEDED: Readonly<StoredError> = {
  code: 'check.superseded',
  message: 'A later action replaced this one before it was delivered',
};

/** Whether a tenant's action was deleted, or a later action replaced it. */
export function isUndone(row: Pick<ActionRow, 'type' | 'status' | 'current'> | null): boolean {
  return row !== null && (row.status === 'D' || (!row.current && SUPERSEDING.has(row.type)));
}

/**
 * The events that end the queued deliveries of a replaced action as superseded. The later action goes to the same peers.
 * @param before the replaced action; null when there is none
 * @param at unix milliseconds
 */
export function superseded(
  store: Pick<Store, 'deliveries'>,
  tenant: string,
  before: Pick<ActionRow, 'actionId'> | null,
  at: number,
): JournalEvent[] {
  if (!before) return [];
  return store.deliveries({ tenant, actionId: before.actionId, state: 'queued' }).map(({ actionId, to, attempts }) => ({
    kind: 'delivery',
    tenant,
    actionId,
    to,
    state: 'superseded',
    attempts,
    error: SUPERSEDED,
    at,
  }));
}
