/**
 * Compacts the journal. First events say what is erased and forgotten; from then on the store answers without it. Then the segments are
 * rewritten without the bytes, one after the other. That changes no answer, so it may be cut off anywhere.
 */
import type { Fence } from '../home/fence.ts';
import { NONE } from '../index/references.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { TenantIndex } from '../index/tenant-index.ts';
import type { Journal } from '../journal/journal.ts';
import { eventsJson } from '../journal/record-line.ts';
import type { CircuitsEvent, JournalEvent } from '../model/events.ts';
import type { CompactionReport, CompactOptions } from '../model/store-interface.ts';
import { inSlices, PAUSE } from '../turns/slices.ts';
import { DeadEvents, type Present } from './dead-events.ts';
import { type Erasable, erasableRows, erasingEvents, forgettingEvents } from './erasable-parts.ts';
import { keyedDeletions, type ReadEvent } from './keyed-deletions.ts';

/** The parts of a store that a compaction uses. */
export interface CompactedStore {
  journal: Journal;
  fence: Fence;
  /** The index in use. */
  live: () => StoreIndex;
  append: (events: readonly JournalEvent[]) => Promise<void>;
  read: ReadEvent;
  saver?: { save(index: StoreIndex): Promise<void> } | undefined;
}

/** Compacts the journal. @throws {CloudilloError} `store.full` | `store.io`; what the signal aborts with */
export async function compactStore(store: CompactedStore, options: CompactOptions): Promise<CompactionReport> {
  const { journal, live } = store;
  const { now, endedBefore, dryRun = false, signal } = options;
  const report: CompactionReport = {
    erased: 0,
    files: 0,
    forgotten: 0,
    segments: 0,
    rewritten: 0,
    before: journal.size().bytes,
    after: 0,
  };
  const erasable = new Map<string, Set<number>>();
  for (const { tenant } of [...live().tenants]) {
    const found = await whatToErase(store, live().tenant(tenant), now, signal);
    erasable.set(tenant, new Set(found.rows));
    await erase(store, tenant, found, options, report);
    await forget(store, tenant, options, report);
  }
  // A compaction that was cut off may have begun here. Then only its segments are left.
  const isSealed = journal.mark.n === live().compactedAt;
  const busyPeers = dryRun || isSealed ? peersInTrouble(live()) : await seal(store, now);
  const through = journal.mark.n;
  if (!dryRun) await store.saver?.save(live());
  const present: Present = {
    tenant: (tenant) => live().tenant(tenant),
    isErased: (tenant, row) =>
      live().tenant(tenant).actions.isErased(row) || (dryRun && (erasable.get(tenant)?.has(row) ?? false)),
    hasDelivery: (tenant, actionId, to) =>
      live()
        .tenant(tenant)
        .deliveries.has(actionId, to, dryRun ? endedBefore : Number.NEGATIVE_INFINITY),
    busyPeers,
  };
  const dead = new DeadEvents(present);
  let saved = 0;
  const segments = await journal.segments(dryRun);
  for (const segment of segments) {
    const { before, after } = await journal.rewrite(segment, {
      edit: (record) => dead.edit(record),
      dryRun,
      signal,
      through,
    });
    report.segments += 1;
    if (after !== before) report.rewritten += 1;
    saved += before - after;
    options.onSegment?.({ segment, before, after, done: report.segments, total: segments.length });
  }
  if (!dryRun) await journal.removeTorn((actionId) => isErasedAnywhere(live(), actionId));
  return { ...report, after: dryRun ? report.before - saved : journal.size().bytes };
}

function isErasedAnywhere(index: StoreIndex, actionId: string): boolean {
  for (const { actions } of index.tenants) {
    const row = actions.find(actionId);
    if (row !== NONE && actions.isErased(row)) return true;
  }
  return false;
}

async function whatToErase(
  { read }: CompactedStore,
  index: TenantIndex,
  now: number,
  signal: AbortSignal,
): Promise<Erasable> {
  const rows: number[] = [];
  const deleted = await keyedDeletions(index.actions, read, signal);
  const walk = (function* () {
    for (const row of erasableRows(index, deleted, now)) {
      if (row === PAUSE) {
        signal.throwIfAborted();
        yield PAUSE;
      } else rows.push(row);
    }
  })();
  await inSlices(walk);
  return { rows, deleted };
}

async function erase(
  { live, append }: CompactedStore,
  tenant: string,
  found: Erasable,
  { now, dryRun = false, signal }: CompactOptions,
  report: CompactionReport,
): Promise<void> {
  const files = new Set<string>();
  for (const event of erasingEvents(live().tenant(tenant), found, now)) {
    signal.throwIfAborted();
    report.erased += event.actionIds.length;
    for (const fileId of event.fileIds ?? []) files.add(fileId);
    if (!dryRun) await append([event]);
  }
  report.files += files.size;
}

async function forget(
  { live, append }: CompactedStore,
  tenant: string,
  { now, endedBefore, dryRun = false, signal }: CompactOptions,
  report: CompactionReport,
): Promise<void> {
  const countOf = () => live().tenant(tenant).deliveries.ended;
  if (dryRun) {
    for (const _ of live().tenant(tenant).deliveries.endedBefore(endedBefore)) report.forgotten += 1;
    return;
  }
  const before = countOf();
  for (const event of forgettingEvents(live().tenant(tenant), endedBefore, now)) {
    signal.throwIfAborted();
    await append([event]);
  }
  report.forgotten += Math.max(0, before - countOf());
}

/** Ends the last segment. The next one begins with the circuits. @returns the busy peers at that moment */
async function seal({ journal, fence, live }: CompactedStore, at: number): Promise<ReadonlySet<string>> {
  let busy: ReadonlySet<string> = new Set();
  await journal.seal(fence, () => {
    const index = live();
    busy = peersInTrouble(index);
    const event: CircuitsEvent = {
      kind: 'circuits',
      tenant: '',
      open: index.circuits.list(Number.POSITIVE_INFINITY),
      at,
    };
    return {
      events: eventsJson([event]),
      applied: (position, mark) => live().apply([event], position, mark, [null]),
    };
  });
  return busy;
}

function peersInTrouble(index: StoreIndex): ReadonlySet<string> {
  const peers = new Set<string>();
  for (const { deliveries } of index.tenants) for (const peer of deliveries.awaiting()) peers.add(peer);
  return peers;
}
