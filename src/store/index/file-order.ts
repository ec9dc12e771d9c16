import type { FilePlace, FileRow } from '../model/rows.ts';

/**
 * Files by a value, and by their IDs where that is the same: a page begins where the last one ended, without a look at those before.
 * Sorted when first asked for, kept so from then on; never saved.
 */
export class FileOrder {
  readonly #keyOf: (row: FileRow) => FilePlace['value'];
  #rows: FileRow[] | null = null;

  constructor(keyOf: (row: FileRow) => FilePlace['value']) {
    this.#keyOf = keyOf;
  }

  /** @param before the row of the same file that it takes the place of */
  put(row: FileRow, before: FileRow | undefined): void {
    if (!this.#rows) return;
    if (before) this.#rows.splice(this.#placeOf(this.#rows, this.#place(before)), 1);
    this.#rows.splice(this.#placeOf(this.#rows, this.#place(row)), 0, row);
  }

  /** @param all every file there is @param after the last of the page before */
  *from(all: Iterable<FileRow>, after: FilePlace | null, descending: boolean): Generator<FileRow> {
    this.#rows ??= [...all].sort((a, b) => compare(this.#place(a), this.#place(b)));
    const rows = this.#rows;
    const found = after === null ? 0 : this.#placeOf(rows, after);
    if (descending) {
      for (let place = (after === null ? rows.length : found) - 1; place >= 0; place -= 1) yield rows[place] as FileRow;
      return;
    }
    const isThere = after !== null && found < rows.length && compare(this.#place(rows[found] as FileRow), after) === 0;
    for (let place = isThere ? found + 1 : found; place < rows.length; place += 1) yield rows[place] as FileRow;
  }

  /** The first place whose row isn't before this one. */
  #placeOf(rows: readonly FileRow[], wanted: FilePlace): number {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#place(rows[middle] as FileRow), wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #place(row: FileRow): FilePlace {
    return { value: this.#keyOf(row), fileId: row.fileId };
  }
}

/** A total order, the same on every machine: no file is shown twice or left out between two pages. */
function compare(a: FilePlace, b: FilePlace): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  if (a.fileId === b.fileId) return 0;
  return a.fileId < b.fileId ? -1 : 1;
}
