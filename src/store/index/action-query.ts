/** Runs queries over the action table. */
import type { ActionFilter, ActionRow } from '../model/rows.ts';
import { look, PAUSE } from '../turns/slices.ts';
import type { ActionTable } from './action-table.ts';
import { inOrder } from './in-order.ts';
import type { OrderedRows } from './ordered-rows.ts';
import { candidatesOf, catchUp, namesNothing } from './query-candidates.ts';
import { NONE } from './references.ts';
import { rowTest } from './row-test.ts';
import { RowView } from './row-view.ts';
import { Inside } from './rows-below.ts';
import { talliedCount } from './tallied-count.ts';

/** The rows that match, in query order from the cursor on, in one go. It stops when the caller stops. */
export function* matchingRows(table: ActionTable, query: ActionFilter): Generator<number> {
  for (const row of walk(table, query)) if (row !== PAUSE) yield row;
}

/** The first rows that match, and whether there are more, in slices. */
export function* firstRows(
  table: ActionTable,
  query: ActionFilter,
  limit: number,
): Generator<typeof PAUSE, { rows: number[]; more: boolean }> {
  const rows: number[] = [];
  for (const row of walk(table, query)) {
    if (row === PAUSE) yield PAUSE;
    else if (rows.length === limit) return { rows, more: true };
    else rows.push(row);
  }
  return { rows, more: false };
}

/**
 * How many rows match, in slices. Rows that no tally covers are counted one by one. The page is ignored.
 * @param most stops at so many
 */
export function* countRows(
  table: ActionTable,
  query: ActionFilter,
  most = Number.POSITIVE_INFINITY,
): Generator<typeof PAUSE, number> {
  const state = begin(table, query);
  if (!state) return 0;
  yield* catchUp(table, query);
  const tallied = yield* talliedCount(table, query, state);
  if (tallied !== null) return Math.min(tallied, most);
  let count = 0;
  for (const row of inAnyOrder(table, query, state)) {
    if (row === PAUSE) yield PAUSE;
    else count += 1;
    if (count >= most) break;
  }
  return count;
}

/** Calls `visit` with each row that matches, in no order, in slices. The page is ignored. */
export function* visitRows(
  table: ActionTable,
  query: ActionFilter,
  visit: (row: Readonly<ActionRow>) => void,
): Generator<typeof PAUSE, void> {
  const state = begin(table, query);
  if (!state) return;
  yield* catchUp(table, query);
  const view = new RowView(table);
  for (const row of inAnyOrder(table, query, state)) {
    if (row === PAUSE) yield PAUSE;
    else visit(view.move(row));
  }
}

/** Matching rows, with pauses. */
function* inAnyOrder(table: ActionTable, query: ActionFilter, state: Walk): Generator<number> {
  for (const row of candidatesOf(table, query) ?? everyRow(table, query)) {
    if (row === PAUSE || look()) yield PAUSE;
    if (row !== PAUSE && (yield* isMatch(state, row))) yield row;
  }
}

interface Walk {
  matches: (row: number) => boolean;
  inside: Inside;
}

/** null: nothing can match. */
function begin(table: ActionTable, query: ActionFilter): Walk | null {
  if (namesNothing(table, query)) return null;
  const inside = new Inside(table, query.reader);
  const matches = rowTest(table, query, inside);
  return matches && { matches, inside };
}

function* isMatch({ matches, inside }: Walk, row: number): Generator<typeof PAUSE, boolean> {
  const fits = matches(row);
  if (!inside.isMissing) return fits;
  yield* inside.gather();
  return matches(row);
}

/** All rows, in any order. Rows that arrive meanwhile aren't among them. */
function* everyRow(table: ActionTable, query: ActionFilter): Generator<number> {
  if (isGuest(query)) return yield* placesFrom(table, { ...query, order: 'oldest', after: undefined });
  for (let row = 0, { length } = table; row < length; row += 1) yield row;
}

/** Matching rows in query order, with pauses. */
function* walk(table: ActionTable, query: ActionFilter): Generator<number> {
  const state = begin(table, query);
  if (!state) return;
  yield* catchUp(table, query);
  const candidates = candidatesOf(table, query);
  for (const row of candidates ? fromCursor(table, candidates, query) : placesFrom(table, query)) {
    if (row === PAUSE || (yield* isMatch(state, row))) yield row;
    if (look()) yield PAUSE;
  }
}

/** The rows in query order, from the cursor on. */
function* placesFrom(table: ActionTable, query: ActionFilter): Generator<number> {
  const { createdAt } = table.columns;
  const newest = query.order !== 'oldest';
  const step = newest ? -1 : 1;
  const order = () => (isGuest(query) ? table.publicOrder.rows : table.order);
  // Rows that arrive between two slices change indexes, not rows: the row itself is the cursor.
  let rows = order();
  let index = firstIndex(table, rows, query);
  let { length } = rows;
  while (index >= 0 && index < length) {
    const row = rows.at(index);
    if (newest && query.createdAfter !== undefined && createdAt.at(row) <= query.createdAfter) return;
    if (!newest && query.createdBefore !== undefined && createdAt.at(row) >= query.createdBefore) return;
    yield row;
    rows = order();
    if (rows.length === length) index += step;
    else {
      index = rows.indexAfter(createdAt.at(row), row) - (newest ? 2 : 0);
      length = rows.length;
    }
  }
}

/** A guest reads public rows only, whatever its part in a row. */
function isGuest({ reader }: ActionFilter): boolean {
  return reader?.idTag === null;
}

/** The index to begin at. */
function firstIndex(table: ActionTable, rows: OrderedRows, query: ActionFilter): number {
  const { order, after, createdAfter, createdBefore } = query;
  const oldest = order === 'oldest';
  if (!after) {
    if (oldest) return createdAfter === undefined ? 0 : rows.indexAfter(createdAfter, Number.POSITIVE_INFINITY);
    return (createdBefore === undefined ? rows.length : rows.indexAfter(createdBefore, -1)) - 1;
  }
  const [time, row] = cursorOf(table, after, oldest);
  const next = rows.indexAfter(time, row);
  if (oldest) return next;
  // `next` is behind the cursor's own index when its row exists, and at it otherwise.
  const own = next > 0 && rows.at(next - 1) === row;
  return own ? next - 2 : next - 1;
}

/** The cursor as (time, row). For an unknown action it is before or behind all rows of its second. */
function cursorOf(
  table: ActionTable,
  after: { createdAt: number; actionId: string },
  oldest: boolean,
): [number, number] {
  const row = table.find(after.actionId);
  if (row !== NONE && table.columns.createdAt.at(row) === after.createdAt) return [after.createdAt, row];
  return [after.createdAt, oldest ? Number.POSITIVE_INFINITY : -1];
}

/** The candidates in query order, from the cursor on. */
function fromCursor(table: ActionTable, candidates: Iterable<number>, query: ActionFilter): Iterable<number> {
  const { createdAt } = table.columns;
  const sign = query.order === 'oldest' ? 1 : -1;
  const compare = (a: number, b: number) => sign * (createdAt.at(a) - createdAt.at(b) || a - b);
  if (!query.after) return inOrder(candidates, compare);
  const [time, row] = cursorOf(table, query.after, query.order === 'oldest');
  const isBehind = (other: number) => sign * (createdAt.at(other) - time || other - row) > 0;
  function* behind(): Generator<number> {
    for (const other of candidates) {
      if (other === PAUSE || look()) yield PAUSE;
      if (other !== PAUSE && isBehind(other)) yield other;
    }
  }
  return inOrder(behind(), compare);
}
