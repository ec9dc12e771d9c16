/** Rebuilds the index from the journal. */
import type { Damage, StoreStats } from '../../store/model/store-interface.ts';
import type { Deps, Emit } from '../runtime/deps.ts';
import { createStages } from '../runtime/stages.ts';

/** The result of a rebuild. */
export interface RebuildStoreResult {
  records: number;
  damaged: Damage[];
  stats: StoreStats;
  /** The duration in milliseconds. */
  ms: number;
}

/**
 * Rebuilds the index from the journal. Unreadable records are reported.
 * @throws CloudilloError `store.io`, `store.full`
 */
export async function rebuildStore(
  { store, observer }: Pick<Deps, 'store' | 'observer'>,
  _input: unknown,
  emit: Emit,
): Promise<RebuildStoreResult> {
  const stages = createStages(emit, observer);
  const made = await stages.run(
    'rebuild',
    (span) => store.rebuild(span ? (done, total) => span.progress(done, total) : undefined),
    ({ records }) => `${records} records`,
  );
  return { ...made, stats: store.stats(), ms: stages.reports.at(-1)?.ms ?? 0 };
}
