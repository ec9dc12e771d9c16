/** Finds the actions that a `:DEL` with the same key deleted, whatever replaced them before it. */
import { actionKey, actionRule, isKeyedByContent } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/claims.ts';
import type { ActionTable } from '../index/action-table.ts';
import type { EventPosition } from '../index/event-positions.ts';
import { storedClaims } from '../index/prepare.ts';
import { rowAt } from '../index/row-view.ts';
import type { JournalEvent } from '../model/events.ts';
import { look, nextTurn, spend } from '../turns/slices.ts';

/** Reads one event of the journal. @throws {CloudilloError} `store.damaged`, `store.io` */
export type ReadEvent = (position: EventPosition) => Promise<JournalEvent | null>;

/** The rows that a later `:DEL` of the same issuer deleted. */
export async function keyedDeletions(
  actions: ActionTable,
  read: ReadEvent,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  /** The key, with its issuer → the row of the latest deletion. */
  const latest = new Map<string, number>();
  const deleted = new Set<number>();
  const isLater = (row: number, other: number) => {
    const difference = actions.columns.createdAt.at(row) - actions.columns.createdAt.at(other);
    return difference > 0 || (difference === 0 && row > other);
  };
  for await (const row of rowsOf(actions, signal)) {
    if (subtypeOf(actions, row) !== 'DEL') continue;
    const key = await keyOf(actions, row, read);
    const before = key === null ? undefined : latest.get(key);
    if (key !== null && (before === undefined || isLater(row, before))) latest.set(key, row);
  }
  if (latest.size === 0) return deleted;
  for await (const row of rowsOf(actions, signal)) {
    if (actions.isCurrent(row) || subtypeOf(actions, row) === 'DEL') continue;
    const key = await keyOf(actions, row, read);
    const deletion = key === null ? undefined : latest.get(key);
    if (deletion !== undefined && isLater(deletion, row)) deleted.add(row);
  }
  return deleted;
}

/** All rows of types that are deleted by key, with a turn of the event loop after each slice. */
async function* rowsOf(actions: ActionTable, signal: AbortSignal): AsyncGenerator<number> {
  /** The number of a kind → whether its actions are deleted by key. */
  const isKeyed: boolean[] = [];
  for (let row = 0; row < actions.length; row += 1) {
    if (look()) {
      await nextTurn();
      signal.throwIfAborted();
    }
    const kind = actions.columns.kind.at(row);
    isKeyed[kind] ??= isDeletedByKey(actions.split(kind).type);
    if (!isKeyed[kind]) continue;
    // Making a key takes longer than a look.
    spend(4);
    yield row;
  }
}

function isDeletedByKey(type: string): boolean {
  const rule = actionRule(type);
  return rule?.key !== undefined && rule.subtypes.includes('DEL');
}

function subtypeOf(actions: ActionTable, row: number): string | null {
  return actions.split(actions.columns.kind.at(row)).subtype;
}

/** The key of a row with its issuer; null when it can't be known, because the content is gone or damaged. */
async function keyOf(actions: ActionTable, row: number, read: ReadEvent): Promise<string | null> {
  const { type, issuer, audience, subject, parent } = rowAt(actions, row);
  const claims = isKeyedByContent(type)
    ? await claimsOf(actions, row, read)
    : { t: type, iss: issuer, aud: audience ?? undefined, sub: subject ?? undefined, p: parent ?? undefined };
  const key = claims && actionKey(claims);
  return key === null ? null : `${issuer} ${actions.keyOf(key)}`;
}

async function claimsOf(actions: ActionTable, row: number, read: ReadEvent): Promise<ActionClaims | null> {
  // A damaged record is reported when it is read, and stays.
  const event = await read(actions.position(row)).catch(() => null);
  return event?.kind === 'action' ? storedClaims(event.token) : null;
}
