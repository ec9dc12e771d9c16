/** The index of a whole journal. */
import { randomBytes } from 'node:crypto';
import type { Mark, Position } from '../journal/journal.ts';
import { START } from '../journal/journal.ts';
import { decodeEvent } from '../model/event-codecs.ts';
import type { CircuitsEvent, JournalEvent, JournalRecord } from '../model/events.ts';
import type { PreparedAction } from './action-table.ts';
import { Circuits } from './circuits.ts';
import { prepareStored, prepareTrace } from './prepare.ts';
import type { SectionSink, SectionSource } from './sections.ts';
import { StrangerUses } from './stranger-uses.ts';
import { TenantIndex } from './tenant-index.ts';

/**
 * The index of the journal: everything that the store answers without reading a record. All of it can be made from the journal.
 */
export class StoreIndex {
  /** The index covers the journal up to this mark. */
  mark: Mark = START;
  #seed: Uint32Array = new Uint32Array(new Uint8Array(randomBytes(16)).buffer);
  /** The record with which the last compaction began; 0: none is known. */
  compactedAt = 0;
  readonly #tenants = new Map<string, TenantIndex>();
  readonly circuits = new Circuits();
  readonly strangers = new StrangerUses();
  readonly #nobody = new TenantIndex('', this.#seed, this);
  #bulk = false;

  /** The index of a tenant; an empty one for a tenant without records. */
  tenant(tenant: string): TenantIndex {
    return this.#tenants.get(tenant) ?? this.#nobody;
  }

  get tenants(): IterableIterator<TenantIndex> {
    return this.#tenants.values();
  }

  get actions(): number {
    let count = 0;
    for (const tenant of this.#tenants.values()) count += tenant.actions.length;
    return count;
  }

  /** While true, rows are sorted once at the end of a replay. */
  set bulk(bulk: boolean) {
    this.#bulk = bulk;
    for (const { actions } of this.#tenants.values()) {
      actions.order.bulk = bulk;
      if (!bulk) actions.order.sort();
    }
  }

  /** Applies the events of a record that was just written. @param prepared one entry for each event */
  apply(
    events: readonly (JournalEvent | null)[],
    position: Position,
    mark: Mark,
    prepared: readonly (PreparedAction | null)[],
  ): void {
    const { segment, offset, length } = position;
    for (const [event, content] of events.entries()) {
      if (content === null) continue;
      if (content.kind === 'circuits') this.#restore(content, mark.n);
      else this.#own(content.tenant).apply(content, { segment, offset, length, event }, prepared[event] ?? null);
    }
    this.mark = mark;
  }

  /** Applies a record from the journal. @returns why it can't; nothing of it is applied then */
  replay(record: JournalRecord, position: Position, mark: Mark): string | null {
    let prepared: (PreparedAction | null)[];
    try {
      prepared = record.e.map(prepareOne);
    } catch (error) {
      this.mark = mark;
      return (error as Error).message;
    }
    this.apply(record.e, position, mark, prepared);
    return null;
  }

  dump(sink: SectionSink): void {
    sink.derived('seed', new Uint8Array(this.#seed.buffer));
    sink.json('compactedAt', this.compactedAt);
    sink.json('tenants', [...this.#tenants.keys()]);
    this.circuits.dump('failures', sink);
    this.strangers.dump('strangers', sink);
    for (const [number, tenant] of [...this.#tenants.values()].entries()) tenant.dump(`${number}`, sink);
  }

  load(source: SectionSource, mark: Mark): void {
    this.#seed = new Uint32Array(source.bytes('seed').slice().buffer);
    this.compactedAt = source.json('compactedAt') as number;
    // Before the tenants, whose queues depend on the circuits.
    this.circuits.load('failures', source);
    this.strangers.load('strangers', source);
    for (const [number, name] of (source.json('tenants') as string[]).entries()) {
      this.#own(name).load(`${number}`, source);
    }
    this.mark = mark;
  }

  #restore({ open }: CircuitsEvent, n: number): void {
    this.compactedAt = n;
    this.circuits.restore(open);
    for (const tenant of this.#tenants.values()) tenant.forgetUnparked();
  }

  #own(tenant: string): TenantIndex {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const made = new TenantIndex(tenant, this.#seed, this);
    made.actions.order.bulk = this.#bulk;
    this.#tenants.set(tenant, made);
    return made;
  }
}

function prepareOne(json: unknown): PreparedAction | null {
  if (json === null) return null;
  const event = decodeEvent(json);
  if (event.kind === 'trace') return prepareTrace(event);
  return event.kind === 'action' ? prepareStored(event) : null;
}
