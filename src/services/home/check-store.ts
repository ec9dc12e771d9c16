/** Checks the whole store. */
import { parseDescriptor } from '../../protocol/descriptor.ts';
import { checkIdentities } from '../../store/identities/check-identities.ts';
import type { CheckReport, Finding, Recovery } from '../../store/model/store-interface.ts';
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
  const findings = [...report.findings, ...(await lostBlobs(store)), ...(await checkIdentities(home))];
  const reclaimableBytes = store.reclaimable(clock.wall() - settings.delivery.keepEnded);
  return { ...report, findings, ok: findings.length === 0, reclaimableBytes, recovery: store.recovery, ms };
}

/**
 * Files whose blobs are gone, each with its first lost blob. A file of the tenant's own has all of its blobs. One of a peer's may lack
 * some: they were too large to be fetched.
 */
async function lostBlobs(store: Deps['store']): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const tenant of store.tenants()) {
    const unreadable = new Set(store.unreadableDescriptors(tenant));
    for (const { fileId, descriptor, owner } of store.files(tenant)) {
      if (unreadable.has(descriptor)) continue;
      const ids = new Set(parseDescriptor(descriptor).variants.map(({ blobId }) => blobId));
      const lost: string[] = [];
      for (const id of ids) if (!(await store.blobs.has(id))) lost.push(id);
      if (lost.length === 0 || (owner !== undefined && lost.length < ids.size)) continue;
      const reason = `${lost.length} of ${ids.size} blobs of file ${fileId} of ${owner ?? tenant} are gone; restore blobs/`;
      findings.push({ kind: 'blob', id: lost[0] as string, reason });
    }
  }
  return findings;
}
