/** The rows of each number in a column. */

import { PAUSE, SLICE } from '../turns/slices.ts';
import { Chains } from './chains.ts';
import { Column } from './column.ts';
import { NONE } from './references.ts';

/** The part of a column that is read. */
interface Numbered {
  readonly length: number;
  at(row: number): number;
}

/**
 * The rows that have a number in a column, latest arrival first. A list of one issuer or a rare type would otherwise read every
 * row. They are made at the first use in one pass, and brought up to date by each query. They are never saved.
 */
export class Postings {
  readonly #column: Numbered;
  readonly #chains = new Chains();
  readonly #counts = new Column('u32');
  #done = 0;

  constructor(column: Numbered) {
    this.#column = column;
  }

  /** How many rows have the number. */
  count(number: number): number {
    this.#take(this.#column.length);
    return number >= 0 && number < this.#counts.length ? this.#counts.at(number) : 0;
  }

  of(number: number): Generator<number> {
    this.#take(this.#column.length);
    return this.#chains.of(number);
  }

  /** Adds the missing rows, in slices. */
  *catchUp(): Generator<typeof PAUSE> {
    while (this.#column.length - this.#done > SLICE) {
      this.#take(this.#done + SLICE);
      yield PAUSE;
    }
  }

  #take(end: number): void {
    for (; this.#done < end; this.#done += 1) {
      const number = this.#column.at(this.#done);
      this.#chains.add(this.#done, number);
      if (number === NONE) continue;
      while (this.#counts.length <= number) this.#counts.push(0);
      this.#counts.set(number, this.#counts.at(number) + 1);
    }
  }
}
