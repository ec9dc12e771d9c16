import type { ActionQuery, ActionRow } from '../rows.ts';
import type { ActionTable } from './action-table.ts';
import { NONE } from './references.ts';
import { RowView } from './row-view.ts';

/** A query without its page. */
export type ActionFilter = Omit<ActionQuery, 'limit'> & { limit?: number | undefined };

/** Rows that match, in query order, from after the cursor on. Looks no further than it is asked. */
export function* matchingRows(table: ActionTable, query: ActionFilter): Generator<number> {
  const matches = compile(table, query);
  if (!matches) return;
  const few = candidates(table, query);
  if (few) {
    for (const row of fromCursor(table, few.filter(matches), query)) yield row;
    return;
  }
  const { order } = table;
  const newest = query.order !== 'oldest';
  const step = newest ? -1 : 1;
  // Arrivals while the caller awaits between rows move places, not rows: the row itself is the cursor.
  let place = firstPlace(table, query);
  let length = order.length;
  let last: number | null = null;
  for (; place >= 0 && place < order.length; place += step) {
    if (order.length !== length && last !== null) {
      place = order.placeAfter(table.columns.createdAt.at(last), last) - (newest ? 2 : 0);
      length = order.length;
      if (place < 0 || place >= length) return;
    }
    const row = order.at(place);
    if (newest && query.createdAfter !== undefined && table.columns.createdAt.at(row) <= query.createdAfter) return;
    last = row;
    if (matches(row)) yield row;
  }
}

/** Where to begin in the order of all rows. */
function firstPlace(table: ActionTable, { order, after, createdAfter }: ActionFilter): number {
  const oldest = order === 'oldest';
  if (!after) {
    if (!oldest) return table.order.length - 1;
    return createdAfter === undefined ? 0 : table.order.placeAfter(createdAfter, Number.POSITIVE_INFINITY);
  }
  const [time, row] = cursorOf(table, after, oldest);
  const next = table.order.placeAfter(time, row);
  if (oldest) return next;
  // `next` is behind the cursor's own place when its row is there, and at it when it isn't.
  const own = next > 0 && table.order.at(next - 1) === row;
  return own ? next - 2 : next - 1;
}

/** The cursor as (time, row); for an action that isn't here, before or behind all of its second. */
function cursorOf(
  table: ActionTable,
  after: { createdAt: number; actionId: string },
  oldest: boolean,
): [number, number] {
  const row = table.find(after.actionId);
  if (row !== NONE && table.columns.createdAt.at(row) === after.createdAt) return [after.createdAt, row];
  return [after.createdAt, oldest ? Number.POSITIVE_INFINITY : -1];
}

/** The rows of a query that names one action or what it refers to; null: all rows have to be looked at. */
function candidates(table: ActionTable, query: ActionFilter): number[] | null {
  if (query.actionId !== undefined) {
    const row = table.find(query.actionId);
    return row === NONE ? [] : [row];
  }
  if (query.root !== undefined) return thread(table, query.root);
  for (const [value, chains] of [[query.parent, table.byParent] as const, [query.subject, table.bySubject] as const]) {
    if (value === undefined) continue;
    const reference = table.references.find(value);
    return reference === null ? [] : [...chains.of(reference)];
  }
  return null;
}

/** An action and everything below it. */
function thread(table: ActionTable, root: string): number[] {
  const start = table.references.find(root);
  if (start === null) return [];
  const rows: number[] = [];
  const own = start >= 0 ? table.rowOfId(start) : NONE;
  if (own !== NONE) rows.push(own);
  // An ID is the hash of what names its parent, so there are no cycles.
  const open = [start];
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    for (const row of table.byParent.of(reference)) {
      rows.push(row);
      open.push(table.columns.id.at(row));
    }
  }
  return rows;
}

function fromCursor(table: ActionTable, rows: number[], query: ActionFilter): number[] {
  const { createdAt } = table.columns;
  const oldest = query.order === 'oldest';
  const sign = oldest ? 1 : -1;
  rows.sort((a, b) => sign * (createdAt.at(a) - createdAt.at(b) || a - b));
  if (!query.after) return rows;
  const [time, row] = cursorOf(table, query.after, oldest);
  return rows.filter((other) => sign * (createdAt.at(other) - time || other - row) > 0);
}

/** The conditions as one test of a row; null: nothing can match. */
function compile(table: ActionTable, query: ActionFilter): ((row: number) => boolean) | null {
  const { columns } = table;
  const tests: ((row: number) => boolean)[] = [];
  const equal = (column: { at(row: number): number }, wanted: number): number =>
    tests.push((row) => column.at(row) === wanted);

  if (query.issuer !== undefined) {
    const issuer = table.people.find(query.issuer);
    if (issuer < 0) return null;
    equal(columns.issuer, issuer);
  }
  if (query.audience !== undefined) {
    const audience = table.people.find(query.audience);
    if (audience < 0) return null;
    equal(columns.audience, audience);
  }
  for (const [value, column] of [[query.parent, columns.parent] as const, [query.subject, columns.subject] as const]) {
    if (value === undefined) continue;
    const reference = table.references.find(value);
    if (reference === null) return null;
    equal(column, reference);
  }
  if (query.actionId !== undefined) {
    const wanted = table.find(query.actionId);
    tests.push((row) => row === wanted);
  }
  if (query.types) {
    const kinds = new Uint8Array(table.kinds.size);
    for (let kind = 0; kind < kinds.length; kind += 1)
      kinds[kind] = query.types.includes(table.split(kind).type) ? 1 : 0;
    tests.push((row) => kinds[columns.kind.at(row)] === 1);
  }
  if (query.statuses) {
    const codes = query.statuses.map((status) => table.statusCode(status));
    tests.push((row) => codes.includes(columns.status.at(row)));
  }
  const { createdAfter, current, where } = query;
  if (createdAfter !== undefined) tests.push((row) => columns.createdAt.at(row) > createdAfter);
  if (current !== undefined) tests.push((row) => table.isCurrent(row) === current);
  if (where) tests.push(withView(table, where));
  // One function around two others is twice as fast as a loop over an array of them, and a rare type looks at every row.
  // In this order: the caller's own condition costs most, and comes last.
  const [first = () => true, ...rest] = tests;
  return rest.reduce((left, right) => (row) => left(row) && right(row), first);
}

function withView(table: ActionTable, where: (row: Readonly<ActionRow>) => boolean): (row: number) => boolean {
  const view = new RowView(table);
  return (row) => where(view.move(row));
}
