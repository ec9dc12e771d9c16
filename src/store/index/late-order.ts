import { OrderedRows } from './ordered-rows.ts';
import { PAUSE, SLICE } from './slices.ts';

/** Rows of a table, in an order of their own. */
export interface LateOrderOptions {
  /** A column with a value for each row. */
  rows: { readonly length: number };
  timeOf: (row: number) => number;
  /** Is it one of them? A row never changes that. */
  takes: (row: number) => boolean;
}

/** Some of a table's rows in order of a time: made when first asked for, and brought up to date by each question; never saved. */
export class LateOrder {
  readonly #options: LateOrderOptions;
  readonly #order: OrderedRows;
  /** Rows that were looked at. */
  #done = 0;

  constructor(options: LateOrderOptions) {
    this.#options = options;
    this.#order = new OrderedRows(options.timeOf);
  }

  /** What is missing, in slices. */
  *catchUp(): Generator<typeof PAUSE> {
    while (this.#options.rows.length - this.#done > SLICE) {
      this.#take(this.#done + SLICE);
      this.#order.sort();
      yield PAUSE;
    }
  }

  /** Up to date. */
  get rows(): OrderedRows {
    this.#take(this.#options.rows.length);
    return this.#order;
  }

  #take(end: number): void {
    const { takes } = this.#options;
    this.#order.bulk = true;
    for (; this.#done < end; this.#done += 1) if (takes(this.#done)) this.#order.add(this.#done);
    this.#order.bulk = false;
  }
}
