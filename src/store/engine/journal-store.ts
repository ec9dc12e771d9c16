/** The store over a journal. */
import { actionId as idOfToken } from '../../protocol/content-id.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { signingInputHash } from '../../protocol/token.ts';
import type { Fence } from '../home/fence.ts';
import { countRows, matchingRows, visitRows } from '../index/action-query.ts';
import { prepareEvents } from '../index/prepare.ts';
import { NONE } from '../index/references.ts';
import { rowAt } from '../index/row-view.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { TenantIndex } from '../index/tenant-index.ts';
import { closedError } from '../journal/group-commit.ts';
import type { Journal } from '../journal/journal.ts';
import { eventsJson } from '../journal/record-line.ts';
import type { JournalEvent } from '../model/events.ts';
import type { JournalHead } from '../model/journal-head.ts';
import type {
  ActionFilter,
  ActionList,
  ActionQuery,
  ActionRow,
  ActionTerms,
  Delivery,
  DeliveryCounts,
  DeliveryFilter,
  DeliveryQueueFacts,
  DueCircuit,
  FileFetch,
  FileListing,
  FileRow,
  OpenCircuit,
  Parked,
  ParkedFilter,
  PeerRow,
  Relation,
  RelationCounts,
  StoredAction,
  StrangerUse,
  Treatment,
} from '../model/rows.ts';
import type {
  Blobs,
  CheckReport,
  CompactionReport,
  CompactOptions,
  Damage,
  Progress,
  Recovery,
  Store,
  StoreStats,
  TokenHashes,
} from '../model/store-interface.ts';
import type { StoredAnswer } from '../model/stored-error.ts';
import { inSlices } from '../turns/slices.ts';
import { ActionReader } from './action-reader.ts';
import { isErasedToken } from './dead-events.ts';
import { EventReader } from './event-reader.ts';
import type { SnapshotSaver } from './index-saver.ts';
import { Maintenance } from './maintenance.ts';
import { assertNew, Underway } from './new-actions.ts';

/** The parts in which a store on disk and one in memory differ. */
export interface StoreParts {
  journal: Journal;
  /** The fence of whoever opened the store. */
  fence: Fence;
  index: StoreIndex;
  blobs: Blobs;
  recovery: Recovery;
  /** Saves the index, so that the next start needn't read the whole journal. */
  saver?: SnapshotSaver;
  /** Receives a span for each append. Default: none. */
  observer?: Observer;
}

/** Ended deliveries that are counted at most, for an estimate. */
const MOST_COUNTED = 20_000;
/** What the records of one delivery take on average. */
const BYTES_OF_DELIVERY = 400;

/** A store made of a journal, the index over it and the blobs, whatever their storage. */
export class JournalStore implements Store {
  readonly blobs: Blobs;
  readonly recovery: Recovery;
  readonly #journal: Journal;
  readonly #fence: Fence;
  readonly #reader: EventReader;
  readonly #saver: SnapshotSaver | undefined;
  readonly #observer: Observer;
  readonly #underway = new Underway();
  readonly #actions: ActionReader;
  readonly #maintenance: Maintenance;
  #index: StoreIndex;
  #closing: Promise<void> | null = null;

