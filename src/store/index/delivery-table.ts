import type { DeliveriesEvent, DeliveryEvent, DeliveryState } from '../events.ts';
import type { Delivery, DeliveryFilter } from '../rows.ts';
import type { EventPosition } from './action-table.ts';
import { Column } from './column.ts';
import { DigestTable } from './digest-table.ts';
import { NONE, References } from './references.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';
import { StringPool } from './string-pool.ts';

/** The index saves them by their place here: append only. */
const STATES: readonly DeliveryState[] = ['queued', 'delivered', 'refused', 'expired', 'dropped'];
const QUEUED = 0;

/** The deliveries of one tenant as columns: a post to 10,000 followers makes as many. */
export class DeliveryTable {
  /** (action, recipient) → row. */
  readonly #pairs: DigestTable;
  readonly #actions: References;
  readonly #people = new StringPool();
  readonly #columns = {
    action: new Column('i32'),
    to: new Column('u32'),
    state: new Column('u8'),
    attempts: new Column('u32'),
    nextAt: new Column('f64'),
    firstAt: new Column('f64'),
    at: new Column('f64'),
    /** Row → which of the positions below holds its tokens. */
    related: new Column('i32'),
  };
  readonly #positions = {
    segment: new Column('u32'),
    offset: new Column('u32'),
    length: new Column('u32'),
    event: new Column('u32'),
  };
  readonly #errors = new Map<number, { code: string; message: string }>();
  readonly #queued = new Set<number>();

  constructor(seed: Uint32Array) {
    this.#pairs = new DigestTable(8, seed);
    this.#actions = new References(seed);
  }

  get queued(): number {
    return this.#queued.size;
  }

  apply(event: DeliveryEvent, position: EventPosition): void {
    const columns = this.#columns;
    const { row } = this.#rowOf(event.actionId, event.to, event.at);
    columns.state.set(row, STATES.indexOf(event.state));
    columns.attempts.set(row, event.attempts);
    columns.nextAt.set(row, event.nextAt ?? Number.NaN);
    columns.at.set(row, event.at);
    if (event.related && event.related.length > 0) columns.related.set(row, this.#remember(position));
    if (event.error) this.#errors.set(row, { code: event.error.code, message: event.error.message });
    else this.#errors.delete(row);
    if (event.state === 'queued') this.#queued.add(row);
    else this.#queued.delete(row);
  }

  /** One row for each recipient, all of them queued; whoever has one already keeps it as it is. */
  applyMany({ actionId, to, nextAt, related, at }: DeliveriesEvent, position: EventPosition): void {
    const place = related && related.length > 0 ? this.#remember(position) : NONE;
    for (const person of to) {
      const { row, isNew } = this.#rowOf(actionId, person, at);
      if (!isNew) continue;
      this.#columns.nextAt.set(row, nextAt);
      this.#columns.at.set(row, at);
      this.#columns.related.set(row, place);
      this.#queued.add(row);
    }
  }

  /** In order of their making. */
  list(tenant: string, filter: DeliveryFilter): Delivery[] {
    const waiting = filter.dueBefore !== undefined || filter.state === 'queued';
    if (waiting && filter.state !== undefined && filter.state !== 'queued') return [];
    const due = filter.dueBefore ?? Number.POSITIVE_INFINITY;
    const result: Delivery[] = [];
    for (const row of waiting ? this.#queued : this.#columns.to.view().keys()) {
      if (waiting && !this.#isDue(row, due)) continue;
      if (filter.state !== undefined && this.#columns.state.at(row) !== STATES.indexOf(filter.state)) continue;
      const delivery = this.#delivery(tenant, row);
      if (filter.actionId === undefined || delivery.actionId === filter.actionId) result.push(delivery);
    }
    return result;
  }

  /** Where the tokens are that go along; null: there are none. */
  related(actionId: string, to: string): EventPosition | null {
    const action = this.#actions.find(actionId);
    const person = this.#people.find(to);
    const row = action === null || person < 0 ? NONE : this.#pairs.find(pair(action, person));
    const place = row === NONE ? NONE : this.#columns.related.at(row);
    if (place === NONE) return null;
    const { segment, offset, length, event } = this.#positions;
    return { segment: segment.at(place), offset: offset.at(place), length: length.at(place), event: event.at(place) };
  }

  dump(name: string, sink: SectionSink): void {
    this.#pairs.dump(`${name}.pairs`, sink);
    this.#actions.dump(`${name}.actions`, sink);
    this.#people.dump(`${name}.people`, sink);
    for (const [column, values] of this.#allColumns()) sink.bytes(`${name}.${column}`, bytesOf(values.view()));
    sink.json(`${name}.errors`, [...this.#errors]);
  }

  load(name: string, source: SectionSource): void {
    this.#pairs.load(`${name}.pairs`, source);
    this.#actions.load(`${name}.actions`, source);
    this.#people.load(`${name}.people`, source);
    for (const [column, values] of this.#allColumns()) values.load(source.bytes(`${name}.${column}`));
    for (const [row, error] of source.json(`${name}.errors`) as [number, { code: string; message: string }][]) {
      this.#errors.set(row, error);
    }
    for (const [row, state] of this.#columns.state.view().entries()) if (state === QUEUED) this.#queued.add(row);
  }

  #allColumns(): [string, Column][] {
    return [...Object.entries(this.#columns), ...Object.entries(this.#positions)];
  }

  #rowOf(actionId: string, person: string, at: number): { row: number; isNew: boolean } {
    const columns = this.#columns;
    const action = this.#actions.add(actionId);
    const to = this.#people.add(person);
    const known = this.#pairs.size;
    const row = this.#pairs.add(pair(action, to));
    if (row !== known) return { row, isNew: false };
    columns.action.push(action);
    columns.to.push(to);
    columns.firstAt.push(at);
    columns.related.push(NONE);
    for (const column of [columns.state, columns.attempts, columns.nextAt, columns.at]) column.push(QUEUED);
    return { row, isNew: true };
  }

  #remember(position: EventPosition): number {
    this.#positions.segment.push(position.segment);
    this.#positions.offset.push(position.offset);
    this.#positions.length.push(position.length);
    return this.#positions.event.push(position.event);
  }

  #isDue(row: number, due: number): boolean {
    const nextAt = this.#columns.nextAt.at(row);
    return Number.isNaN(nextAt) || nextAt <= due;
  }

  #delivery(tenant: string, row: number): Delivery {
    const columns = this.#columns;
    const nextAt = columns.nextAt.at(row);
    return {
      tenant,
      actionId: this.#actions.at(columns.action.at(row)) as string,
      to: this.#people.at(columns.to.at(row)),
      state: STATES[columns.state.at(row)] as DeliveryState,
      attempts: columns.attempts.at(row),
      nextAt: Number.isNaN(nextAt) ? null : nextAt,
      error: this.#errors.get(row) ?? null,
      hasRelated: columns.related.at(row) !== NONE,
      firstAt: columns.firstAt.at(row),
      at: columns.at.at(row),
    };
  }
}

const PAIR = new Uint32Array(2);
const PAIR_BYTES = bytesOf(PAIR);

function pair(action: number, to: number): Uint8Array {
  PAIR[0] = action;
  PAIR[1] = to;
  return PAIR_BYTES;
}
