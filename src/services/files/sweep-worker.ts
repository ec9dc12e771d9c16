import { setTimeout as sleep } from 'node:timers/promises';
import { errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { sweepBlobs } from './sweep-blobs.ts';

/** A server that is restarted often sweeps all the same; one that has just started has better things to do. */
const FIRST = 3_600_000;
const EVERY = 24 * 3_600_000;

/** Sweeps once a day, until `signal` aborts. What goes wrong is logged: there is another day. */
export async function runSweeper(
  deps: Pick<Deps, 'store' | 'clock' | 'log'>,
  signal: AbortSignal,
  { first = FIRST, every = EVERY }: { first?: number; every?: number } = {},
): Promise<void> {
  for (let pause = first; ; pause = every) {
    // Aborted: there is nothing to finish.
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
