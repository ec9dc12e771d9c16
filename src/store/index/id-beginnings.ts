/** Finds action IDs by how they begin. */

import { PAUSE } from '../turns/slices.ts';
import { Postings } from './postings.ts';
import type { References } from './references.ts';

/**
 * Action IDs in 65,536 lists, by the first two bytes of their digests, so that a search reads one list and not every ID. The
 * lists are made at the first use, and brought up to date by each search. They are never saved.
 */
export class IdBeginnings {
  readonly #references: References;
  readonly #lists: Postings;

  constructor(references: References) {
    const { ids } = references;
    this.#references = references;
    this.#lists = new Postings({
      get length() {
        return ids.size;
      },
      at: (number) => firstBytes(ids.digest(number)),
    });
  }

  /** The numbers of the IDs that begin so, with pauses, in no order. @param beginning `a1~` and any number of base64url characters */
  *find(beginning: string): Generator<number> {
    for (const _ of this.#lists.catchUp()) yield PAUSE;
    const characters = beginning.slice(3, 6);
    // `A` stands for zero bits, `_` for ones.
    const last = firstBytes(Buffer.from(characters.padEnd(3, '_'), 'base64url'));
    for (let list = firstBytes(Buffer.from(characters.padEnd(3, 'A'), 'base64url')); list <= last; list += 1) {
      if (this.#lists.count(list) === 0) continue;
      for (const number of this.#lists.of(list)) if (this.#references.at(number)?.startsWith(beginning)) yield number;
    }
  }
}

function firstBytes(digest: Uint8Array): number {
  return ((digest[0] as number) << 8) | (digest[1] as number);
}
