/** The conditions of a query as a test of rows. */
import { STATUSES } from '../model/events.ts';
import type { ActionFilter, ActionRow } from '../model/rows.ts';
import { spend } from '../turns/slices.ts';
import type { ActionTable } from './action-table.ts';
import type { ActionClass } from './action-tally.ts';
import { readerTest } from './reader-filter.ts';
import { NONE } from './references.ts';
import { RowView } from './row-view.ts';
import type { Inside } from './rows-below.ts';

/** What the caller's own condition costs, in rows. */
const VIEW = 4;

type RowTest = (row: number) => boolean;

/** The conditions of a query as one test of a row; null when no row can match. */
export function rowTest(table: ActionTable, query: ActionFilter, inside: Inside): RowTest | null {
  const tests: RowTest[] = [];
  for (const part of [peopleTest, referenceTest]) {
    const test = part(table, query);
    if (!test) return null;
    tests.push(...test);
  }
  const { columns } = table;
  const fits = classTest(table, query);
  if (fits) tests.push(fits);
  const { createdAfter, createdBefore, receivedFrom: from, where } = query;
  if (from !== undefined) tests.push((row) => columns.receivedAt.at(row) >= from);
  if (createdAfter !== undefined) tests.push((row) => columns.createdAt.at(row) > createdAfter);
  if (createdBefore !== undefined) tests.push((row) => columns.createdAt.at(row) < createdBefore);
  if (query.readable && table.erased > 0) tests.push((row) => !table.isErased(row));
  if (query.reader) tests.push(readerTest(table, query.reader, inside));
  if (where) tests.push(withView(table, where));
  // One function around two others is twice as fast as a loop over an array of them, and a rare type looks at every row.
  // In this order: the caller's own condition costs most, and comes last.
  const [first = () => true, ...rest] = tests;
  return rest.reduce((left, right) => (row) => left(row) && right(row), first);
}

/** The tests for people; null when no row has one of them. */
function peopleTest({ columns, people }: ActionTable, { issuer, audience, wall }: ActionFilter): RowTest[] | null {
  const tests: RowTest[] = [];
  for (const [value, column] of [[issuer, columns.issuer] as const, [audience, columns.audience] as const]) {
    if (value === undefined) continue;
    const wanted = people.find(value);
    if (wanted < 0) return null;
    tests.push((row) => column.at(row) === wanted);
  }
  if (wall === undefined) return tests;
  const owner = people.find(wall);
  if (owner < 0) return null;
  tests.push((row) => {
    const to = columns.audience.at(row);
    return to === owner || (to === NONE && columns.issuer.at(row) === owner);
  });
  return tests;
}

/** The tests for references; null when no row has one of them. */
function referenceTest(table: ActionTable, { parent, subject, actionId }: ActionFilter): RowTest[] | null {
  const { columns } = table;
  const tests: RowTest[] = [];
  for (const [value, column] of [[parent, columns.parent] as const, [subject, columns.subject] as const]) {
    if (value === undefined) continue;
    const reference = table.references.find(value);
    if (reference === null) return null;
    const names = table.namesOf(reference);
    if (names.length === 1) tests.push((row) => column.at(row) === reference);
    else tests.push((row) => names.includes(column.at(row)));
  }
  if (actionId !== undefined) {
    const wanted = table.find(actionId);
    tests.push((row) => row === wanted);
  }
  return tests;
}

/** The conditions that depend on the class of a row. */
export type ClassConditions = Pick<ActionFilter, 'types' | 'statuses' | 'visibilities' | 'current'>;

/** The classes of rows that a query asks for. */
export function classFits(table: ActionTable, query: ClassConditions): (of: ActionClass) => boolean {
  const { types, statuses, visibilities, current } = query;
  const wantedTypes = types && new Set(types.map((type) => table.types.find(type)));
  const wantedStatuses = statuses && new Set(statuses.map((status) => table.statusCode(status)));
  // An unresolved visibility is as narrow as the narrowest.
  const letters = visibilities && table.letters.map((letter) => visibilities.includes(letter ?? 'D'));
  return ({ type, status, visibility, current: stands }) =>
    (wantedTypes?.has(type) ?? true) &&
    (wantedStatuses?.has(status) ?? true) &&
    (letters?.[visibility] ?? true) &&
    (current === undefined || stands === current);
}

/** The same as {@link classFits} for a row, by numbers alone, because millions of rows are tested. undefined: no condition. */
function classTest(table: ActionTable, query: ActionFilter): RowTest | undefined {
  const { types, statuses, visibilities, current, silenced } = query;
  if (!types && !statuses && !visibilities && current === undefined) return undefined;
  const { columns } = table;
  const width = table.types.size + 1;
  const ofType = flags(width, (type) => !types || types.includes(table.types.at(type) ?? ''));
  const ofStatus = flags(STATUSES.length, (code) => !statuses || statuses.some((one) => STATUSES[code] === one));
  const ofLetter = flags(table.letters.length, (code) => visibilities?.includes(table.letters[code] ?? 'D') ?? true);
  const issuer = silenced ? table.people.find(silenced.issuer) : NONE;
  const rejected = table.statusCode('D');
  const ofSilenced = flags(width, (type) => silenced?.types.includes(table.types.at(type) ?? '') ?? false);
  const isSilenced = (row: number, type: number) =>
    issuer >= 0 && ofSilenced[type] === 1 && columns.status.at(row) === rejected && columns.issuer.at(row) === issuer;
  return (row) => {
    const type = table.typeOf(columns.kind.at(row));
    if (ofType[type] !== 1 || ofLetter[columns.visibility.at(row)] !== 1) return false;
    if (current !== undefined && table.isCurrent(row) !== current) return false;
    return ofStatus[columns.status.at(row)] === 1 || isSilenced(row, type);
  };
}

function flags(length: number, holds: (place: number) => boolean): Uint8Array {
  return Uint8Array.from({ length }, (_, place) => Number(holds(place)));
}

function withView(table: ActionTable, where: (row: Readonly<ActionRow>) => boolean): RowTest {
  const view = new RowView(table);
  return (row) => {
    spend(VIEW);
    return where(view.move(row));
  };
}
