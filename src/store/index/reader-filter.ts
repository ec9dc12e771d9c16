/** Which rows a reader may read. */
import { canRead, type Reader } from '../../protocol/visibility.ts';
import type { ReaderFilter } from '../model/rows.ts';
import { spend } from '../turns/slices.ts';
import type { ActionTable } from './action-table.ts';
import type { ActionClass } from './action-tally.ts';
import { NONE } from './references.ts';
import { RowView } from './row-view.ts';
import type { Inside } from './rows-below.ts';

/** The highest cost of finding the conversation of a row, in rows (`MAX_VISITED` of conversation.ts). */
const WAY_UP = 64;

/** The verdicts for a row that doesn't involve the reader. */
export const ELSE = { no: 0, subscriber: 1, yes: 2 } as const;

/**
 * `canRead` over columns. Its verdict for each class of rows is computed once, so that a list reads numbers only. Millions of
 * rows that a reader may not see cost milliseconds.
 */
export function readerTest(table: ActionTable, filter: ReaderFilter, inside: Inside): (row: number) => boolean {
  const { columns } = table;
  const self = filter.idTag === null ? NONE - 1 : table.people.find(filter.idTag);
  // An identity without a number has no part in any row.
  const person = self < 0 ? NONE - 1 : self;
  const verdicts = verdictsOf(table, filter);
  const width = table.letters.length;
  const isInside = insideTest(table, filter, inside);
  return (row) => {
    const audience = columns.audience.at(row);
    if (columns.issuer.at(row) === person || audience === person) return true;
    const place =
      (table.typeOf(columns.kind.at(row)) * 2 + (audience === NONE ? 0 : 1)) * width + columns.visibility.at(row);
    const verdict = verdicts[place];
    if (verdict === ELSE.subscriber) return isInside(row);
    return verdict === ELSE.yes;
  };
}

/**
 * Tests whether the reader subscribes to the row's conversation. Each test walks up from the row. Where the reader's
 * conversations are known, only the rows below them are tested.
 */
function insideTest(table: ActionTable, { subscribed }: ReaderFilter, inside: Inside): (row: number) => boolean {
  if (!subscribed) return () => false;
  const view = new RowView(table);
  return (row) => {
    if (!inside.mayHave(row)) return false;
    spend(WAY_UP);
    return subscribed(view.move(row));
  };
}

/** The verdicts by type, with or without an audience, and letter. */
function verdictsOf(table: ActionTable, filter: ReaderFilter): Uint8Array {
  const verdicts: number[] = [];
  for (let type = 0; type < table.types.size; type += 1) {
    for (const hasAudience of [false, true]) {
      for (let visibility = 0; visibility < table.letters.length; visibility += 1) {
        verdicts.push(verdictOn(table, filter, { type, hasAudience, visibility }));
      }
    }
  }
  return Uint8Array.from(verdicts);
}

/** The verdict for the rows of a class that don't involve the reader. */
export function verdictOn(
  { types, letters }: ActionTable,
  { idTag, follower, connected }: ReaderFilter,
  { type, hasAudience, visibility }: Pick<ActionClass, 'type' | 'hasAudience' | 'visibility'>,
): number {
  const reader: Omit<Reader, 'subscriber'> = { idTag, follower, connected };
  const audience = hasAudience ? '' : null;
  const action = { issuer: '', audience, visibility: letters[visibility] ?? null, type: types.at(type) };
  if (canRead(action, { ...reader, subscriber: false })) return ELSE.yes;
  return canRead(action, { ...reader, subscriber: true }) ? ELSE.subscriber : ELSE.no;
}
