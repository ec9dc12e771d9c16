/** The worker that removes unnamed blobs once a day. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { sweepBlobs } from './sweep-blobs.ts';

/**
 * The time from the start of a server to the first sweep: short enough for a server that is restarted daily, and not
 * part of its start.
 */
const FIRST = 3_600_000;
const EVERY = 24 * 3_600_000;

/** Removes unnamed blobs once a day, until `signal` aborts. Errors are logged. */
export async function runSweeper(
  deps: Pick<Deps, 'store' | 'clock' | 'log'>,
  signal: AbortSignal,
  { first = FIRST, every = EVERY }: { first?: number; every?: number } = {},
): Promise<void> {
  for (let pause = first; ; pause = every) {
    // It rejects when aborted only.
    await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    try {
      const { removed, bytes, waiting } = await sweepBlobs(deps, {});
      deps.log('info', 'swept files', { removed, bytes, waiting });
    } catch (error) {
      deps.log('error', 'files could not be swept', { error: errorToObject(error) });
    }
  }
}
