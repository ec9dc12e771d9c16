/**
 * Long work in slices. All that goes in slices shares the turns of the event loop: the slices of one turn together are no longer than one,
 * however many requests are under way.
 */

/** The value that a walk yields in place of a row after a slice. */
export const PAUSE = -2;
/** Rows in a slice. The slowest test of one takes about a microsecond. */
export const SLICE = 1024;
/** What the beginning of a walk costs, in rows. */
const BEGINNING = 32;

/** The turns of the event loop. */
class Turns {
  /** Rows that may be examined until the next pause. */
  #left = SLICE;
  /** Whether this turn has had its slice. */
  #isOver = false;
  #isNextDue = false;
  /** What goes on in later turns, in this order. */
  readonly #waiting: (() => void)[] = [];

  /** Whether this turn has had its slice. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Does a part of some work in a later turn. */
  later(part: () => void): void {
    this.#waiting.push(part);
    this.#awaitNext();
  }

  /** Gives the rest of this turn to others. */
  end(): void {
    this.#isOver = true;
    this.#left = SLICE;
    this.#awaitNext();
  }

  spend(rows: number): void {
    this.#left -= rows;
  }

  /** Counts work in rows. @returns whether the slice is over */
  take(rows: number): boolean {
    this.#left -= rows;
    if (this.#left > 0) return false;
    this.end();
    return true;
  }

  #awaitNext(): void {
    if (this.#isNextDue) return;
    this.#isNextDue = true;
    setImmediate(() => {
      this.#isNextDue = false;
      this.#isOver = false;
      this.#left = SLICE;
      while (!this.#isOver && this.#waiting.length > 0) this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#awaitNext();
    });
  }
}

const TURNS = new Turns();

/** Counts one row that a walk examines. @returns whether a pause is due */
export function look(): boolean {
  return TURNS.take(1);
}

/** Counts work that took as long as examining so many rows. */
export function spend(rows: number): void {
  TURNS.spend(rows);
}

/** Waits for a later turn of the event loop, in which nobody else has a slice. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    TURNS.later(() => {
      resolve();
      TURNS.end();
    });
  });
}

/**
 * Waits until a turn of the event loop has time for work that can't be cut.
 * @param rows what it costs
 * @returns null: it has time now, so that nearly nothing waits
 */
export function turnFor(rows: number): Promise<void> | null {
  if (!TURNS.isOver) {
    TURNS.take(rows);
    return null;
  }
  return new Promise((resolve) => {
    TURNS.later(() => {
      TURNS.take(rows);
      resolve();
    });
  });
}

/** Does the work, with a turn of the event loop after each slice. @param work it yields when a slice is over */
export function inSlices<Result>(work: Generator<unknown, Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const part = (): void => {
      try {
        const { done, value } = work.next();
        if (done) {
          resolve(value);
        } else {
          TURNS.end();
          TURNS.later(part);
        }
      } catch (error) {
        reject(error);
      }
    };
    if (TURNS.isOver) {
      TURNS.later(part);
    } else {
      TURNS.take(BEGINNING);
      part();
    }
  });
}
