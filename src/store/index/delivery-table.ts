/** The deliveries of one tenant, as columns. */
import { createHash } from 'node:crypto';
import { isCodeOf } from '../../protocol/error-table.ts';
import { DELIVERY_STATES, type DeliveriesEvent, type DeliveryEvent, type DeliveryState } from '../model/events.ts';
import type { Delivery, DeliveryFilter, DueCircuit } from '../model/rows.ts';
import type { StoredError } from '../model/stored-error.ts';
import { PAUSE } from '../turns/slices.ts';
import type { Circuits } from './circuits.ts';
import { Column } from './column.ts';
import { DeliveryLists } from './delivery-lists.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { DigestTable } from './digest-table.ts';
import { type EventPosition, EventPositions } from './event-positions.ts';
import { IdBeginnings } from './id-beginnings.ts';
import { NONE, References } from './references.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';
import { StringPool } from './string-pool.ts';

const STATES: readonly DeliveryState[] = DELIVERY_STATES;
const QUEUED = 0;
/** The state of a row that nothing finds any longer. The next start doesn't take it over. */
const FORGOTTEN = 255;
/** Rows whose content is hashed at once. */
const HASHED_TOGETHER = 1000;
/** Ends that are no failure, whatever the last attempt came to: the owner ended these, or the peer has the action. */
const NO_FAILURE: ReadonlySet<DeliveryState> = new Set(['delivered', 'dropped', 'superseded']);

