/** The worker that removes unnamed blobs, a part of all blobs at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { sweepPart } from './sweep-blobs.ts';

/** The pauses of the worker and the size of a part. */
export interface SweeperOptions {
  /**
   * From the start of a server to the first part, milliseconds: short enough for a server that is restarted daily, and not part of its
   * start.
   */
  first?: number;
  /** Between two parts, milliseconds. */
  between?: number;
  /** From the end of a round through all blobs to the next one, milliseconds. */
  every?: number;
  /** The blobs of a part. */
  part?: number;
}

const HOUR = 3_600_000;

/** Goes through all blobs in parts and removes the unnamed ones, until `signal` aborts. Each round is logged, and so are errors. */
export async function runSweeper(
  deps: Pick<Deps, 'store' | 'clock' | 'log'>,
  signal: AbortSignal,
  { first = HOUR, between = HOUR, every = 24 * HOUR, part = 10_000 }: SweeperOptions = {},
): Promise<void> {
  let from = '';
  let round = { removed: 0, bytes: 0, waiting: 0 };
  for (let pause = first; ; ) {
    // It rejects when aborted only.
    await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    pause = every;
    try {
      const { removed, bytes, waiting, next } = await sweepPart(deps, {}, { from, atLeast: part });
      round = {
        removed: round.removed + removed,
        bytes: round.bytes + bytes,
        waiting: round.waiting + waiting,
      };
      from = next ?? '';
      if (next !== null) {
        pause = between;
        continue;
      }
      deps.log('info', 'swept files', round);
      round = { removed: 0, bytes: 0, waiting: 0 };
    } catch (error) {
      deps.log('error', 'files could not be swept', { error: errorToObject(error) });
    }
  }
}
