import { NumberLists } from './number-lists.ts';
import { NONE } from './references.ts';

/**
 * {@link NumberLists}, each in the order of a key; numbers with the same key by themselves. Whoever changes a key takes the number out
 * and puts it in again.
 */
export class OrderedLists {
  readonly #lists = new NumberLists();
  readonly #keyOf: (number: number) => number;

  constructor(keyOf: (number: number) => number) {
    this.#keyOf = keyOf;
  }

  /** NONE: the list is empty. */
  first(list: number): number {
    return this.#lists.first(list);
  }

  /** Looks from both ends: new ones are nearly always the latest, and what failed goes back to the front. */
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

  /** It has to be in that list. */
  remove(list: number, number: number): void {
    this.#lists.remove(list, number);
  }

  of(list: number): Generator<number> {
    return this.#lists.of(list);
  }

  /** From the end. */
  *latest(list: number): Generator<number> {
    for (let number = this.#lists.last(list); number !== NONE; number = this.#lists.previous(number)) yield number;
  }

  #isLater(other: number, number: number, key: number): boolean {
    const otherKey = this.#keyOf(other);
    return otherKey > key || (otherKey === key && other > number);
  }
}
