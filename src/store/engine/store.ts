/** Opens stores, on disk and in memory. */

import { basename, join } from 'node:path';
import type { CloudilloError } from '../../protocol/errors.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { FileBlobs } from '../blobs/file-blobs.ts';
import { MemoryBlobs } from '../blobs/memory-blobs.ts';
import { PROBE } from '../disk/disk-space.ts';
import { removeIfThere } from '../disk/durable-file.ts';
import { openCacheDirectory, setAside, type WarnDamage } from '../disk/set-aside.ts';
import { sweepTemporary } from '../disk/sweep-temporary.ts';
import { type Fence, UNSHARED } from '../home/fence.ts';
import { type HomePaths, openHomeDir } from '../home/home.ts';
import { migrateHome, openMigrated } from '../home/migrate-home.ts';
import type { Migration } from '../home/migrations.ts';
import { syncHome } from '../home/sync-home.ts';
import { settleIdentities } from '../identities/after-crash.ts';
import { readSnapshot } from '../index/snapshot.ts';
import { StoreIndex } from '../index/store-index.ts';
import { FileJournal } from '../journal/file-journal.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { markProblem, recoverJournal } from '../journal/recover.ts';
import { lastCompacted, listSegments } from '../journal/segments.ts';
import type { Damage, Recovery, Store } from '../model/store-interface.ts';
import { SnapshotSaver } from './index-saver.ts';
import { JournalStore } from './journal-store.ts';

export type * from '../model/events.ts';
export type * from '../model/rows.ts';
export type * from '../model/store-interface.ts';

/** Options of {@link openFileStore}. */
export interface FileStoreOptions {
  /** The wall clock, unix milliseconds. Default: the system's. */
  now?: () => number;
  /** The fence of the home's lock: nothing is appended when the lock isn't held. Default: nobody else can open the home. */
  fence?: Fence;
  /** The steps to this version of the home. Default: those of this program. */
  migrations?: readonly Migration[];
  /** Logs the findings of opening, and failures to save the index. */
  log?: (level: 'info' | 'warn', message: string, fields: Record<string, unknown>) => void;
  /** Receives a span for each append. */
  observer?: Observer;
  /** Why the home is only read: nothing on the disk is changed then. Default: it is written. */
  readOnly?: CloudilloError | null;
  /** The size of a journal segment, in bytes, before the next one is begun. */
  segmentBytes?: number;
  /** The fewest new records for which the index is saved while the store is open. */
  saveEvery?: number;
}

/**
 * Opens the store of a home. Take its lock first (`lock.ts`), unless it is only read. The findings are in `recovery`.
 * @throws {CloudilloError} `home.…`, `store.io`
 */
export async function openFileStore(root: string, options: FileStoreOptions = {}): Promise<Store> {
  const { now = Date.now, log = () => {}, fence = UNSHARED, observer = NOBODY, readOnly = null } = options;
  const warn = (message: string, fields: Record<string, unknown>) => log('warn', message, fields);
  const home = readOnly
    ? await openMigrated(root, readOnly, options.migrations)
    : await takeOver(root, { ...options, now, log });
  const snapshotPath = join(home.index, 'snapshot');
  const saved = await usableSnapshot(snapshotPath, home.journal);
  if (saved.state === 'rejected' && !readOnly) await discardSnapshot(snapshotPath, saved.reason, warn);
  const index = saved.index ?? new StoreIndex();
  const savedRecords = saved.index ? index.mark.n : 0;
  index.bulk = true;
  const found = await recoverJournal(
    home.journal,
    index.mark,
    (record, position, mark) => index.replay(record, position, mark),
    readOnly,
  );
  index.bulk = false;
  index.mark = found.mark;
  const { mark, segments, refusal } = found;
  const journal = await FileJournal.open({
    directory: home.journal,
    mark,
    segments,
    now,
    refusal,
    ...(options.segmentBytes !== undefined && { segmentBytes: options.segmentBytes }),
  });
  const recovery: Recovery = {
    tornBytes: found.tornBytes,
    ...(found.keptAt !== null && { keptAt: found.keptAt }),
    damaged: [...saved.damaged, ...found.damaged],
    snapshot: saved.state,
    ...(saved.reason !== null && { snapshotReason: saved.reason }),
    replayed: found.records,
    unread: savedRecords,
  };
  report(recovery, saved.outdated, log);
  const blobs = new FileBlobs(home.blobs, fence);
  if (readOnly) return new JournalStore({ journal, fence, index, blobs, recovery, observer });
  const saver = new SnapshotSaver({
    path: snapshotPath,
    journal,
    damaged: () => recovery.damaged,
    saved: savedRecords,
    ...(options.saveEvery !== undefined && { every: options.saveEvery }),
    onError: (error) => log('warn', 'Could not save the index', { error: String(error) }),
  });
  return new JournalStore({ journal, fence, index, blobs, recovery, saver, observer });
}

