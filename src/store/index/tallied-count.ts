/** Counts actions without reading their rows, by the tallies of their classes. */
import type { ActionFilter, ReaderFilter } from '../model/rows.ts';
import { look, PAUSE } from '../turns/slices.ts';
import type { ActionTable } from './action-table.ts';
import type { ActionClass } from './action-tally.ts';
import { ELSE, verdictOn } from './reader-filter.ts';
import { NONE } from './references.ts';
import { RowSet } from './row-set.ts';
import { classFits } from './row-test.ts';
import type { Inside } from './rows-below.ts';

/**
 * How many rows match a query for whole classes. Beyond those a reader may read its own actions and those of its conversations:
 * only these rows are read, one by one.
 * @returns null when it has to be counted in another way
 */
export function* talliedCount(
  table: ActionTable,
  query: ActionFilter,
  { matches, inside }: { matches: (row: number) => boolean; inside: Inside },
): Generator<typeof PAUSE, number | null> {
  if (!asksForClasses(query)) return null;
  const { reader, silenced, readable } = query;
  const fits = classFits(table, query);
  const sum = (counted: (of: ActionClass) => boolean) =>
    table.tally.sum(counted) - (readable && table.erased > 0 ? table.erasedTally.sum(counted) : 0);
  if (!reader) return silenced ? null : sum(fits);
  const isCounted = (of: ActionClass) => fits(of) && verdictOn(table, reader, of) === ELSE.yes;
  const beyond = yield* rowsBeyond(table, reader, inside);
  if (!beyond) return null;
  let count = sum(isCounted);
  for (const row of beyond) {
    if (!isCounted(table.classOf(row)) && matches(row)) count += 1;
    if (look()) yield PAUSE;
  }
  return count;
}

function asksForClasses(query: ActionFilter): boolean {
  const { issuer, audience, wall, parent, root, subject, actionId, attaches } = query;
  const { createdAfter, createdBefore, receivedFrom, where } = query;
  return [
    issuer,
    audience,
    wall,
    parent,
    root,
    subject,
    actionId,
    attaches,
    createdAfter,
    createdBefore,
    receivedFrom,
    where,
  ].every((condition) => condition === undefined);
}

/** The rows that involve the reader, each once; null when finding them would need all rows. */
function* rowsBeyond(
  table: ActionTable,
  { idTag, subscribed }: ReaderFilter,
  inside: Inside,
): Generator<typeof PAUSE, Iterable<number> | null> {
  if (idTag === null) return [];
  const below = subscribed ? yield* inside.gather() : new RowSet();
  if (!below) return null;
  const person = table.people.find(idTag);
  const { issuer, audience } = table.columns;
  return (function* () {
    if (person !== NONE) {
      yield* table.byIssuer.of(person);
      for (const row of table.byAudience.of(person)) if (issuer.at(row) !== person) yield row;
    }
    for (const row of below.rows('oldest')) if (issuer.at(row) !== person && audience.at(row) !== person) yield row;
  })();
}