  constructor({ journal, fence, index, blobs, recovery, saver, observer = NOBODY }: StoreParts) {
    this.#journal = journal;
    this.#fence = fence;
    this.#reader = new EventReader(journal);
    this.#index = index;
    this.blobs = blobs;
    this.recovery = recovery;
    this.#saver = saver;
    this.#observer = observer;
    this.#actions = new ActionReader(this.#reader);
    this.#maintenance = new Maintenance({
      ...{ journal, fence, blobs, recovery, saver, reader: this.#reader },
      live: () => this.#index,
      replace: (rebuilt) => {
        this.#index = rebuilt;
      },
      append: (events) => this.append(events),
    });
  }

  async append(events: readonly JournalEvent[], expected: JournalHead | null = null): Promise<void> {
    if (events.length === 0) return;
    const span = this.#observer.begin('store.append');
    span?.fact('cloudillo.events', events.length);
    try {
      const prepared = prepareEvents(events);
      const actions = prepared.filter((action) => action !== null);
      await this.#underway.run(actions, () => {
        if (this.#closing) throw closedError();
        assertNew(this.#index, actions);
        return this.#journal.append(this.#fence, expected, eventsJson(events), (position, mark) => {
          this.#index.apply(events, position, mark, prepared);
        });
      });
      span?.end();
    } catch (error) {
      span?.end(error);
      throw error;
    }
    this.#saver?.appended(this.#index);
  }

  head(): JournalHead {
    return this.#journal.head;
  }

  action(tenant: string, actionId: string): Promise<StoredAction | null> {
    return this.#actions.action(this.#index.tenant(tenant).actions, actionId);
  }

  terms(tenant: string, actionId: string): Promise<ActionTerms | null> {
    return this.#actions.terms(this.#index.tenant(tenant).actions, actionId);
  }

  row(tenant: string, actionId: string): ActionRow | null {
    return this.#row(this.#index.tenant(tenant), this.#index.tenant(tenant).actions.find(actionId));
  }

  actionsBeginningWith(tenant: string, beginning: string, most: number): Promise<string[]> {
    return inSlices(this.#index.tenant(tenant).actions.idsBeginningWith(beginning, most));
  }

  rootId(tenant: string, actionId: string): string | null {
    const { actions } = this.#index.tenant(tenant);
    const row = actions.find(actionId);
    return row === NONE ? null : actions.rootId(row);
  }

  duplicateOf(tenant: string, token: string | TokenHashes): string | null {
    const { actions } = this.#index.tenant(tenant);
    const byId = actions.find(typeof token === 'string' ? idOfToken(token) : token.actionId);
    const signing = () => (typeof token === 'string' ? signingInputHash(token) : token.signingHash);
    const row = byId === NONE ? actions.findSigning(signing()) : byId;
    return row === NONE ? null : actions.actionId(row);
  }

  aliases(tenant: string, actionId: string): number {
    const { actions } = this.#index.tenant(tenant);
    const row = actions.find(actionId);
    return row === NONE ? 0 : actions.aliases.of(row).length;
  }

  byKey(tenant: string, key: string, issuer?: string): ActionRow | null {
    const index = this.#index.tenant(tenant);
    const person = issuer === undefined ? null : index.actions.people.find(issuer);
    if (person !== null && person < 0) return null;
    return this.#row(index, index.actions.keys.holder(index.actions.keyOf(key), person));
  }

  list(tenant: string, query: ActionQuery): Promise<ActionList> {
    return this.#actions.list(this.#index.tenant(tenant).actions, query);
  }

  count(tenant: string, { after: _after, ...query }: ActionFilter, most?: number): Promise<number> {
    return inSlices(countRows(this.#index.tenant(tenant).actions, { ...query, readable: true }, most));
  }

  visit(tenant: string, query: ActionFilter, visit: (row: Readonly<ActionRow>) => void): Promise<void> {
    return inSlices(visitRows(this.#index.tenant(tenant).actions, query, visit));
  }

  async has(tenant: string, query: ActionFilter): Promise<boolean> {
    return (await inSlices(countRows(this.#index.tenant(tenant).actions, query, 1))) > 0;
  }

  *rows(tenant: string, query: ActionFilter): Iterable<ActionRow> {
    const { actions } = this.#index.tenant(tenant);
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    for (const row of matchingRows(actions, query)) {
      if (left <= 0) return;
      left -= 1;
      yield rowAt(actions, row);
    }
  }

  relation(tenant: string, peer: string): Relation {
    return this.#index.tenant(tenant).relation(peer);
  }

  relations(tenant: string): Relation[] {
    return this.#index.tenant(tenant).relations();
  }

  currentRelations(tenant: string): Iterable<Readonly<Relation>> {
    return this.#index.tenant(tenant).currentRelations();
  }

  relationCounts(tenant: string): RelationCounts {
    return this.#index.tenant(tenant).relationCounts;
  }

  treatment(tenant: string, peer: string): Treatment {
    return this.#index.tenant(tenant).treatment(peer);
  }

  treatments(tenant: string): Treatment[] {
    return this.#index.tenant(tenant).treatments();
  }

  peer(tenant: string, idTag: string): PeerRow | null {
    return this.#index.tenant(tenant).peer(idTag);
  }

  deliveries(filter: DeliveryFilter = {}): Delivery[] {
    return [...this.deliveryRows(filter)];
  }

  *deliveryRows(filter: DeliveryFilter = {}): Generator<Delivery> {
    let left = filter.limit ?? Number.POSITIVE_INFINITY;
    for (const index of this.#chosen(filter.tenant)) {
      for (const delivery of index.deliveries.rows(index.tenant, filter)) {
        if (left <= 0) return;
        left -= 1;
        yield delivery;
      }
    }
  }

  async deliveredBeginningWith(tenant: string | undefined, beginning: string, most: number): Promise<string[]> {
    const ids = new Set<string>();
    for (const { deliveries } of this.#chosen(tenant)) {
      for (const id of await inSlices(deliveries.actionsBeginningWith(beginning, most))) ids.add(id);
      if (ids.size >= most) break;
    }
    return [...ids].slice(0, most);
  }

  deliveryCounts(tenant?: string): DeliveryCounts {
    const sum: DeliveryCounts = { queued: 0, delivered: 0, refused: 0, expired: 0, dropped: 0, superseded: 0 };
    for (const { deliveries } of this.#chosen(tenant)) {
      for (const [state, count] of deliveries.counts()) sum[state] += count;
    }
    return sum;
  }

  deliveryQueue(): DeliveryQueueFacts {
    const each = Array.from(this.#index.tenants, ({ deliveries }) => deliveries.waiting());
    return {
      queued: this.stats().queued,
      nextAt: earliest(each.map(({ nextAt }) => nextAt)),
      oldestAt: earliest(each.map(({ oldestAt }) => oldestAt)),
    };
  }

  deliveriesWaitingFor(peer: string, before: number): Delivery[] {
    return Array.from(this.#index.tenants).flatMap(({ tenant, deliveries }) => [
      ...deliveries.waitingFor(tenant, peer, before),
    ]);
  }

  failedDeliveries(limit: number): Delivery[] {
    const each = Array.from(this.#index.tenants, ({ tenant, deliveries }) =>
      firstOf(deliveries.latestFailed(tenant), limit),
    );
    return each
      .flat()
      .sort((a, b) => b.at - a.at)
      .slice(0, limit);
  }

  dueDeliveries(tenant: string, now: number, circuit: DueCircuit = 'closed'): Iterable<Delivery> {
    return this.#index.tenant(tenant).deliveries.due(tenant, now, circuit);
  }

  nextDeliveryAt(now: number): number | null {
    return earliest(Array.from(this.#index.tenants, ({ deliveries }) => deliveries.nextAt(now)));
  }

  openCircuit(peer: string): OpenCircuit | null {
    const circuit = this.#index.circuits.of(peer);
    return circuit && { ...circuit };
  }

  openCircuits(limit: number): OpenCircuit[] {
    return this.#index.circuits.list(limit);
  }

  openCircuitCount(): number {
    return this.#index.circuits.size;
  }

  async deliveryRelated({ tenant, actionId, to }: Pick<Delivery, 'tenant' | 'actionId' | 'to'>): Promise<string[]> {
    const position = this.#index.tenant(tenant).deliveries.related(actionId, to);
    return position ? this.#unerased(tenant, await this.#reader.related(position)) : [];
  }

  async deliveryAnswer({
    tenant,
    actionId,
    to,
  }: Pick<Delivery, 'tenant' | 'actionId' | 'to'>): Promise<StoredAnswer | null> {
    const position = this.#index.tenant(tenant).deliveries.answer(actionId, to);
    const event = position && (await this.#reader.event(position));
    return event?.kind === 'delivery' ? (event.answer ?? null) : null;
  }

  /** The tokens but those of erased actions. */
  #unerased(tenant: string, tokens: string[]): string[] {
    const { actions } = this.#index.tenant(tenant);
    if (actions.erased === 0) return tokens;
    return tokens.filter((token) => token !== '' && !isErasedToken(actions, token, (row) => actions.isErased(row)));
  }

  parked(filter: ParkedFilter = {}): Parked[] {
    return this.#chosen(filter.tenant).flatMap((index) => index.parked(filter));
  }

  strangerUse(issuer: string | null, now: number): StrangerUse {
    return this.#index.strangers.of(issuer, now);
  }

  async parkedTokens(tenant: string, actionId: string): Promise<{ token: string; related: string[] } | null> {
    const position = this.#index.tenant(tenant).parkedPosition(actionId);
    const event = position && (await this.#reader.event(position));
    if (event?.kind !== 'parked') return null;
    return { token: event.token, related: this.#unerased(tenant, event.related ?? []) };
  }

  file(tenant: string, fileId: string): FileRow | null {
    return this.#index.tenant(tenant).files.of(fileId);
  }

  files(tenant: string): FileRow[] {
    return this.#index.tenant(tenant).files.all();
  }

  fileRows(tenant: string, listing: FileListing): Iterable<Readonly<FileRow>> {
    return this.#index.tenant(tenant).files.rows(listing);
  }

  unreadableDescriptors(tenant: string): string[] {
    return this.#index.tenant(tenant).files.unreadableDescriptors();
  }

  filesOfBlob(tenant: string, blobId: string): FileRow[] {
    return this.#index.tenant(tenant).files.ofBlob(blobId);
  }

  fetches(tenant: string): FileFetch[] {
    return this.#index.tenant(tenant).files.fetches();
  }

  fetch(tenant: string, fileId: string): FileFetch | null {
    return this.#index.tenant(tenant).files.fetch(fileId);
  }

  attachmentsOf(tenant: string, actionId: string): string[] {
    const { actions } = this.#index.tenant(tenant);
    const row = actions.find(actionId);
    return row === NONE ? [] : actions.attachments.of(row);
  }

  attachedFiles(tenant: string, from: number): Iterable<string> {
    return this.#index.tenant(tenant).actions.attachments.fileIds(from);
  }

  *attachedBy(tenant: string, fileId: string): Iterable<ActionRow> {
    const { actions } = this.#index.tenant(tenant);
    for (const row of [...actions.attachments.rowsOf(fileId)].reverse()) yield rowAt(actions, row);
  }

  tenants(): string[] {
    return Array.from(this.#index.tenants, ({ tenant }) => tenant);
  }

  check(): Promise<CheckReport> {
    return this.#maintenance.check();
  }

  rebuild(progress?: Progress): Promise<{ records: number; damaged: Damage[] }> {
    return this.#maintenance.rebuild(progress);
  }

  compact(options: CompactOptions): Promise<CompactionReport> {
    return this.#maintenance.compact(options);
  }

  reclaimable(endedBefore: number): number {
    let bytes = 0;
    for (const { actions, deliveries, unparkedBytes } of this.#index.tenants) {
      bytes += actions.erasableBytes + unparkedBytes;
      for (const _ of firstOf(deliveries.endedBefore(endedBefore), MOST_COUNTED)) bytes += BYTES_OF_DELIVERY;
    }
    return bytes;
  }

  stats(): StoreStats {
    const tenants = [...this.#index.tenants];
    const { bytes, segments } = this.#journal.size();
    return {
      tenants: tenants.length,
      actions: this.#index.actions,
      records: this.#index.mark.n,
      journalBytes: bytes,
      segments,
      queued: tenants.reduce((sum, tenant) => sum + tenant.deliveries.queued, 0),
      parked: tenants.reduce((sum, tenant) => sum + tenant.parkedCount, 0),
      writable: this.#journal.writable,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#maintenance.end();
    await this.#journal.close();
    await this.#saver?.close(this.#index);
  }

  #row({ actions }: TenantIndex, row: number): ActionRow | null {
    return row === NONE ? null : rowAt(actions, row);
  }

  #chosen(tenant: string | undefined): TenantIndex[] {
    return tenant === undefined ? [...this.#index.tenants] : [this.#index.tenant(tenant)];
  }
}

/** The earliest time; null when there is none. */
function earliest(times: readonly (number | null)[]): number | null {
  return times.reduce((one, other) => (one === null || (other !== null && other < one) ? other : one), null);
}

function firstOf<T>(items: Iterable<T>, limit: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length >= limit) break;
    first.push(item);
  }
  return first;
}
