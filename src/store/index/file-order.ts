/** Files in the order of a list. */
import type { FileOrderKey, FileRow } from '../model/rows.ts';

/**
 * Files by a value, and files with the same value by ID. A page begins where the last one ended, without reading those before.
 * The order is made at the first use and kept from then on. It is never saved.
 */
export class FileOrder {
  readonly #keyOf: (row: FileRow) => FileOrderKey['value'];
  #rows: FileRow[] | null = null;

  constructor(keyOf: (row: FileRow) => FileOrderKey['value']) {
    this.#keyOf = keyOf;
  }

  /** Adds a file. @param before the row of the same file that it replaces */
  put(row: FileRow, before: FileRow | undefined): void {
    if (!this.#rows) return;
    if (before) this.remove(before);
    this.#rows.splice(this.#indexOf(this.#rows, this.#orderKey(row)), 0, row);
  }

  /** Removes a file. */
  remove(row: FileRow): void {
    if (this.#rows) this.#rows.splice(this.#indexOf(this.#rows, this.#orderKey(row)), 1);
  }

  /** The files in order. @param all every file @param after the last file of the page before */
  *from(all: Iterable<FileRow>, after: FileOrderKey | null, descending: boolean): Generator<FileRow> {
    this.#rows ??= [...all].sort((a, b) => compare(this.#orderKey(a), this.#orderKey(b)));
    const rows = this.#rows;
    const found = after === null ? 0 : this.#indexOf(rows, after);
    if (descending) {
      for (let index = (after === null ? rows.length : found) - 1; index >= 0; index -= 1) yield rows[index] as FileRow;
      return;
    }
    const isThere =
      after !== null && found < rows.length && compare(this.#orderKey(rows[found] as FileRow), after) === 0;
    for (let index = isThere ? found + 1 : found; index < rows.length; index += 1) yield rows[index] as FileRow;
  }

  /** The index of the first row that isn't before this key. */
  #indexOf(rows: readonly FileRow[], wanted: FileOrderKey): number {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#orderKey(rows[middle] as FileRow), wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #orderKey(row: FileRow): FileOrderKey {
    return { value: this.#keyOf(row), fileId: row.fileId };
  }
}

/** A total order, the same on every machine, so that no file is shown twice or left out between two pages. */
function compare(a: FileOrderKey, b: FileOrderKey): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  if (a.fileId === b.fileId) return 0;
  return a.fileId < b.fileId ? -1 : 1;
}
