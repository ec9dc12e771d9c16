import { Column } from './column.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';

/**
 * Row numbers by (time, arrival). Most arrive in order; one that doesn't is inserted where it belongs, except during a replay,
 * which sorts once at the end.
 */
export class OrderedRows {
  readonly #rows = new Column('u32');
  readonly #timeOf: (row: number) => number;
  #sorted = true;
  /** While true, rows are only appended. */
  bulk = false;

  constructor(timeOf: (row: number) => number) {
    this.#timeOf = timeOf;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** @param row greater than all before: rows are numbered in order of arrival */
  add(row: number): void {
    const length = this.#rows.length;
    const inOrder = length === 0 || this.#timeOf(this.#rows.at(length - 1)) <= this.#timeOf(row);
    if (inOrder) this.#rows.push(row);
    else if (this.bulk || !this.#sorted) {
      this.#rows.push(row);
      this.#sorted = false;
    } else this.#rows.insert(this.#search(this.#timeOf(row), row), row);
  }

  /** The row at an index of the order, oldest first. */
  at(index: number): number {
    this.#sort();
    return this.#rows.at(index);
  }

  /** The first index whose row comes after (time, row). */
  indexAfter(time: number, row: number): number {
    this.#sort();
    return this.#search(time, row);
  }

  dump(name: string, sink: SectionSink): void {
    this.#sort();
    sink.bytes(name, bytesOf(this.#rows.view()));
  }

  load(name: string, source: SectionSource): void {
    this.#rows.load(source.bytes(name));
    this.#sorted = true;
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

  #sort(): void {
    if (this.#sorted) return;
    this.#rows.view().sort((a, b) => this.#timeOf(a) - this.#timeOf(b) || a - b);
    this.#sorted = true;
  }
}
