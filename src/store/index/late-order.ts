/** Some rows of a table in an order of their own. */

import { PAUSE, SLICE } from '../turns/slices.ts';
import { OrderedRows } from './ordered-rows.ts';

/** The rows, and their order. */
export interface LateOrderOptions {
  /** A column with a value for each row. */
  rows: { readonly length: number };
  timeOf: (row: number) => number;
  /** Whether a row is one of them. The answer never changes for a row. */
  takes: (row: number) => boolean;
}

/**
 * Some rows of a table in order of a time. The order is made at the first use, and brought up to date by each query. It is never
 * saved.
 */
export class LateOrder {
  readonly #options: LateOrderOptions;
  readonly #order: OrderedRows;
  /** How many rows were examined. */
  #done = 0;

  constructor(options: LateOrderOptions) {
    this.#options = options;
    this.#order = new OrderedRows(options.timeOf);
  }

  /** Adds the missing rows, in slices. */
  *catchUp(): Generator<typeof PAUSE> {
    while (this.#options.rows.length - this.#done > SLICE) {
      this.#take(this.#done + SLICE);
      this.#order.sort();
      yield PAUSE;
    }
  }

  /** The order, up to date. */
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
