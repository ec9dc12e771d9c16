import { canRead, type Reader } from '../../protocol/visibility.ts';
import type { ReaderFilter } from '../model/rows.ts';
import type { ActionTable } from './action-table.ts';
import { NONE } from './references.ts';
import { RowView } from './row-view.ts';
import { rowsBelow } from './rows-below.ts';

/** Of a row that the reader has no part in. */
const ELSE = { no: 0, subscriber: 1, yes: 2 } as const;

/**
 * `canRead` over columns: what it says of each kind of row is asked once, so that a list looks at numbers only. Millions of rows
 * that a reader may not see cost milliseconds.
 */
export function readerTest(table: ActionTable, filter: ReaderFilter): (row: number) => boolean {
  const { columns } = table;
  const self = filter.idTag === null ? NONE - 1 : table.people.find(filter.idTag);
  // An identity that no row knows is party to none.
  const person = self < 0 ? NONE - 1 : self;
  const verdicts = verdictsOf(table, filter);
  const width = table.letters.length;
  const isInside = insideTest(table, filter);
  return (row) => {
    const audience = columns.audience.at(row);
    if (columns.issuer.at(row) === person || audience === person) return true;
    const place = (columns.kind.at(row) * 2 + (audience === NONE ? 0 : 1)) * width + columns.visibility.at(row);
    const verdict = verdicts[place];
    if (verdict === ELSE.subscriber) return isInside(row);
    return verdict === ELSE.yes;
  };
}

/**
 * Does the reader subscribe to the row's conversation? Finding that out costs a way up for each row, and somebody who is in one small
 * conversation would have it looked at for each of all the others': where that can be known, only what is below its own is asked about.
 */
function insideTest(table: ActionTable, { subscribed, conversations }: ReaderFilter): (row: number) => boolean {
  if (!subscribed) return () => false;
  const view = new RowView(table);
  let below: ReadonlySet<number> | null | undefined;
  return (row) => {
    if (below === undefined) below = conversations ? rowsBelow(table, conversations()) : null;
    return (below?.has(row) ?? true) && subscribed(view.move(row));
  };
}

/** By kind, with or without an audience, and letter. */
function verdictsOf(table: ActionTable, { idTag, follower, connected }: ReaderFilter): Uint8Array {
  const reader: Omit<Reader, 'subscriber'> = { idTag, follower, connected };
  const verdicts: number[] = [];
  for (let kind = 0; kind < table.kinds.size; kind += 1) {
    for (const audience of [null, '']) {
      for (const visibility of table.letters) {
        const action = { issuer: '', audience, visibility, type: table.split(kind).type };
        const may = canRead(action, { ...reader, subscriber: false });
        const mayInside = canRead(action, { ...reader, subscriber: true });
        verdicts.push(may ? ELSE.yes : mayInside ? ELSE.subscriber : ELSE.no);
      }
    }
  }
  return Uint8Array.from(verdicts);
}
