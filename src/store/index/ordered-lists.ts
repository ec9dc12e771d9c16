/** Linked lists of numbers in the order of a key. */
import { NumberLists } from './number-lists.ts';
import { NONE } from './references.ts';

/**
 * {@link NumberLists}, each in the order of a key; equal keys in the order of the numbers. To change a key, remove the number and
 * insert it again.
 */
export class OrderedLists {
  readonly #lists = new NumberLists();
  readonly #keyOf: (number: number) => number;

  constructor(keyOf: (number: number) => number) {
    this.#keyOf = keyOf;
  }

  /** The first number; NONE when the list is empty. */
  first(list: number): number {
    return this.#lists.first(list);
  }

  /** Inserts a number. It searches from both ends: new numbers are nearly always the latest, and failed ones go to the front. */
  insert(list: number, number: number): void {
    const key = this.#keyOf(number);
    let back = this.#lists.last(list);
    let front = this.#lists.first(list);
    while (back !== NONE && this.#isLater(back, number, key)) {
      if (this.#isLater(front, number, key)) {
        back = this.#lists.previous(front);
        break;
      }
      back = this.#lists.previous(back);
      front = this.#lists.next(front);
    }
    this.#lists.insertAfter(list, back, number);
  }

  /** Removes a number, which has to be in that list. */
  remove(list: number, number: number): void {
    this.#lists.remove(list, number);
  }

  of(list: number): Generator<number> {
    return this.#lists.of(list);
  }

  /** The numbers from the end. */
  *latest(list: number): Generator<number> {
    for (let number = this.#lists.last(list); number !== NONE; number = this.#lists.previous(number)) yield number;
  }

  #isLater(other: number, number: number, key: number): boolean {
    const otherKey = this.#keyOf(other);
    return otherKey > key || (otherKey === key && other > number);
  }
}
