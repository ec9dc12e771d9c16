/** Linked lists of numbers. */
import { Column } from './column.ts';
import { NONE } from './references.ts';

/** Many doubly linked lists of small numbers. A number is in one list at most. Removing one takes the same time anywhere in a list. */
export class NumberLists {
  readonly #first = new Column('i32');
  readonly #last = new Column('i32');
  readonly #next = new Column('i32');
  readonly #previous = new Column('i32');

  /** The first number; NONE when the list is empty. */
  first(list: number): number {
    return list < this.#first.length ? this.#first.at(list) : NONE;
  }

  /** The last number; NONE when the list is empty. */
  last(list: number): number {
    return list < this.#last.length ? this.#last.at(list) : NONE;
  }

  /** The next number; NONE after the last one. */
  next(number: number): number {
    return this.#next.at(number);
  }

  /** The previous number; NONE before the first one. */
  previous(number: number): number {
    return this.#previous.at(number);
  }

  /** Inserts a number behind `before`. @param before NONE: at the front */
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

  /** Removes a number, which has to be in that list. */
  remove(list: number, number: number): void {
    this.#link(list, this.#previous.at(number), this.#next.at(number));
  }

  /** The numbers of a list, first to last. */
  *of(list: number): Generator<number> {
    for (let number = this.first(list); number !== NONE; ) {
      // The caller may remove the number that it gets.
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
