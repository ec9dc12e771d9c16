/** Removes blobs that no file names. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';

/** Options of a sweep. */
export interface SweepInput {
  /** Report only; remove nothing. */
  dryRun?: boolean | undefined;
  /** The age in milliseconds below which unnamed blobs stay: an upload or a fetch may be about to name them. */
  grace?: number | undefined;
}

/** What was removed, or would be. */
export interface SweepResult {
  dryRun: boolean;
  /** How many blobs were removed. */
  removed: number;
  bytes: number;
  /** How many blobs a file names. */
  kept: number;
  /** How many unnamed blobs are too young to be removed. */
  waiting: number;
}

const DEFAULT_GRACE = 24 * 3_600_000;
/** Longer than any blob waits for the record that names it. Milliseconds. */
export const MIN_GRACE = 10 * 60_000;

/** The part of the blobs that a sweep examines. */
export interface SweepPart {
  /** The first two characters of the hash to begin at. */
  from: string;
  /** The part ends with the first directory that brings it to so many blobs. */
  atLeast: number;
}

/**
 * Removes blobs that no file of any tenant names, such as aborted uploads.
 * @throws CloudilloError `usage.grace`; `store.damaged` when a damaged record may name them; `store.io`
 */
export async function sweepBlobs(deps: Pick<Deps, 'store' | 'clock'>, input: SweepInput): Promise<SweepResult> {
  const { next: _next, ...result } = await sweepPart(deps, input, { from: '', atLeast: Number.POSITIVE_INFINITY });
  return result;
}

/**
 * Does the same with a part of the blobs.
 * @returns also where the next part begins; null: this was the last one
 * @throws CloudilloError as {@link sweepBlobs}
 */
export async function sweepPart(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { dryRun = false, grace = DEFAULT_GRACE }: SweepInput,
  { from, atLeast }: SweepPart,
): Promise<SweepResult & { next: string | null }> {
  if (grace < MIN_GRACE) {
    throw new CloudilloError('usage.grace', 'The grace period is shorter than 10 minutes', {
      stage: 'input',
      hint: 'Give --grace 10m or more; the default is 24h',
    });
  }
  if (store.recovery.damaged.length > 0) throw damaged();
  const tenants = store.tenants();
  // A later version may have written other descriptors. Their blobs stay.
  const unreadable = tenants.flatMap((tenant) => store.unreadableDescriptors(tenant));
  const result: SweepResult = { dryRun, removed: 0, bytes: 0, kept: 0, waiting: 0 };
  let examined = 0;
  let directory = from;
  for await (const id of store.blobs.ids(from)) {
    const own = id.slice(3, 5);
    if (examined >= atLeast && own !== directory) return { ...result, next: own };
    directory = own;
    examined += 1;
    // Checked right before the removal, because files arrive during a sweep.
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
  return { ...result, next: null };
}

function damaged(): CloudilloError {
  return new CloudilloError('store.damaged', 'The journal is damaged, so the blobs that are still needed are unknown', {
    stage: 'store',
    hint: 'Run "cloudillo store check", and restore the journal from a backup',
  });
}
