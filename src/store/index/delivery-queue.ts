/** Which queued deliveries are due, and in which order they go. */
import type { DueCircuit } from '../model/rows.ts';
import { Column } from './column.ts';
import { DueHeap } from './due-heap.ts';
import { NumberLists } from './number-lists.ts';
import { OrderedLists } from './ordered-lists.ts';
import { NONE } from './references.ts';

/** The states of a recipient: no delivery, none due yet, or one due, by the circuit of the peer. */
const IDLE = 0;
const WAITING = 1;
const CLOSED = 2;
const HALF_OPEN = 3;

/** What the queue has to know of a row and of a recipient. Times are unix milliseconds; -Infinity: at once. */
export interface QueueFacts {
  nextAt(row: number): number;
  /** The queue place: the row with the lowest number is the first of its recipient. Those behind it wait for it. */
  queuePlace(row: number): number;
  /** When the open circuit of the recipient becomes half-open; null: it is closed. */
  retryAt(person: number): number | null;
}

/**
 * The queued deliveries of a tenant: rows by recipient, recipients by the time at which their first row is due. The worker gets one row
 * for each recipient that is due. Recipients that have to wait cost it nothing.
 */
export class DeliveryQueue {
  readonly #facts: QueueFacts;
  /** A list for each recipient, by queue place, then by row. */
  readonly #rows: OrderedLists;
  /** Two lists, CLOSED and HALF_OPEN, in the order in which they became due. */
  readonly #due = new NumberLists();
  readonly #waiting = new DueHeap();
  readonly #state = new Column('u8');
  /** When the recipient is due. A heap entry with another time is outdated. */
  readonly #dueAt = new Column('f64');
  #size = 0;

  constructor(facts: QueueFacts) {
    this.#facts = facts;
    this.#rows = new OrderedLists((row) => facts.queuePlace(row));
  }

  get size(): number {
    return this.#size;
  }

  add(row: number, person: number): void {
    this.#size += 1;
    this.#rows.insert(person, row);
    this.refresh(person);
  }

  remove(row: number, person: number): void {
    this.#size -= 1;
    this.#rows.remove(person, row);
    this.refresh(person);
  }

  /** Moves a row whose time or queue place has changed. */
  move(row: number, person: number): void {
    this.#rows.remove(person, row);
    this.#rows.insert(person, row);
    this.refresh(person);
  }

  /** Puts a recipient where its first row and its circuit say. */
  refresh(person: number): void {
    while (this.#state.length <= person) this.#dueAt.set(this.#state.push(IDLE), this.#dueAt.push(Number.NaN));
    const state = this.#state.at(person);
    const first = this.#rows.first(person);
    const retryAt = this.#facts.retryAt(person);
    const dueAt =
      first === NONE ? Number.NaN : Math.max(this.#facts.nextAt(first), retryAt ?? Number.NEGATIVE_INFINITY);
    const asBefore = dueAt === this.#dueAt.at(person);
    if (asBefore && (state === WAITING || state === (retryAt === null ? CLOSED : HALF_OPEN))) return;
    if (state === CLOSED || state === HALF_OPEN) this.#due.remove(state, person);
    this.#dueAt.set(person, dueAt);
    this.#state.set(person, first === NONE ? IDLE : WAITING);
    if (first !== NONE) this.#waiting.push(person, dueAt);
  }

  rowsOf(person: number): Iterable<number> {
    return this.#rows.of(person);
  }

  /**
   * The first row of each recipient that is due, longest due first.
   * @param circuit the recipients whose circuit is in this state
   */
  *due(now: number, circuit: DueCircuit): Generator<number> {
    this.#promote(now);
    for (const person of this.#due.of(circuit === 'closed' ? CLOSED : HALF_OPEN)) yield this.#rows.first(person);
  }

  /** When the next waiting recipient is due; null when none waits. */
  nextAt(now: number): number | null {
    this.#promote(now);
    return this.#waiting.top?.due ?? null;
  }

  /** When the first recipient of all is due, past times included; null when none waits. */
  get firstDueAt(): number | null {
    const people = [this.#due.first(CLOSED), this.#due.first(HALF_OPEN), this.#soonest()?.item ?? NONE];
    const times = people.filter((person) => person !== NONE).map((person) => this.#dueAt.at(person));
    return times.length === 0 ? null : Math.min(...times);
  }

  /** The first waiting recipient. Outdated entries above it are dropped. */
  #soonest(): DueHeap['top'] {
    for (let top = this.#waiting.top; top; top = this.#waiting.top) {
      if (this.#state.at(top.item) === WAITING && this.#dueAt.at(top.item) === top.due) return top;
      this.#waiting.pop();
    }
    return null;
  }

  #promote(now: number): void {
    for (let top = this.#soonest(); top && top.due <= now; top = this.#soonest()) {
      const { item: person } = top;
      this.#waiting.pop();
      const state = this.#facts.retryAt(person) === null ? CLOSED : HALF_OPEN;
      this.#state.set(person, state);
      this.#due.append(state, person);
    }
  }
}
