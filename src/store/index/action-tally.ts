/** Counts of actions by class, kept up to date. */
import { Column } from './column.ts';

/** The properties of a row that a count asks for, and that decide who may read it. */
export interface ActionClass {
  /** The number of the type, without the subtype. */
  type: number;
  hasAudience: boolean;
  /** The number of the letter. */
  visibility: number;
  /** The number of the status. */
  status: number;
  current: boolean;
}

/** Room for numbers: there are eight letters and six statuses. */
const LETTERS = 8;
const STATUSES = 8;

/**
 * How many rows there are of each class. A count reads these numbers, a few hundred, not the rows. They are made anew at each
 * start.
 */
export class ActionTally {
  readonly #counts = new Column('u32');

  change(of: ActionClass, by: 1 | -1): void {
    const place = placeOf(of);
    while (this.#counts.length <= place) this.#counts.push(0);
    this.#counts.set(place, this.#counts.at(place) + by);
  }

  /** The number of rows in all classes that fit. */
  sum(fits: (of: ActionClass) => boolean): number {
    let sum = 0;
    for (let place = 0; place < this.#counts.length; place += 1) {
      const count = this.#counts.at(place);
      if (count > 0 && fits(classAt(place))) sum += count;
    }
    return sum;
  }
}

function placeOf({ type, hasAudience, visibility, status, current }: ActionClass): number {
  return (((type * 2 + Number(hasAudience)) * LETTERS + visibility) * STATUSES + status) * 2 + Number(current);
}

function classAt(place: number): ActionClass {
  const current = place % 2 === 1;
  const status = Math.floor(place / 2) % STATUSES;
  const visibility = Math.floor(place / 2 / STATUSES) % LETTERS;
  const above = Math.floor(place / 2 / STATUSES / LETTERS);
  return { type: Math.floor(above / 2), hasAudience: above % 2 === 1, visibility, status, current };
}
