/** Compacts the journal. */
import type { CompactionReport } from '../../store/model/store-interface.ts';
import { MIN_GRACE, sweepBlobs } from '../files/sweep-blobs.ts';
import type { Deps, Emit } from '../runtime/deps.ts';
import { createStages } from '../runtime/stages.ts';

/** The parts that a compaction needs. */
export type CompactDeps = Pick<Deps, 'store' | 'settings' | 'clock' | 'observer'>;

/** What a compaction dropped, or would drop. */
export interface CompactStoreResult extends CompactionReport {
  dryRun: boolean;
  /** Blobs that no file names any longer. */
  removed: number;
  /** The duration in milliseconds. */
  ms: number;
}

/**
 * Drops deleted and expired actions, ended deliveries and old versions of rows from the journal, and the blobs that then nothing names.
 * @throws CloudilloError `store.full`, `store.io`
 */
export async function compactStore(
  deps: CompactDeps,
  { dryRun = false }: { dryRun?: boolean | undefined },
  emit: Emit,
  signal: AbortSignal,
): Promise<CompactStoreResult> {
  const { store, settings, clock, observer } = deps;
  const stages = createStages(emit, observer);
  const now = clock.wall();
  const endedBefore = now - settings.delivery.keepEnded;
  const done = await stages.run(
    'compact',
    (span) => {
      const onSegment = ({ done, total }: { done: number; total: number }) => span?.progress(done, total);
      return store.compact({ now, endedBefore, dryRun, signal, onSegment });
    },
    ({ segments }) => `${segments} ${segments === 1 ? 'segment' : 'segments'}`,
  );
  // With a damaged journal the needed blobs aren't known.
  const isSure = store.recovery.damaged.length === 0;
  const removed = isSure && !dryRun && done.files > 0 ? (await sweepBlobs(deps, { grace: MIN_GRACE })).removed : 0;
  return { ...done, dryRun, removed, ms: stages.reports.reduce((sum, { ms }) => sum + ms, 0) };
}
