/** Counts that need no look at the rows: of whole classes of them, by what is kept of each class. */
import type { ActionFilter, ReaderFilter } from '../model/rows.ts';
import type { ActionTable } from './action-table.ts';
import type { ActionClass } from './action-tally.ts';
import { ELSE, verdictOn } from './reader-filter.ts';
import { NONE } from './references.ts';
import { classFits } from './row-test.ts';
import { rowsBelow } from './rows-below.ts';
import { type Looks, PAUSE } from './slices.ts';

/**
 * How many rows match, of a query that asks for whole classes. What a reader may read beyond those is its own, or in its conversations:
 * only that is looked at, one by one.
 * @param matches the query's test of one row
 * @returns null when it has to be counted otherwise
 */
export function* talliedCount(
  table: ActionTable,
  query: ActionFilter,
  matches: (row: number) => boolean,
  looks: Looks,
): Generator<typeof PAUSE, number | null> {
  if (!asksForClasses(query)) return null;
  const { reader, silenced } = query;
  const fits = classFits(table, query);
  if (!reader) return silenced ? null : table.tally.sum(fits);
  const isCounted = (of: ActionClass) => fits(of) && verdictOn(table, reader, of) === ELSE.yes;
  const beyond = yield* rowsBeyond(table, reader);
  if (!beyond) return null;
  let count = table.tally.sum(isCounted);
  for (const row of beyond) {
    if (!isCounted(table.classOf(row)) && matches(row)) count += 1;
    if (looks.take()) yield PAUSE;
  }
  return count;
}

function asksForClasses(query: ActionFilter): boolean {
  const { issuer, audience, wall, parent, root, subject, actionId } = query;
  const { createdAfter, createdBefore, receivedFrom, where } = query;
  return [
    issuer,
    audience,
    wall,
    parent,
    root,
    subject,
    actionId,
    createdAfter,
    createdBefore,
    receivedFrom,
    where,
  ].every((condition) => condition === undefined);
}

/** What a reader has a part in, each row once; null: that can't be told without looking at all. */
function* rowsBeyond(
  table: ActionTable,
  { idTag, subscribed, conversations }: ReaderFilter,
): Generator<typeof PAUSE, Iterable<number> | null> {
  if (idTag === null) return [];
  if (subscribed && !conversations) return null;
  const below = subscribed && conversations ? yield* rowsBelow(table, conversations()) : new Set<number>();
  if (!below) return null;
  const person = table.people.find(idTag);
  const { issuer, audience } = table.columns;
  return (function* () {
    if (person !== NONE) {
      yield* table.byIssuer.of(person);
      for (const row of table.byAudience.of(person)) if (issuer.at(row) !== person) yield row;
    }
    for (const row of below) if (issuer.at(row) !== person && audience.at(row) !== person) yield row;
  })();
}
