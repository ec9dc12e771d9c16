import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';

/** How to sweep. */
export interface SweepInput {
  /** Only tell what would go. */
  dryRun?: boolean | undefined;
  /** Milliseconds that bytes nobody names are left alone: an upload, or a file that comes in parts, is about to name them. */
  grace?: number | undefined;
}

/** What a sweep did, or would do. */
export interface SweepResult {
  dryRun: boolean;
  /** Blobs. */
  removed: number;
  bytes: number;
  /** Blobs that a file names. */
  kept: number;
  /** Blobs that no file names, too young to go. */
  waiting: number;
}

const DEFAULT_GRACE = 24 * 3_600_000;
/** Longer than anything stays between its last byte and the record that names it. */
export const MIN_GRACE = 10 * 60_000;

/**
 * Removes bytes that no file of any identity names: what was broken off, and what a refused file left behind.
 * @throws CloudilloError `usage.grace`; `store.damaged` when a damaged record may be the one that names them; `store.io`
 */
export async function sweepBlobs(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { dryRun = false, grace = DEFAULT_GRACE }: SweepInput,
): Promise<SweepResult> {
  if (grace < MIN_GRACE) {
    throw new CloudilloError('usage.grace', 'Bytes have to be left alone for 10 minutes at least', {
      stage: 'input',
      hint: 'Leave --grace out (24h), or give 10m or more',
    });
  }
  if (store.recovery.damaged.length > 0) throw damaged();
  const tenants = store.tenants();
  // A later version may have written others: what they name stays.
  const unreadable = tenants.flatMap((tenant) => store.unreadableDescriptors(tenant));
  const result: SweepResult = { dryRun, removed: 0, bytes: 0, kept: 0, waiting: 0 };
  for await (const id of store.blobs.ids()) {
    // Asked just before it would go: files come while this runs.
    const isNamed = tenants.some((tenant) => store.filesOfBlob(tenant, id).length > 0);
    if (isNamed || unreadable.some((text) => text.includes(id))) {
      result.kept += 1;
      continue;
    }
    const bytes = await store.blobs.removeOlder(id, clock.wall() - grace, { dryRun });
    if (bytes === null) result.waiting += 1;
    else {
      result.removed += 1;
      result.bytes += bytes;
    }
  }
  return result;
}

function damaged(): CloudilloError {
  return new CloudilloError('store.damaged', 'The journal is damaged: which bytes are still needed can’t be told', {
    stage: 'store',
    hint: 'Run "cloudillo store check", and restore the journal from a backup',
  });
}
