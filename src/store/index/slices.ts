/** Work over many rows in slices, with a turn of the event loop between two of them. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** The value that a walk yields in place of a row after a slice. */
export const PAUSE = -2;
/** Rows in a slice. The slowest test of one takes about a microsecond. */
export const SLICE = 1024;

/** Counts the rows that a walk has examined since its last pause. */
export class Looks {
  #left = SLICE;

  /** Counts one row. @returns whether a pause is due */
  take(): boolean {
    this.#left -= 1;
    if (this.#left > 0) return false;
    this.#left = SLICE;
    return true;
  }

  /** Counts work that took as long as examining so many rows. */
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

/** Does the work, with a turn of the event loop after each slice. */
export async function inSlices<Result>(work: Generator<unknown, Result>): Promise<Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await nextTurn();
  }
}
