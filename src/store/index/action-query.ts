import type { ActionQuery, ActionRow } from '../model/rows.ts';
import type { ActionTable } from './action-table.ts';
import type { Chains } from './chains.ts';
import type { OrderedRows } from './ordered-rows.ts';
import type { Postings } from './postings.ts';
import { readerTest } from './reader-filter.ts';
import { NONE } from './references.ts';
import { RowView } from './row-view.ts';

/** A query without its page. */
export type ActionFilter = Omit<ActionQuery, 'limit'> & { limit?: number | undefined };

/** Rows that match, in query order, from after the cursor on. Looks no further than it is asked. */
export function* matchingRows(table: ActionTable, query: ActionFilter): Generator<number> {
  const plan = planOf(table, query);
  if (!plan) return;
  const { candidates, matches } = plan;
  if (candidates) {
    for (const row of fromCursor(table, candidates, query)) if (matches(row)) yield row;
    return;
  }
  const order = isGuest(query) ? table.publicOrder : table.order;
  const newest = query.order !== 'oldest';
  const step = newest ? -1 : 1;
  // Arrivals while the caller awaits between rows change indexes, not rows: the row itself is the cursor.
  let index = firstIndex(table, order, query);
  let length = order.length;
  let last: number | null = null;
  for (; index >= 0 && index < order.length; index += step) {
    if (order.length !== length && last !== null) {
      index = order.indexAfter(table.columns.createdAt.at(last), last) - (newest ? 2 : 0);
      length = order.length;
      if (index < 0 || index >= length) return;
    }
    const row = order.at(index);
    if (newest && query.createdAfter !== undefined && table.columns.createdAt.at(row) <= query.createdAfter) return;
    last = row;
    if (matches(row)) yield row;
  }
}

/** How many match, whatever the page. In no order, which spares looking up each row's index: a count looks at all. */
export function countRows(table: ActionTable, query: ActionFilter): number {
  const plan = planOf(table, query);
  if (!plan) return 0;
  const { candidates, matches } = plan;
  if (candidates) return candidates.reduce((count, row) => (matches(row) ? count + 1 : count), 0);
  let count = 0;
  if (isGuest(query)) {
    const { publicOrder } = table;
    for (let index = 0; index < publicOrder.length; index += 1) if (matches(publicOrder.at(index))) count += 1;
  } else {
    for (let row = 0; row < table.length; row += 1) if (matches(row)) count += 1;
  }
  return count;
}

/** A guest reads what is public and nothing else, whatever its part in it. */
function isGuest({ reader }: ActionFilter): boolean {
  return reader?.idTag === null;
}

