import type { DeliveryState } from '../model/events.ts';
import type { DeliveryFilter } from '../model/rows.ts';
import { OrderedLists } from './ordered-lists.ts';
import { Postings } from './postings.ts';
import { RowSet } from './row-set.ts';

/** A number of each row. */
interface Numbers {
  readonly length: number;
  at(row: number): number;
}

/** The columns that decide in which lists a row is. */
export interface ListedColumns {
  action: Numbers;
  to: Numbers;
  firstAt: Numbers;
  at: Numbers;
}

/** What a question names, as numbers. `null`: it names none. */
export interface NamedRows {
  action: number | null;
  person: number | null;
  state: DeliveryState | undefined;
}

/** All rows are in one list. */
const ALL = 0;

/**
 * The rows of a delivery table by what is asked for, so that no question looks at all that there ever were. Made from the columns at each
 * start, never saved.
 */
export class DeliveryLists {
  readonly #columns: ListedColumns;
  readonly #states: ReadonlyMap<DeliveryState, RowSet>;
  readonly #byAction: Postings;
  readonly #byPerson: Postings;
  /** What waits, longest first: of all recipients, and a list for each. */
  readonly #waiting: OrderedLists;
  readonly #waitingFor: OrderedLists;
  /** What failed, by when it did so last. */
  readonly #failed: OrderedLists;

  constructor(columns: ListedColumns, states: readonly DeliveryState[]) {
    this.#columns = columns;
    this.#states = new Map(states.map((state) => [state, new RowSet()]));
    this.#byAction = new Postings(columns.action);
    this.#byPerson = new Postings(columns.to);
    this.#waiting = new OrderedLists((row) => columns.firstAt.at(row));
    this.#waitingFor = new OrderedLists((row) => columns.firstAt.at(row));
    this.#failed = new OrderedLists((row) => columns.at.at(row));
  }

  count(state: DeliveryState): number {
    return this.#of(state).size;
  }

  /** The row has this state now. Its `firstAt` is set already. @param before null: it is new */
  setState(row: number, state: DeliveryState, before: DeliveryState | null): void {
    if (state === before) return;
    if (before !== null) this.#of(before).delete(row);
    this.#of(state).add(row);
    const person = this.#columns.to.at(row);
    if (state === 'queued') {
      this.#waiting.insert(ALL, row);
      this.#waitingFor.insert(person, row);
    } else if (before === 'queued') {
      this.#waiting.remove(ALL, row);
      this.#waitingFor.remove(person, row);
    }
  }

  addFailed(row: number): void {
    this.#failed.insert(ALL, row);
  }

  removeFailed(row: number): void {
    this.#failed.remove(ALL, row);
  }

  latestFailed(): Generator<number> {
    return this.#failed.latest(ALL);
  }

  /** What waits longest, or NONE. */
  get longestWaiting(): number {
    return this.#waiting.first(ALL);
  }

  /** What waits for a recipient since before that time, longest first. */
  *waitingFor(person: number, before: number): Generator<number> {
    for (const row of this.#waitingFor.of(person)) {
      if (this.#columns.firstAt.at(row) >= before) return;
      yield row;
    }
  }

  /** In order of their making, those that a question may be about: by the rarest of what it names. */
  candidates({ action, person, state }: NamedRows, order: DeliveryFilter['order'] = 'oldest'): Iterable<number> {
    if (person !== null && state === 'queued') {
      const sign = order === 'newest' ? -1 : 1;
      return [...this.#waitingFor.of(person)].sort((a, b) => sign * (a - b));
    }
    const sources: { count: number; rows: () => Iterable<number> }[] = [];
    const add = (postings: Postings, number: number | null): void => {
      if (number === null) return;
      const rows = () => (order === 'newest' ? postings.of(number) : [...postings.of(number)].reverse());
      sources.push({ count: postings.count(number), rows });
    };
    add(this.#byAction, action);
    add(this.#byPerson, person);
    if (state !== undefined) sources.push({ count: this.count(state), rows: () => this.#of(state).rows(order) });
    const [first, ...others] = sources;
    if (!first) return everyRow(this.#columns.to.length, order);
    return others.reduce((least, other) => (other.count < least.count ? other : least), first).rows();
  }

  #of(state: DeliveryState): RowSet {
    return this.#states.get(state) as RowSet;
  }
}

function* everyRow(count: number, order: DeliveryFilter['order']): Generator<number> {
  for (let index = 0; index < count; index += 1) yield order === 'newest' ? count - 1 - index : index;
}
