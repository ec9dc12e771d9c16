/** Work over many rows in slices: others have their turn between two of them. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What a walk yields instead of a row when it has looked at a slice of them. */
export const PAUSE = -2;
/** Rows in a slice. The slowest test of one takes about a microsecond. */
export const SLICE = 4096;

/** Counts the rows that a walk has looked at since its last pause. */
export class Looks {
  #left = SLICE;

  /** One more row. @returns is a pause due? */
  take(): boolean {
    this.#left -= 1;
    if (this.#left > 0) return false;
    this.#left = SLICE;
    return true;
  }

  /** What took as long as looking at so many rows. */
  spend(rows: number): void {
    this.#left -= rows;
  }
}

/** Does the work without pauses. */
export function atOnce<Result>(work: Generator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Does the work; after each slice others have their turn. */
export async function inSlices<Result>(work: Generator<unknown, Result>): Promise<Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await nextTurn();
  }
}
