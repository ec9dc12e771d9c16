/** Checks the whole store. */
import { checkIdentities } from '../../store/identities/check-identities.ts';
import type { CheckReport, Recovery } from '../../store/model/store-interface.ts';
import type { Deps, Emit } from '../runtime/deps.ts';
import { createStages } from '../runtime/stages.ts';

/** The result of a check, with the findings of opening the store. */
export interface CheckStoreResult extends CheckReport {
  ok: boolean;
  /** Roughly how many bytes of the journal a compaction would drop. */
  reclaimableBytes: number;
  recovery: Recovery;
  /** The duration in milliseconds. */
  ms: number;
}

/** Reads and compares journal, hashes, blobs, index and the tenants' documents. @throws CloudilloError `store.io` */
export async function checkStore(
  { store, home, settings, clock, observer }: Pick<Deps, 'store' | 'home' | 'settings' | 'clock' | 'observer'>,
  _input: unknown,
  emit: Emit,
): Promise<CheckStoreResult> {
  const stages = createStages(emit, observer);
  const report = await stages.run(
    'check',
    () => store.check(),
    ({ records }) => `${records} records`,
  );
  const ms = stages.reports.at(-1)?.ms ?? 0;
  const findings = [...report.findings, ...(await checkIdentities(home))];
  const reclaimableBytes = store.reclaimable(clock.wall() - settings.delivery.keepEnded);
  return { ...report, findings, ok: findings.length === 0, reclaimableBytes, recovery: store.recovery, ms };
}
