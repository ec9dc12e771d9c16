/** The worker that compacts the journal when much of it can be dropped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { type CompactDeps, compactStore } from './compact-store.ts';

/** The time from the start of a server to the first look, and between two. Milliseconds. */
const FIRST = 10 * 60_000;
const EVERY = 3_600_000;
/** A compaction is worth while when so much of the journal, and so many bytes, can be dropped. */
const SHARE = 0.25;
const LEAST = 16 * 1024 * 1024;
/** Room that has to be free besides that for one segment, so that nobody else meets a full disk. Bytes. */
const ROOM = 128 * 1024 * 1024;

/** Options of the worker. */
export interface CompactionWorkerOptions {
  first?: number;
  every?: number;
  least?: number;
  /** Called after each look. @param compacted whether it was worth while, and was done */
  onLook?: (compacted: boolean) => void;
}

/** Compacts the journal when it is worth while, until `signal` aborts. Errors are logged. */
export async function runCompaction(
  deps: CompactDeps & Pick<Deps, 'log' | 'disk'>,
  signal: AbortSignal,
  { first = FIRST, every = EVERY, least = LEAST, onLook = () => {} }: CompactionWorkerOptions = {},
): Promise<void> {
  for (let pause = first; ; pause = every) {
    // It rejects when aborted only.
    await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    let compacted = false;
    try {
      compacted = await compactIfWorthwhile(deps, signal, least);
    } catch (error) {
      // What was rewritten stays so, and the next compaction does the rest.
      if (!signal.aborted) deps.log('error', 'the journal could not be compacted', { error: errorToObject(error) });
    }
    onLook(compacted);
  }
}

async function compactIfWorthwhile(
  deps: CompactDeps & Pick<Deps, 'log' | 'disk'>,
  signal: AbortSignal,
  least: number,
): Promise<boolean> {
  const { store, settings, clock, disk, log } = deps;
  const { journalBytes } = store.stats();
  const reclaimable = store.reclaimable(clock.wall() - settings.delivery.keepEnded);
  if (reclaimable < least || reclaimable < journalBytes * SHARE) return false;
  const [room] = await disk.rooms();
  if (room && room.free < ROOM) {
    const { free, mount } = room;
    log('warn', 'the journal is not compacted: too little room on the disk', { free, needed: ROOM, mount });
    return false;
  }
  const { erased, forgotten, before, after, ms } = await compactStore(deps, {}, () => {}, signal);
  log('info', 'compacted the journal', { erased, forgotten, before, after, ms });
  return true;
}
