/** Finds what a compaction may erase and forget, in slices. */
import type { DeliveryTable } from '../index/delivery-table.ts';
import type { TenantIndex } from '../index/tenant-index.ts';
import { isErasableWhenExpired } from '../model/erasable.ts';
import type { ErasedEvent, ForgottenEvent } from '../model/events.ts';
import { look, PAUSE, spend } from '../turns/slices.ts';

/** Rows of one event. Others are appended between two of them. */
const TOGETHER = 500;
/** What a look at the deliveries of an action costs, in rows. */
const OF_DELIVERIES = 8;
/** How long after its end an action is kept, as when it arrives. Seconds. */
const LEEWAY = 60;

/**
 * The rows of a tenant that may be erased: of deleted and of expired actions.
 * @param deleted rows that are deleted by their key @param now unix milliseconds
 */
export function* erasableRows(
  { actions, deliveries }: TenantIndex,
  deleted: ReadonlySet<number>,
  now: number,
): Generator<number> {
  yield* deliveries.catchUp();
  const { expiresAt, kind } = actions.columns;
  const ended = now / 1000 - LEEWAY;
  for (let row = 0; row < actions.length; row += 1) {
    if (look()) yield PAUSE;
    if (actions.isErased(row)) continue;
    const isOver = expiresAt.at(row) < ended && isErasableWhenExpired(actions.split(kind.at(row)).type);
    if (!isOver && !deleted.has(row) && !actions.isErasable(row)) continue;
    spend(OF_DELIVERIES);
    if (!isWaiting(deliveries, actions.actionId(row))) yield row;
  }
}

function isWaiting(deliveries: DeliveryTable, actionId: string): boolean {
  for (const _ of deliveries.rows('', { actionId, state: 'queued' })) return true;
  return false;
}

/** What a compaction erases of a tenant. */
export interface Erasable {
  rows: readonly number[];
  /** Rows that are deleted by their key, erased ones included. */
  deleted: ReadonlySet<number>;
}

/** The events that erase these rows, and the files that only deleted actions attached. */
export function* erasingEvents(index: TenantIndex, { rows, deleted }: Erasable, at: number): Generator<ErasedEvent> {
  const { tenant, actions } = index;
  const pictures = rows.length > 0 ? index.peerPictures() : new Set<string>();
  for (let start = 0; start < rows.length; start += TOGETHER) {
    const part = rows.slice(start, start + TOGETHER);
    const fileIds = [...new Set(part.flatMap((row) => orphansOf(index, row, deleted, pictures)))];
    const actionIds = part.map((row) => actions.actionId(row));
    yield { kind: 'erased', tenant, actionIds, ...(fileIds.length > 0 && { fileIds }), at };
  }
}

/** The fetched files of a deleted action that nothing else names. The tenant's own files are its own: a post only refers to them. */
function orphansOf(
  index: TenantIndex,
  row: number,
  deleted: ReadonlySet<number>,
  pictures: ReadonlySet<string>,
): string[] {
  const { tenant, actions } = index;
  const isLive = (other: number) => actions.statusOf(other) !== 'D' && !deleted.has(other);
  if (isLive(row)) return [];
  return actions.attachments.of(row).filter((fileId) => {
    const owner = index.files.of(fileId)?.owner ?? tenant;
    if (owner === tenant || pictures.has(fileId)) return false;
    const reference = actions.references.find(fileId);
    const naming = reference === null ? [] : [...actions.bySubject.of(reference)];
    return ![...actions.attachments.rowsOf(fileId), ...naming].some(isLive);
  });
}

/** The events that forget the deliveries of a tenant that ended before a time, a bounded number each. */
export function* forgettingEvents(
  { tenant, deliveries }: TenantIndex,
  before: number,
  at: number,
): Generator<ForgottenEvent> {
  for (;;) {
    let count = 0;
    let last = 0;
    for (const endedAt of deliveries.endedBefore(before)) {
      // Those that ended at the same time go together.
      if (count >= TOGETHER && endedAt > last) break;
      count += 1;
      last = endedAt;
    }
    if (count === 0) return;
    const isAll = count < TOGETHER;
    yield { kind: 'forgotten', tenant, before: isAll ? before : nextUp(last), at };
    if (isAll) return;
  }
}

/** The next time that is later. */
function nextUp(at: number): number {
  return Math.floor(at) + 1;
}