/** Where to begin in an order of rows. */
function firstIndex(table: ActionTable, rows: OrderedRows, { order, after, createdAfter }: ActionFilter): number {
  const oldest = order === 'oldest';
  if (!after) {
    if (!oldest) return rows.length - 1;
    return createdAfter === undefined ? 0 : rows.indexAfter(createdAfter, Number.POSITIVE_INFINITY);
  }
  const [time, row] = cursorOf(table, after, oldest);
  const next = rows.indexAfter(time, row);
  if (oldest) return next;
  // `next` is behind the cursor's own index when its row is there, and at it when it isn't.
  const own = next > 0 && rows.at(next - 1) === row;
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

/** How a query is answered. */
interface Plan {
  /** The only rows that can match; null: all have to be looked at. */
  candidates: number[] | null;
  matches: (row: number) => boolean;
}

/** @returns null when nothing can match, which for what an arrival asks about is the rule: then no test is made */
function planOf(table: ActionTable, query: ActionFilter): Plan | null {
  const named = namedRows(table, query);
  if (named?.length === 0) return null;
  const matches = compile(table, query);
  return matches && { candidates: named ?? rarest(table, query), matches };
}

/** The rows of a query that names one action, or what it refers to; null: it names none. */
function namedRows(table: ActionTable, query: ActionFilter): number[] | null {
  if (query.actionId !== undefined) {
    const row = table.find(query.actionId);
    return row === NONE ? [] : [row];
  }
  if (query.root !== undefined) return thread(table, query.root);
  if (query.receivedFrom !== undefined) return receivedFrom(table, query.receivedFrom);
  for (const [value, chains] of [[query.parent, table.byParent] as const, [query.subject, table.bySubject] as const]) {
    if (value === undefined) continue;
    const reference = table.references.find(value);
    return reference === null ? [] : fewer(referring(table, chains, reference), namedPeople(table, query));
  }
  return null;
}

/** What refers to an action by any of its names. */
function* referring(table: ActionTable, chains: Chains, reference: number): Generator<number> {
  for (const name of table.namesOf(reference)) yield* chains.of(name);
}

/** The latest arrival first, as in a chain. */
function receivedFrom({ receivedOrder: order }: ActionTable, time: number): number[] {
  const rows: number[] = [];
  const first = order.indexAfter(time, -1);
  for (let index = order.length - 1; index >= first; index -= 1) rows.push(order.at(index));
  return rows;
}

/** Some of the rows that can match, and how many there are. */
interface RowSource {
  count: number;
  rows: () => Iterable<number>;
}

/** All of a chain, or those of a shorter source: what one member said of a conversation costs no look at what all others did. */
function fewer(chain: Iterable<number>, others: readonly RowSource[]): number[] {
  const least = leastOf(others);
  const rows: number[] = [];
  for (const row of chain) {
    if (least && rows.length >= least.count) return [...least.rows()];
    rows.push(row);
  }
  return rows;
}

function leastOf(sources: readonly RowSource[]): RowSource | undefined {
  return sources.reduce<RowSource | undefined>(
    (least, source) => (least && least.count <= source.count ? least : source),
    undefined,
  );
}

/** The rows of the people that a query names. */
function namedPeople(table: ActionTable, { issuer, audience }: ActionFilter): RowSource[] {
  const sources: RowSource[] = [];
  if (issuer !== undefined) sources.push(rowsWith(table.byIssuer, [table.people.find(issuer)]));
  if (audience !== undefined) sources.push(rowsWith(table.byAudience, [table.people.find(audience)]));
  return sources;
}

function rowsWith(postings: Postings, numbers: readonly number[]): RowSource {
  const count = numbers.reduce((sum, number) => sum + postings.count(number), 0);
  // Whoever is unknown has no number.
  return { count, rows: () => (count === 0 ? [] : numbers.flatMap((number) => [...postings.of(number)])) };
}

/** One row in this many: then gathering and sorting them is quicker than looking for them in the order. */
const RARE = 32;

/** The rows of the rarest thing that a query names; null: it names nothing rare. */
function rarest(table: ActionTable, query: ActionFilter): number[] | null {
  const { wall, types } = query;
  const lists = namedPeople(table, query);
  if (wall !== undefined) lists.push(onWall(table, table.people.find(wall)));
  if (types) lists.push(rowsWith(table.byKind, kindsOf(table, types)));
  const least = leastOf(lists);
  return least && least.count * RARE < table.length ? [...least.rows()] : null;
}

/** What is for this person, and what it says to nobody: no row is both. */
function onWall({ byAudience, byIssuer, columns }: ActionTable, person: number) {
  const count = byAudience.count(person) + byIssuer.count(person);
  const toNobody = (row: number) => columns.audience.at(row) === NONE;
  return { count, rows: () => [...byAudience.of(person), ...[...byIssuer.of(person)].filter(toNobody)] };
}

function kindsOf(table: ActionTable, types: readonly string[]): number[] {
  const kinds: number[] = [];
  for (let kind = 0; kind < table.kinds.size; kind += 1) if (types.includes(table.split(kind).type)) kinds.push(kind);
  return kinds;
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
    for (const row of referring(table, table.byParent, reference)) {
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
  const compare = (a: number, b: number) => sign * (createdAt.at(a) - createdAt.at(b) || a - b);
  // They come in order of arrival, latest first, which mostly is the order of time.
  if (oldest) rows.reverse();
  if (rows.some((row, index) => index > 0 && compare(rows[index - 1] as number, row) > 0)) rows.sort(compare);
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
  if (query.wall !== undefined) {
    const owner = table.people.find(query.wall);
    if (owner < 0) return null;
    tests.push((row) => {
      const audience = columns.audience.at(row);
      return audience === owner || (audience === NONE && columns.issuer.at(row) === owner);
    });
  }
  for (const [value, column] of [[query.parent, columns.parent] as const, [query.subject, columns.subject] as const]) {
    if (value === undefined) continue;
    const reference = table.references.find(value);
    if (reference === null) return null;
    const names = table.namesOf(reference);
    if (names.length === 1) equal(column, reference);
    else tests.push((row) => names.includes(column.at(row)));
  }
  if (query.actionId !== undefined) {
    const wanted = table.find(query.actionId);
    tests.push((row) => row === wanted);
  }
  if (query.types) {
    const kinds = new Uint8Array(table.kinds.size);
    for (const kind of kindsOf(table, query.types)) kinds[kind] = 1;
    tests.push((row) => kinds[columns.kind.at(row)] === 1);
  }
  if (query.statuses) {
    const codes = new Uint8Array(256);
    for (const status of query.statuses) codes[table.statusCode(status)] = 1;
    tests.push((row) => codes[columns.status.at(row)] === 1);
  }
  const { createdAfter, receivedFrom: from, current, where } = query;
  if (from !== undefined) tests.push((row) => columns.receivedAt.at(row) >= from);
  if (createdAfter !== undefined) tests.push((row) => columns.createdAt.at(row) > createdAfter);
  if (current !== undefined) tests.push((row) => table.isCurrent(row) === current);
  if (query.reader) tests.push(readerTest(table, query.reader));
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