/** Brings a home to this version, finishes what was interrupted, and makes durable what is read from now on. */
async function takeOver(
  root: string,
  { now, log, migrations }: FileStoreOptions & Required<Pick<FileStoreOptions, 'now' | 'log'>>,
): Promise<HomePaths> {
  const migrated = await migrateHome(root, now, migrations);
  if (migrated.length > 0) log('info', 'The home was brought to this version', { migrated });
  const home = await openHomeDir(root, migrations);
  const warn = (message: string, fields: Record<string, unknown>) => log('warn', message, fields);
  // A backup may lack the index. The journal isn't made here: a home without it has lost everything.
  await openCacheDirectory(home.index, warn);
  await finishInterrupted(home, warn);
  await syncHome(home);
  return home;
}

/** Finishes or removes the unfinished work of killed commands in the home. */
async function finishInterrupted(home: HomePaths, warn: WarnDamage): Promise<void> {
  // `init` makes a home without its lock.
  const names = [...[home.marker, home.config].map((path) => basename(path)), PROBE];
  for (const directory of [home.root, home.identities]) await sweepTemporary(directory, { names, shared: true });
  for (const directory of [home.journal, home.index, home.blobs, home.cache, home.acme])
    await sweepTemporary(directory);
  await settleIdentities(home.identities, warn);
}

/** Makes a store in memory, which lasts as long as the process. */
export function openMemoryStore({
  now = Date.now,
  observer = NOBODY,
}: Pick<FileStoreOptions, 'now' | 'observer'> = {}): Store {
  return new JournalStore({
    observer,
    journal: new MemoryJournal(now),
    fence: UNSHARED,
    index: new StoreIndex(),
    blobs: new MemoryBlobs(),
    recovery: { tornBytes: 0, damaged: [], snapshot: 'absent', replayed: 0, unread: 0 },
  });
}

interface UsableSnapshot {
  index: StoreIndex | null;
  damaged: Damage[];
  state: Recovery['snapshot'];
  reason: string | null;
  /** Another version saved it, which is no damage. */
  outdated: boolean;
}

async function usableSnapshot(path: string, journal: string): Promise<UsableSnapshot> {
  const found = await readSnapshot(path);
  if ('reason' in found) {
    const { reason, outdated = false } = found;
    return { index: null, damaged: [], state: reason === null ? 'absent' : 'rejected', reason, outdated };
  }
  const reason = await markProblem(journal, found.index.mark);
  const compacted = await lastCompacted(journal, await listSegments(journal));
  if (compacted > found.index.mark.n) {
    const outdated = 'the journal was compacted since it was saved';
    return { index: null, damaged: found.damaged, state: 'rejected', reason: outdated, outdated: true };
  }
  if (reason === null) return { index: found.index, damaged: found.damaged, state: 'used', reason, outdated: false };
  // The index was saved after these records were acknowledged. Their loss is damage, not a crash.
  const damaged = [{ segment: '', offset: 0, reason: `the journal isn't what was saved: ${reason}` }];
  return { index: null, damaged, state: 'rejected', reason, outdated: false };
}

/**
 * Removes a useless saved index, which is as large as all actions. What can't be removed (a directory with its name) is set
 * aside.
 */
async function discardSnapshot(path: string, reason: string | null, warn: WarnDamage): Promise<void> {
  try {
    await removeIfThere(path);
  } catch {
    await setAside(path, reason ?? 'it is no saved index', warn);
  }
}

function report(recovery: Recovery, outdated: boolean, log: NonNullable<FileStoreOptions['log']>): void {
  const { tornBytes, keptAt, damaged, snapshot, snapshotReason } = recovery;
  if (tornBytes > 0) log('warn', 'The last write to the journal was cut off', { tornBytes, keptAt });
  if (damaged.length > 0) log('warn', 'Parts of the journal are damaged', { damaged: damaged.slice(0, 10) });
  if (snapshot !== 'rejected') return;
  if (outdated) log('info', 'The saved index was made anew', { reason: snapshotReason });
  else log('warn', 'The saved index was damaged, and is made anew', { reason: snapshotReason });
}
