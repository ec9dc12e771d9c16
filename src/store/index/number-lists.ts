import { Column } from './column.ts';
import { NONE } from './references.ts';

/** Many doubly linked lists of small numbers, each number in one list at most: taking one out costs the same anywhere. */
export class NumberLists {
  readonly #first = new Column('i32');
  readonly #last = new Column('i32');
  readonly #next = new Column('i32');
  readonly #previous = new Column('i32');

  /** NONE: the list is empty. */
  first(list: number): number {
    return list < this.#first.length ? this.#first.at(list) : NONE;
  }

  last(list: number): number {
    return list < this.#last.length ? this.#last.at(list) : NONE;
  }

  /** NONE: it was the last. */
  next(number: number): number {
    return this.#next.at(number);
  }

  previous(number: number): number {
    return this.#previous.at(number);
  }

  /** @param before NONE: to the front */
  insertAfter(list: number, before: number, number: number): void {
    for (const column of [this.#first, this.#last]) while (column.length <= list) column.push(NONE);
    for (const column of [this.#next, this.#previous]) while (column.length <= number) column.push(NONE);
    const after = before === NONE ? this.first(list) : this.#next.at(before);
    this.#link(list, before, number);
    this.#link(list, number, after);
  }

  append(list: number, number: number): void {
    this.insertAfter(list, this.last(list), number);
  }

  /** It has to be in that list. */
  remove(list: number, number: number): void {
    this.#link(list, this.#previous.at(number), this.#next.at(number));
  }

  *of(list: number): Generator<number> {
    for (let number = this.first(list); number !== NONE; ) {
      // Whoever is given a number may take it out.
      const next = this.#next.at(number);
      yield number;
      number = next;
    }
  }

  #link(list: number, before: number, after: number): void {
    if (before === NONE) this.#first.set(list, after);
    else this.#next.set(before, after);
    if (after === NONE) this.#last.set(list, before);
    else this.#previous.set(after, before);
  }
}
