/** The rows below some actions. */
import type { ReaderFilter } from '../model/rows.ts';
import { look, PAUSE } from '../turns/slices.ts';
import type { ActionTable } from './action-table.ts';
import { NONE } from './references.ts';
import { RowSet } from './row-set.ts';

/** What a reader may be in, of its conversations and all below them: gathered when the first row needs it. */
export class Inside {
  /** A row was asked about before anything was gathered. */
  isMissing = false;
  #below: RowSet | null | undefined;
  readonly #table: ActionTable;
  readonly #conversations: (() => Iterable<string>) | undefined;

  constructor(table: ActionTable, reader: ReaderFilter | undefined) {
    this.#table = table;
    this.#conversations = reader?.subscribed && reader.conversations;
    // Whoever doesn't say which conversations they are may be in any.
    if (!this.#conversations) this.#below = null;
  }

  /** false while {@link Inside.isMissing}: gather, and ask again */
  mayHave(row: number): boolean {
    if (this.#below === undefined) {
      this.isMissing = true;
      return false;
    }
    return this.#below?.has(row) ?? true;
  }

  /** The rows in the conversations of the reader; null: they are not known, and any row may be one. */
  *gather(): Generator<typeof PAUSE, RowSet | null> {
    if (this.#below === undefined) {
      this.#below = this.#conversations ? yield* rowsBelow(this.#table, this.#conversations()) : null;
    }
    this.isMissing = false;
    return this.#below;
  }
}

/** Gathering more rows costs more than it saves. */
const MAX_ROWS = 100_000;

/**
 * The rows of these actions and of all actions below them: those that answer or refer to one of them, and so on. In slices.
 * @returns null when there are too many to gather
 */
function* rowsBelow(table: ActionTable, actionIds: Iterable<string>): Generator<typeof PAUSE, RowSet | null> {
  // Sets of bits grow without being copied, and leave nothing to be collected.
  const rows = new RowSet();
  const seen = new RowSet();
  const open: number[] = [];
  const visit = (reference: number): void => {
    for (const name of table.namesOf(reference)) {
      const place = name < 0 ? -name * 2 - 1 : name * 2;
      if (seen.has(place)) continue;
      seen.add(place);
      open.push(name);
    }
  };
  for (const actionId of actionIds) {
    const reference = table.references.find(actionId);
    if (reference === null) continue;
    const row = reference < 0 ? NONE : table.rowOfId(reference);
    if (row !== NONE) rows.add(row);
    visit(reference);
  }
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    for (const chains of [table.byParent, table.bySubject]) {
      for (const row of chains.of(reference)) {
        if (rows.size >= MAX_ROWS) return null;
        rows.add(row);
        visit(table.columns.id.at(row));
        if (look()) yield PAUSE;
      }
    }
    // Most actions have none below them.
    if (look()) yield PAUSE;
  }
  return rows;
}
