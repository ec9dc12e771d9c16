/** The rows that may match a query, where one of its conditions has few rows. */
import type { ActionFilter } from '../model/rows.ts';
import { look, PAUSE } from '../turns/slices.ts';
import type { ActionTable } from './action-table.ts';
import type { Chains } from './chains.ts';
import type { Postings } from './postings.ts';
import { NONE } from './references.ts';

/** Rows that may match, and how many there are. */
interface RowSource {
  count: number;
  rows: () => Iterable<number>;
}

/**
 * Whether a query names an action or identity without rows. The queries of an arrival nearly always do, and need no further work.
 */
export function namesNothing({ references }: ActionTable, query: ActionFilter): boolean {
  const { actionId, root, parent, subject } = query;
  return [actionId, root, parent, subject].some((id) => id !== undefined && references.find(id) === null);
}

/** Updates the indexes that a query uses, in slices. */
export function* catchUp(table: ActionTable, query: ActionFilter): Generator<typeof PAUSE> {
  const { issuer, audience, wall, types, reader, receivedFrom } = query;
  if (query.actionId !== undefined || query.root !== undefined) return;
  if (receivedFrom !== undefined) yield* table.receivedOrder.catchUp();
  const person = reader?.idTag !== null && reader?.conversations !== undefined;
  if (issuer !== undefined || wall !== undefined || person) yield* table.byIssuer.catchUp();
  if (audience !== undefined || wall !== undefined || person) yield* table.byAudience.catchUp();
  if (types || person) yield* table.byType.catchUp();
  if (reader?.idTag === null) yield* table.publicOrder.catchUp();
}

/** The candidates in no order, with pauses, each row once; null when every row is one. */
export function candidatesOf(table: ActionTable, query: ActionFilter): Iterable<number> | null {
  return namedRows(table, query) ?? rarest(table, query);
}

/** The rows of a query that names an action or its references; null when it names none. */
function namedRows(table: ActionTable, query: ActionFilter): Iterable<number> | null {
  if (query.actionId !== undefined) {
    const row = table.find(query.actionId);
    return row === NONE ? [] : [row];
  }
  if (query.root !== undefined) return thread(table, query.root);
  if (query.attaches !== undefined) return table.attachments.rowsOf(query.attaches);
  if (query.receivedFrom !== undefined) return receivedFrom(table, query.receivedFrom);
  for (const [value, chains] of [[query.parent, table.byParent] as const, [query.subject, table.bySubject] as const]) {
    const reference = value === undefined ? undefined : table.references.find(value);
    if (reference === null) return [];
    if (reference !== undefined) return fewer(() => referring(table, chains, reference), namedPeople(table, query));
  }
  return null;
}

/** The rows that refer to an action by any of its IDs. */
function* referring(table: ActionTable, chains: Chains, reference: number): Generator<number> {
  for (const name of table.namesOf(reference)) yield* chains.of(name);
}

/** The latest arrival comes first, as in a chain. */
function* receivedFrom({ receivedOrder }: ActionTable, time: number): Generator<number> {
  const order = receivedOrder.rows;
  const first = order.indexAfter(time, -1);
  for (let index = order.length - 1; index >= first; index -= 1) yield order.at(index);
}

/**
 * The rows of a chain, or those of a shorter source. The actions of one member in a conversation are found without reading all
 * others.
 */
function* fewer(chain: () => Iterable<number>, others: readonly RowSource[]): Generator<number> {
  const least = leastOf(others);
  if (least) {
    let length = 0;
    for (const _row of chain()) {
      length += 1;
      if (length > least.count) return yield* least.rows();
      if (look()) yield PAUSE;
    }
  }
  yield* chain();
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
  function* rows(): Generator<number> {
    // An unknown identity has no number.
    for (const number of numbers) if (postings.count(number) > 0) yield* postings.of(number);
  }
  return { count, rows };
}

/** Conditions with at most one row in this many are gathered and sorted, which is faster than a walk through the order. */
const RARE = 32;

/** The rows of the rarest condition; null when none is rare. */
function rarest(table: ActionTable, query: ActionFilter): Iterable<number> | null {
  const { wall, types } = query;
  const lists = namedPeople(table, query);
  if (wall !== undefined) lists.push(onWall(table, table.people.find(wall)));
  if (types)
    lists.push(
      rowsWith(
        table.byType,
        [...new Set(types)].map((type) => table.types.find(type)),
      ),
    );
  const least = leastOf(lists);
  return least && least.count * RARE < table.length ? least.rows() : null;
}

/** The rows on a wall: for this person, or by it without an audience. No row is both. */
function onWall({ byAudience, byIssuer, columns }: ActionTable, person: number): RowSource {
  const count = byAudience.count(person) + byIssuer.count(person);
  function* rows(): Generator<number> {
    if (person < 0) return;
    yield* byAudience.of(person);
    for (const row of byIssuer.of(person)) if (columns.audience.at(row) === NONE) yield row;
  }
  return { count, rows };
}

/** An action and everything below it. */
function* thread(table: ActionTable, root: string): Generator<number> {
  const start = table.references.find(root);
  if (start === null) return;
  const own = start >= 0 ? table.rowOfId(start) : NONE;
  if (own !== NONE) yield own;
  // An ID is the hash of what names its parent, so there are no cycles.
  const open = [start];
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    for (const row of referring(table, table.byParent, reference)) {
      yield row;
      open.push(table.columns.id.at(row));
      if (look()) yield PAUSE;
    }
    // Most actions have none below them.
    if (look()) yield PAUSE;
  }
}
