/** Rows in order of a time. */
import { Column } from './column.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';

/**
 * Row numbers by (time, arrival). Most arrive in order. Others are inserted where they belong, except during a replay, which
 * sorts once at the end.
 */
export class OrderedRows {
  readonly #rows = new Column('u32');
  readonly #timeOf: (row: number) => number;
  /** How many rows from the beginning are in order. */
  #sorted = 0;
  /** While true, rows are only appended. */
  bulk = false;

  constructor(timeOf: (row: number) => number) {
    this.#timeOf = timeOf;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** Adds a row. @param row greater than all before: rows are numbered in order of arrival */
  add(row: number): void {
    const length = this.#rows.length;
    const sorted = this.#sorted === length;
    const inOrder = length === 0 || this.#timeOf(this.#rows.at(length - 1)) <= this.#timeOf(row);
    if (!sorted || (!inOrder && this.bulk)) {
      this.#rows.push(row);
      return;
    }
    if (inOrder) this.#rows.push(row);
    else this.#rows.insert(this.#search(this.#timeOf(row), row), row);
    this.#sorted += 1;
  }

  /** The row at an index of the order, oldest first. */
  at(index: number): number {
    this.sort();
    return this.#rows.at(index);
  }

  /** The first index whose row comes after (time, row). */
  indexAfter(time: number, row: number): number {
    this.sort();
    return this.#search(time, row);
  }

  dump(name: string, sink: SectionSink): void {
    this.sort();
    sink.bytes(name, bytesOf(this.#rows.view()));
  }

  load(name: string, source: SectionSource): void {
    this.#rows.load(source.bytes(name));
    this.#sorted = this.#rows.length;
  }

  /** Sorts rows that were added in bulk. */
  sort(): void {
    const rows = this.#rows.view();
    if (this.#sorted === rows.length) return;
    const compare = (a: number, b: number) => this.#timeOf(a) - this.#timeOf(b) || a - b;
    const tail = rows.slice(this.#sorted).sort(compare);
    let from = this.#sorted - 1;
    let to = rows.length - 1;
    // From the end, up to where the first of them belongs.
    for (let at = tail.length - 1; at >= 0; to -= 1) {
      const last = tail[at] as number;
      if (from >= 0 && compare(rows[from] as number, last) > 0) {
        rows[to] = rows[from] as number;
        from -= 1;
      } else {
        rows[to] = last;
        at -= 1;
      }
    }
    this.#sorted = rows.length;
  }

  #search(time: number, row: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#rows.at(middle);
      const otherTime = this.#timeOf(other);
      if (otherTime < time || (otherTime === time && other <= row)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
