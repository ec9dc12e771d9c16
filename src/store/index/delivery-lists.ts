/** Lists of a tenant's deliveries by what queries name. */
import type { DeliveryState } from '../model/events.ts';
import type { DeliveryFilter } from '../model/rows.ts';
import type { PAUSE } from '../turns/slices.ts';
import { OrderedLists } from './ordered-lists.ts';
import { Postings } from './postings.ts';
import { RowSet } from './row-set.ts';

/** A number for each row. */
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

/** The conditions of a query, as numbers. `null`: the query doesn't name one. */
export interface NamedRows {
  action: number | null;
  person: number | null;
  state: DeliveryState | undefined;
}

/** The one list that holds all rows. */
const ALL = 0;

/**
 * The rows of a delivery table by recipient, action and state, so that no query reads all deliveries there ever were. Made from
 * the columns at each start, never saved.
 */
export class DeliveryLists {
  readonly #columns: ListedColumns;
  readonly #states: ReadonlyMap<DeliveryState, RowSet>;
  readonly #byAction: Postings;
  readonly #byPerson: Postings;
  /** The queued rows, longest waiting first: of all recipients, and one list for each. */
  readonly #waiting: OrderedLists;
  readonly #waitingFor: OrderedLists;
  /** The failed rows, by their last failure. */
  readonly #failed: OrderedLists;
  /** The rows that are over, by the time of their end. */
  readonly #ended: OrderedLists;

  constructor(columns: ListedColumns, states: readonly DeliveryState[]) {
    this.#columns = columns;
    this.#states = new Map(states.map((state) => [state, new RowSet()]));
    this.#byAction = new Postings(columns.action);
    this.#byPerson = new Postings(columns.to);
    this.#waiting = new OrderedLists((row) => columns.firstAt.at(row));
    this.#waitingFor = new OrderedLists((row) => columns.firstAt.at(row));
    this.#failed = new OrderedLists((row) => columns.at.at(row));
    this.#ended = new OrderedLists((row) => columns.at.at(row));
  }

  count(state: DeliveryState): number {
    return this.#of(state).size;
  }

  /** Moves a row to the list of its new state. Its `firstAt` is set already. @param before null: it is new */
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

  /** The queued rows, longest waiting first. */
  queued(): Generator<number> {
    return this.#waiting.of(ALL);
  }

  addEnded(row: number): void {
    this.#ended.insert(ALL, row);
  }

  /** Removes a row whose end, or its time, is about to change. */
  removeEnded(row: number): void {
    this.#ended.remove(ALL, row);
  }

  /** The rows that are over, the earliest end first. The caller may remove the one that it gets. */
  ended(): Generator<number> {
    return this.#ended.of(ALL);
  }

  /** Removes a row that is over from the list of its state. */
  remove(row: number, state: DeliveryState): void {
    this.#of(state).delete(row);
  }

  latestFailed(): Generator<number> {
    return this.#failed.latest(ALL);
  }

  /** The row that has been queued longest, or NONE. */
  get longestWaiting(): number {
    return this.#waiting.first(ALL);
  }

  /** The rows for a recipient that have been queued since before that time, longest first. */
  *waitingFor(person: number, before: number): Generator<number> {
    for (const row of this.#waitingFor.of(person)) {
      if (this.#columns.firstAt.at(row) >= before) return;
      yield row;
    }
  }

  /** Updates the lists that are made when they are first asked for, in slices. */
  *catchUp(): Generator<typeof PAUSE> {
    yield* this.#byAction.catchUp();
    yield* this.#byPerson.catchUp();
  }

  /** The rows that may match, in order of creation: those of the rarest condition. */
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
