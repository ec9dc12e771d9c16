import { Chains } from './chains.ts';
import { Column } from './column.ts';
import { NONE } from './references.ts';
import { PAUSE, SLICE } from './slices.ts';

/** The part of a column that is read here. */
interface Numbered {
  readonly length: number;
  at(row: number): number;
}

/**
 * Which rows have a number in a column, latest arrival first: for lists of one issuer or a rare type, which would look at every
 * row otherwise. Made when first asked for, in one pass, and brought up to date by each question; never saved.
 */
export class Postings {
  readonly #column: Numbered;
  readonly #chains = new Chains();
  readonly #counts = new Column('u32');
  #done = 0;

  constructor(column: Numbered) {
    this.#column = column;
  }

  /** How many rows have it. */
  count(number: number): number {
    this.#take(this.#column.length);
    return number >= 0 && number < this.#counts.length ? this.#counts.at(number) : 0;
  }

  of(number: number): Generator<number> {
    this.#take(this.#column.length);
    return this.#chains.of(number);
  }

  /** What is missing, in slices. */
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