/** The deliveries of one tenant as columns, because a post to 10,000 followers makes 10,000 of them. */
export class DeliveryTable {
  /** Numbers (action, recipient). */
  readonly #pairs: DigestTable;
  /** The number of a pair → row; NONE: forgotten. Made from the columns, never saved. */
  readonly #rowOfPair = new Column('i32');
  readonly #actions: References;
  readonly #beginnings: IdBeginnings;
  readonly #people = new StringPool();
  readonly #columns = {
    action: new Column('i32'),
    to: new Column('u32'),
    state: new Column('u8'),
    attempts: new Column('u32'),
    /** When the next attempt may be made, the circuit of the peer aside. Unix milliseconds. */
    nextAt: new Column('f64'),
    /** The queue place: of the deliveries to one peer, the one with the lowest number goes first. */
    queuePlace: new Column('f64'),
    firstAt: new Column('f64'),
    at: new Column('f64'),
    /** The row → the number of the position of its tokens. */
    related: new Column('i32'),
    /** The row → the number of the position of what the peer said when it took the action. */
    answer: new Column('i32'),
  };
  readonly #positions = new EventPositions();
  readonly #errors = new Map<number, StoredError>();
  readonly #circuits: Circuits;
  readonly #queue: DeliveryQueue;
  readonly #lists = new DeliveryLists(this.#columns, STATES);

  constructor(seed: Uint32Array, circuits: Circuits) {
    this.#pairs = new DigestTable(8, seed);
    this.#actions = new References(seed);
    this.#beginnings = new IdBeginnings(this.#actions);
    this.#circuits = circuits;
    this.#queue = new DeliveryQueue({
      nextAt: (row) => this.#nextAt(row),
      queuePlace: (row) => this.#columns.queuePlace.at(row),
      retryAt: (person) => circuits.of(this.#people.at(person))?.nextAt ?? null,
    });
    circuits.watch((peer, heardAt) => this.#peerChanged(peer, heardAt));
  }

  get queued(): number {
    return this.#queue.size;
  }

  counts(): [DeliveryState, number][] {
    return STATES.map((state) => [state, this.#lists.count(state)]);
  }

  /** When the first queued delivery is due, and since when the oldest one is queued. null: none is queued. */
  waiting(): { nextAt: number | null; oldestAt: number | null } {
    const oldest = this.#lists.longestWaiting;
    return { nextAt: this.#queue.firstDueAt, oldestAt: oldest === NONE ? null : this.#columns.firstAt.at(oldest) };
  }

  apply(event: DeliveryEvent, position: EventPosition): void {
    const columns = this.#columns;
    const { row, isNew } = this.#rowOf(event.actionId, event.to, event.at);
    const attempts = columns.attempts.at(row);
    const wasQueued = !isNew && columns.state.at(row) === QUEUED;
    const hadFailed = this.#hasFailed(row);
    if (!isNew && this.#isSettled(row, event)) {
      this.#learn(event, { isNew, attempts });
      return;
    }
    if (!isNew && !wasQueued && event.state === 'queued') columns.firstAt.set(row, event.at);
    this.#setState(row, STATES.indexOf(event.state));
    if (hadFailed) this.#lists.removeFailed(row);
    if (!isNew && !wasQueued) this.#lists.removeEnded(row);
    columns.attempts.set(row, event.attempts);
    columns.nextAt.set(row, event.nextAt ?? Number.NaN);
    columns.queuePlace.set(row, event.queuePlace ?? this.#placeOf(row));
    columns.at.set(row, event.at);
    if (event.related && event.related.length > 0) columns.related.set(row, this.#positions.push(position));
    columns.answer.set(row, event.answer ? this.#positions.push(position) : NONE);
    if (event.error) this.#errors.set(row, event.error);
    else this.#errors.delete(row);
    if (this.#hasFailed(row)) this.#lists.addFailed(row);
    if (event.state !== 'queued') this.#lists.addEnded(row);
    this.#requeue(row, wasQueued, event.state === 'queued');
    this.#learn(event, { isNew, attempts });
  }

  /** Adds a queued row for each recipient. A recipient that has a row keeps it. */
  applyMany({ actionId, to, nextAt, related, at }: DeliveriesEvent, position: EventPosition): void {
    const tokens = related && related.length > 0 ? this.#positions.push(position) : NONE;
    for (const person of to) {
      const { row, isNew } = this.#rowOf(actionId, person, at);
      if (!isNew) continue;
      this.#columns.nextAt.set(row, nextAt);
      this.#columns.at.set(row, at);
      this.#columns.related.set(row, tokens);
      this.#queue.add(row, this.#columns.to.at(row));
    }
  }

  /**
   * Whether there is a delivery of that action to that recipient.
   * @param endedBefore one that ended before this time doesn't count, unix milliseconds
   */
  has(actionId: string, to: string, endedBefore: number): boolean {
    const row = this.#find(actionId, to);
    if (row === NONE) return false;
    return this.#columns.state.at(row) === QUEUED || !(this.#columns.at.at(row) < endedBefore);
  }

  /** How many deliveries are over. */
  get ended(): number {
    return STATES.reduce((sum, state) => (state === 'queued' ? sum : sum + this.#lists.count(state)), 0);
  }

  /** The recipients of queued deliveries that have failed before. */
  *awaiting(): Generator<string> {
    for (const row of this.#lists.queued()) {
      if (this.#columns.attempts.at(row) > 0) yield this.#people.at(this.#columns.to.at(row));
    }
  }

  /**
   * The times at which deliveries ended, the earliest first, up to a time.
   * @param before unix milliseconds
   */
  *endedBefore(before: number): Generator<number> {
    for (const row of this.#lists.ended()) {
      const at = this.#columns.at.at(row);
      if (!(at < before)) return;
      yield at;
    }
  }

  /** Forgets the deliveries that ended before a time. One of the same action to the same recipient would be a new one. */
  forget(before: number): void {
    for (const row of this.#lists.ended()) {
      if (!(this.#columns.at.at(row) < before)) return;
      this.#forget(row);
    }
  }

  #forget(row: number): void {
    const { action, to, state, related, answer } = this.#columns;
    if (this.#hasFailed(row)) this.#lists.removeFailed(row);
    this.#lists.removeEnded(row);
    this.#lists.remove(row, STATES[state.at(row)] as DeliveryState);
    this.#errors.delete(row);
    this.#rowOfPair.set(this.#pairs.find(pair(action.at(row), to.at(row))), NONE);
    state.set(row, FORGOTTEN);
    related.set(row, NONE);
    answer.set(row, NONE);
  }

  /** Updates the lists that are made when they are first asked for, in slices. */
  catchUp(): Generator<typeof PAUSE> {
    return this.#lists.catchUp();
  }

  /** Lazily, without a limit. */
  *rows(tenant: string, filter: DeliveryFilter): Generator<Delivery> {
    for (const row of this.#matching(filter)) yield this.#delivery(tenant, row);
  }

  /** The IDs of the actions with deliveries that begin so, `most` at most, in slices. */
  *actionsBeginningWith(beginning: string, most: number): Generator<typeof PAUSE, string[]> {
    const ids: string[] = [];
    for (const number of this.#beginnings.find(beginning)) {
      if (ids.length >= most) break;
      if (number === PAUSE) yield PAUSE;
      else if (this.#hasRow(number)) ids.push(this.#actions.at(number) as string);
    }
    return ids;
  }

  /** Whether there is a delivery of an action that isn't forgotten. */
  #hasRow(action: number): boolean {
    const rows = this.#lists.candidates({ action, person: null, state: undefined });
    for (const row of rows) if (this.#columns.state.at(row) !== FORGOTTEN) return true;
    return false;
  }

  /** The deliveries for a recipient that have been queued since before that time, longest first. */
  *waitingFor(tenant: string, to: string, before: number): Generator<Delivery> {
    const person = this.#people.find(to);
    if (person >= 0) for (const row of this.#lists.waitingFor(person, before)) yield this.#delivery(tenant, row);
  }

  /** The failed deliveries, the latest first. Dropped and superseded ones are left out. */
  *latestFailed(tenant: string): Generator<Delivery> {
    for (const row of this.#lists.latestFailed()) yield this.#delivery(tenant, row);
  }

  *due(tenant: string, now: number, circuit: DueCircuit): Generator<Delivery> {
    for (const row of this.#queue.due(now, circuit)) yield this.#delivery(tenant, row);
  }

  nextAt(now: number): number | null {
    return this.#queue.nextAt(now);
  }

  /** The position of the related tokens; null when there are none. */
  related(actionId: string, to: string): EventPosition | null {
    return this.#positionIn('related', actionId, to);
  }

  /** The position of what the peer said when it took the action; null when it said nothing, or hasn't taken it. */
  answer(actionId: string, to: string): EventPosition | null {
    return this.#positionIn('answer', actionId, to);
  }

  #positionIn(column: 'related' | 'answer', actionId: string, to: string): EventPosition | null {
    const row = this.#find(actionId, to);
    const number = row === NONE ? NONE : this.#columns[column].at(row);
    return number === NONE ? null : this.#positions.at(number);
  }

  dump(name: string, sink: SectionSink): void {
    // An index with forgotten rows numbers the others differently: what they say is compared, not the numbers.
    const derived: SectionSink = {
      ...sink,
      bytes: sink.derived,
      json: (section, value) => sink.derived(section, Buffer.from(JSON.stringify(value))),
    };
    this.#pairs.dump(`${name}.pairs`, derived);
    this.#actions.dump(`${name}.actions`, derived);
    this.#people.dump(`${name}.people`, derived);
    this.#positions.dump(name, derived);
    for (const [column, values] of Object.entries(this.#columns)) {
      derived.bytes(`${name}.${savedName(column)}`, bytesOf(values.view()));
    }
    derived.json(`${name}.errors`, [...this.#errors]);
    sink.content(name, () => this.#content());
  }

  load(name: string, source: SectionSource): void {
    this.#pairs.load(`${name}.pairs`, source);
    this.#actions.load(`${name}.actions`, source);
    this.#people.load(`${name}.people`, source);
    this.#positions.load(name, source);
    for (const [column, values] of Object.entries(this.#columns))
      values.load(source.bytes(`${name}.${savedName(column)}`));
    for (const [row, error] of source.json(`${name}.errors`) as [number, StoredError][]) {
      this.#errors.set(row, error);
    }
    if (this.#columns.state.view().includes(FORGOTTEN)) this.#leaveOutForgotten();
    for (let row = 0; row < this.#columns.to.length; row += 1) this.#rowOfPair.push(row);
    this.#fillLists();
  }

  /** Numbers the rows that aren't forgotten anew. */
  #leaveOutForgotten(): void {
    const { action, to, state, related, answer } = this.#columns;
    const errors = [...this.#errors];
    const rows = Array.from(state.view().keys()).filter((row) => state.at(row) !== FORGOTTEN);
    const kept = rows.map((row) => ({
      actionId: this.#actions.at(action.at(row)) as string,
      to: this.#people.at(to.at(row)),
      numbers: NUMBERS.map((name) => this.#columns[name].at(row)),
      related: related.at(row),
      answer: answer.at(row),
    }));
    const used = [...new Set(kept.flatMap((row) => [row.related, row.answer]))]
      .filter((number) => number !== NONE)
      .sort((a, b) => a - b);
    const positions = used.map((number) => this.#positions.at(number));
    for (const table of [this.#pairs, this.#actions, this.#people, this.#positions, ...Object.values(this.#columns)]) {
      table.clear();
    }
    const numberOf = new Map(positions.map((position, index) => [used[index], this.#positions.push(position)]));
    for (const row of kept) {
      const [person, id] = [this.#people.add(row.to), this.#actions.add(row.actionId)];
      this.#pairs.add(pair(id, person));
      action.push(id);
      to.push(person);
      related.push(numberOf.get(row.related) ?? NONE);
      answer.push(numberOf.get(row.answer) ?? NONE);
      for (const [index, name] of NUMBERS.entries()) this.#columns[name].push(row.numbers[index] as number);
    }
    const newRow = new Map(rows.map((row, index) => [row, index]));
    this.#errors.clear();
    for (const [row, error] of errors) {
      const kept = newRow.get(row);
      if (kept !== undefined) this.#errors.set(kept, error);
    }
  }

  /** A hash of what every row says, whatever the numbers. */
  #content(): Uint8Array {
    const digest = createHash('sha256');
    const { action, to, state, related, answer } = this.#columns;
    const placeOf = (number: number) => (number === NONE ? null : this.#positions.at(number));
    let lines: string[] = [];
    for (const [row, number] of state.view().entries()) {
      if (number === FORGOTTEN) continue;
      lines.push(
        JSON.stringify([
          this.#actions.at(action.at(row)),
          this.#people.at(to.at(row)),
          NUMBERS.map((name) => this.#columns[name].at(row)),
          placeOf(related.at(row)),
          placeOf(answer.at(row)),
          this.#errors.get(row) ?? null,
        ]),
      );
      if (lines.length < HASHED_TOGETHER) continue;
      digest.update(lines.join('\n'));
      lines = [];
    }
    return digest.update(lines.join('\n')).digest();
  }

  /** Fills the lists in order of time, so that each row is appended to its lists. */
  #fillLists(): void {
    const { state, firstAt, at, to } = this.#columns;
    const byTime = (rows: number[], time: Column) => rows.sort((a, b) => time.at(a) - time.at(b) || a - b);
    const waiting: number[] = [];
    const over: number[] = [];
    for (const [row, number] of state.view().entries()) {
      if (number === QUEUED) waiting.push(row);
      else {
        this.#lists.setState(row, STATES[number] as DeliveryState, null);
        over.push(row);
      }
    }
    for (const row of byTime(over, at)) this.#lists.addEnded(row);
    for (const row of byTime(waiting, firstAt)) {
      this.#lists.setState(row, 'queued', null);
      this.#queue.add(row, to.at(row));
    }
    const failed = [...this.#errors.keys()].filter((row) => this.#hasFailed(row));
    for (const row of byTime(failed, at)) this.#lists.addFailed(row);
  }

  #rowOf(actionId: string, person: string, at: number): { row: number; isNew: boolean } {
    const columns = this.#columns;
    const action = this.#actions.add(actionId);
    const to = this.#people.add(person);
    const number = this.#pairs.add(pair(action, to));
    const known = number < this.#rowOfPair.length ? this.#rowOfPair.at(number) : NONE;
    if (known !== NONE) return { row: known, isNew: false };
    const row = columns.action.push(action);
    if (number === this.#rowOfPair.length) this.#rowOfPair.push(row);
    else this.#rowOfPair.set(number, row);
    columns.to.push(to);
    columns.firstAt.push(at);
    columns.queuePlace.push(at);
    columns.related.push(NONE);
    columns.answer.push(NONE);
    for (const column of [columns.state, columns.attempts, columns.nextAt, columns.at]) column.push(QUEUED);
    this.#lists.setState(row, 'queued', null);
    return { row, isNew: true };
  }

  #find(actionId: string, to: string): number {
    const action = this.#actions.find(actionId);
    const person = this.#people.find(to);
    return action === null || person < 0 ? NONE : this.#rowOfNumbers(action, person);
  }

  #rowOfNumbers(action: number, person: number): number {
    const number = this.#pairs.find(pair(action, person));
    return number < 0 ? NONE : this.#rowOfPair.at(number);
  }

  /** The rows that match, in order of creation. */
  *#matching({ actionId, to, state, order }: DeliveryFilter): Generator<number> {
    const { action: actions, to: people, state: states } = this.#columns;
    const action = actionId === undefined ? null : (this.#actions.find(actionId) ?? Number.NaN);
    const person = to === undefined ? null : this.#people.find(to);
    if (Number.isNaN(action) || (person !== null && person < 0)) return;
    const pairRow = action === null || person === null ? null : this.#rowOfNumbers(action, person);
    if (pairRow === NONE) return;
    const rows = pairRow === null ? this.#lists.candidates({ action, person, state }, order) : [pairRow];
    for (const row of rows) {
      if (states.at(row) === FORGOTTEN) continue;
      if (state !== undefined && states.at(row) !== STATES.indexOf(state)) continue;
      if ((action ?? actions.at(row)) === actions.at(row) && (person ?? people.at(row)) === people.at(row)) yield row;
    }
  }

  #hasFailed(row: number): boolean {
    return this.#errors.has(row) && !NO_FAILURE.has(STATES[this.#columns.state.at(row)] as DeliveryState);
  }

  /**
   * Whether an event that was stored at the same moment has ended the delivery. A delivered one stays delivered, and a failed
   * attempt doesn't queue an ended one.
   */
  #isSettled(row: number, { state, error }: DeliveryEvent): boolean {
    const before = STATES[this.#columns.state.at(row)];
    return before === 'delivered' || (before !== 'queued' && state === 'queued' && error !== undefined);
  }

  /** Moves a row in the queue by its state and time. */
  #requeue(row: number, wasQueued: boolean, isQueued: boolean): void {
    const person = this.#columns.to.at(row);
    if (wasQueued && isQueued) this.#queue.move(row, person);
    else if (isQueued) this.#queue.add(row, person);
    else if (wasQueued) this.#queue.remove(row, person);
  }

  /** Updates the circuit of the peer after an attempt, or after the owner's retry. */
  #learn(event: DeliveryEvent, { isNew, attempts }: { isNew: boolean; attempts: number }): void {
    const { to, state, at, error, nextAt = at, peerNextAt = nextAt, peerFailures: failures } = event;
    if (event.attempts > attempts) {
      // A refusal is an answer, and so is a limit. A missing token says nothing about the peer.
      const answered =
        state === 'delivered' || failures === 0 || (state === 'refused' && error && isCodeOf(error.code, 'peer'));
      if (answered) this.#circuits.close(to);
      else if (error && state !== 'refused') this.#circuits.open({ peer: to, at, nextAt: peerNextAt, failures, error });
    } else if (state === 'queued' && !error && !isNew) this.#circuits.halfOpen(to, nextAt);
  }

  #peerChanged(peer: string, heardAt: number | null): void {
    const person = this.#people.find(peer);
    if (person < 0) return;
    if (heardAt !== null) {
      const { attempts, nextAt, queuePlace } = this.#columns;
      for (const row of [...this.#queue.rowsOf(person)]) {
        if (attempts.at(row) === 0 || this.#nextAt(row) <= heardAt) continue;
        nextAt.set(row, heardAt);
        queuePlace.set(row, heardAt);
        this.#queue.move(row, person);
      }
    }
    this.#queue.refresh(person);
  }

  #setState(row: number, state: number): void {
    const { state: states } = this.#columns;
    const before = STATES[states.at(row)] as DeliveryState;
    states.set(row, state);
    this.#lists.setState(row, STATES[state] as DeliveryState, before);
  }

  /** The time of the row itself. */
  #nextAt(row: number): number {
    const nextAt = this.#columns.nextAt.at(row);
    return Number.isNaN(nextAt) ? Number.NEGATIVE_INFINITY : nextAt;
  }

  /** The queue place of a row whose event names none: the time of its queueing, or after an attempt the time of the next one. */
  #placeOf(row: number): number {
    return this.#columns.attempts.at(row) === 0 ? this.#columns.firstAt.at(row) : this.#nextAt(row);
  }

  /** The same with the circuit of its recipient. */
  #readyAt(row: number): number {
    const failure = this.#circuits.size > 0 ? this.#circuits.of(this.#people.at(this.#columns.to.at(row))) : null;
    return Math.max(this.#nextAt(row), failure?.nextAt ?? Number.NEGATIVE_INFINITY);
  }

  #delivery(tenant: string, row: number): Delivery {
    const columns = this.#columns;
    const isQueued = columns.state.at(row) === QUEUED;
    const nextAt = isQueued ? this.#readyAt(row) : columns.nextAt.at(row);
    return {
      tenant,
      actionId: this.#actions.at(columns.action.at(row)) as string,
      to: this.#people.at(columns.to.at(row)),
      state: STATES[columns.state.at(row)] as DeliveryState,
      attempts: columns.attempts.at(row),
      nextAt: Number.isFinite(nextAt) ? nextAt : null,
      error: this.#errors.get(row) ?? null,
      hasRelated: columns.related.at(row) !== NONE,
      firstAt: columns.firstAt.at(row),
      at: columns.at.at(row),
    };
  }
}

/** The name of a column in the saved index. */
function savedName(column: string): string {
  return column === 'queuePlace' ? 'place' : column;
}

/** The columns whose values are the same in whatever row they are. */
const NUMBERS = ['state', 'attempts', 'nextAt', 'queuePlace', 'firstAt', 'at'] as const;

const PAIR = new Uint32Array(2);
const PAIR_BYTES = bytesOf(PAIR);

function pair(action: number, to: number): Uint8Array {
  PAIR[0] = action;
  PAIR[1] = to;
  return PAIR_BYTES;
}
