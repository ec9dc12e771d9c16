/** Sets of rows in order. */
import { Column } from './column.ts';
import { NONE } from './references.ts';

/** There is room for 32 to the power of this many rows. */
const LEVELS = 6;

/**
 * A set of row numbers that finds the next one in either direction without reading those between. It has a bit for each row,
 * above it a bit for each word that isn't empty, and so on.
 */
export class RowSet {
  readonly #levels = Array.from({ length: LEVELS }, () => new Column('u32'));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(row: number): boolean {
    const [words] = this.#levels as [Column<'u32'>];
    return row >>> 5 < words.length && (words.at(row >>> 5) & (1 << (row & 31))) !== 0;
  }

  add(row: number): void {
    if (this.has(row)) return;
    this.#size += 1;
    let bit = row;
    for (const words of this.#levels) {
      const word = bit >>> 5;
      while (words.length <= word) words.push(0);
      const before = words.at(word);
      words.set(word, before | (1 << (bit & 31)));
      if (before !== 0) return;
      bit = word;
    }
  }

  delete(row: number): void {
    if (!this.has(row)) return;
    this.#size -= 1;
    let bit = row;
    for (const words of this.#levels) {
      const word = bit >>> 5;
      words.set(word, words.at(word) & ~(1 << (bit & 31)));
      if (words.at(word) !== 0) return;
      bit = word;
    }
  }

  /** The lowest row from this one on, or NONE. */
  from(row: number): number {
    let bit = row;
    for (const [level, words] of this.#levels.entries()) {
      const word = bit >>> 5;
      if (word >= words.length) return NONE;
      const found = words.at(word) & (-1 << (bit & 31));
      if (found !== 0) return this.#down(level, word * 32 + lowest(found), lowest);
      bit = word + 1;
    }
    return NONE;
  }

  /** The highest row up to this one, or NONE. */
  upTo(row: number): number {
    let bit = row;
    for (const [level, words] of this.#levels.entries()) {
      bit = Math.min(bit, words.length * 32 - 1);
      if (bit < 0) return NONE;
      const word = bit >>> 5;
      const found = words.at(word) & (-1 >>> (31 - (bit & 31)));
      if (found !== 0) return this.#down(level, word * 32 + highest(found), highest);
      bit = word - 1;
    }
    return NONE;
  }

  /** The rows in order. Changes during the iteration may be seen or not. */
  *rows(order: 'newest' | 'oldest'): Generator<number> {
    if (order === 'oldest') for (let row = this.from(0); row !== NONE; row = this.from(row + 1)) yield row;
    else for (let row = this.upTo(Number.MAX_SAFE_INTEGER); row !== NONE; row = this.upTo(row - 1)) yield row;
  }

  #down(level: number, bit: number, bitOf: (word: number) => number): number {
    let row = bit;
    for (let below = level - 1; below >= 0; below -= 1) row = row * 32 + bitOf((this.#levels[below] as Column).at(row));
    return row;
  }
}

function lowest(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function highest(word: number): number {
  return 31 - Math.clz32(word);
}
