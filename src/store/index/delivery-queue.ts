import { Column } from './column.ts';
import { DueHeap } from './due-heap.ts';
import { NumberLists } from './number-lists.ts';
import { OrderedLists } from './ordered-lists.ts';
import { NONE } from './references.ts';

/** Where a recipient stands. */
const IDLE = 0;
const WAITING = 1;
const READY = 2;
const PROBING = 3;

/** What the queue asks for. Times are unix milliseconds; -Infinity: at once. */
export interface QueueFacts {
  nextAt(row: number): number;
  /** Its place among those for the same recipient: it may have to wait longer than what comes after it, which waits with it. */
  place(row: number): number;
  /** When the recipient may be asked again; null: it isn't failing. */
  retryAt(person: number): number | null;
}

/**
 * Which deliveries of a tenant are due: rows by recipient, recipients by the time at which the first of their rows is. So
 * that whoever delivers sees one row a recipient, and never looks at those that have to wait.
 */
export class DeliveryQueue {
  readonly #facts: QueueFacts;
  /** One list a recipient, by place; of one place, as they were made. */
  readonly #rows: OrderedLists;
  /** Two lists, READY and PROBING, in the order in which they became due. */
  readonly #due = new NumberLists();
  readonly #waiting = new DueHeap();
  readonly #state = new Column('u8');
  /** When the recipient is due; of those that wait, what the heap says differently is out of date. */
  readonly #dueAt = new Column('f64');
  #size = 0;

  constructor(facts: QueueFacts) {
    this.#facts = facts;
    this.#rows = new OrderedLists((row) => facts.place(row));
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

  /** The row's time or place has changed. */
  move(row: number, person: number): void {
    this.#rows.remove(person, row);
    this.#rows.insert(person, row);
    this.refresh(person);
  }

  /** The recipient's own time may have changed. */
  refresh(person: number): void {
    while (this.#state.length <= person) this.#dueAt.set(this.#state.push(IDLE), this.#dueAt.push(Number.NaN));
    const state = this.#state.at(person);
    const first = this.#rows.first(person);
    const retryAt = this.#facts.retryAt(person);
    const dueAt =
      first === NONE ? Number.NaN : Math.max(this.#facts.nextAt(first), retryAt ?? Number.NEGATIVE_INFINITY);
    const asBefore = dueAt === this.#dueAt.at(person);
    if (asBefore && (state === WAITING || state === (retryAt === null ? READY : PROBING))) return;
    if (state === READY || state === PROBING) this.#due.remove(state, person);
    this.#dueAt.set(person, dueAt);
    this.#state.set(person, first === NONE ? IDLE : WAITING);
    if (first !== NONE) this.#waiting.push(person, dueAt);
  }

  rowsOf(person: number): Iterable<number> {
    return this.#rows.of(person);
  }

  /**
   * The first row of each recipient that is due, longest due first.
   * @param probes those whose recipient failed the last time, instead of those whose recipient is well
   */
  *due(now: number, probes: boolean): Generator<number> {
    this.#promote(now);
    for (const person of this.#due.of(probes ? PROBING : READY)) yield this.#rows.first(person);
  }

  /** When the next one of those that wait is due; null: none waits. */
  nextAt(now: number): number | null {
    this.#promote(now);
    return this.#waiting.top?.due ?? null;
  }

  /** When the first of all is due, also where that is past; null: nothing waits. */
  get firstDueAt(): number | null {
    const people = [this.#due.first(READY), this.#due.first(PROBING), this.#soonest()?.item ?? NONE];
    const times = people.filter((person) => person !== NONE).map((person) => this.#dueAt.at(person));
    return times.length === 0 ? null : Math.min(...times);
  }

  /** The first of those that wait. What is out of date above it is thrown away. */
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
      const state = this.#facts.retryAt(person) === null ? READY : PROBING;
      this.#state.set(person, state);
      this.#due.append(state, person);
    }
  }
}
