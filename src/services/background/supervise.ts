/** Keeps background workers running: one that fails is logged, and started again after a growing pause. */
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { nextPause } from '../runtime/next-pause.ts';
import { type Pause, pauseFor } from '../runtime/pause.ts';
import type { WorkerState } from '../runtime/server-facts.ts';

/** A worker that runs until its signal aborts. */
export interface SupervisedWorker {
  readonly name: string;
  /** Resolves when `signal` has aborted and the current work is done. To end earlier is a failure. */
  run(signal: AbortSignal): Promise<void>;
}

/** Workers that were started. */
export interface Supervision {
  /** The state of each worker, in the order of the list. */
  states(): WorkerState[];
  /** Resolves when all have ended. It never rejects. */
  readonly ended: Promise<void>;
}

/** A worker that ran this long has recovered: its next pause is the shortest again. Milliseconds. */
const RECOVERED_AFTER = 10 * 60_000;

/** Starts workers, and keeps each of them running until `signal` aborts. */
export function supervise(
  deps: Pick<Deps, 'clock' | 'log'>,
  workers: readonly SupervisedWorker[],
  signal: AbortSignal,
  pause: Pause = pauseFor,
): Supervision {
  const all = workers.map((worker) => {
    const state: WorkerState = { name: worker.name, state: 'running', restarts: 0, error: null, nextStartAt: null };
    return { state, ended: keepRunning(deps, worker, state, signal, pause) };
  });
  return {
    states: () => all.map(({ state }) => ({ ...state })),
    ended: Promise.all(all.map(({ ended }) => ended)).then(() => {}),
  };
}

async function keepRunning(
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  worker: SupervisedWorker,
  state: WorkerState,
  signal: AbortSignal,
  pause: Pause,
): Promise<void> {
  let wait: number | undefined;
  while (!signal.aborted) {
    const startedAt = clock.monotonic();
    const error = await failureOf(worker, signal);
    if (!error) break;
    wait = nextPause(clock.monotonic() - startedAt >= RECOVERED_AFTER ? undefined : wait);
    log('error', `the background worker "${worker.name}" failed`, { worker: worker.name, error, pause: wait });
    Object.assign(state, { state: 'paused', error, nextStartAt: clock.wall() + wait });
    await pause(wait, signal);
    if (!signal.aborted) Object.assign(state, { state: 'running', nextStartAt: null, restarts: state.restarts + 1 });
  }
  Object.assign(state, { state: 'stopped', nextStartAt: null });
}

/** Runs a worker. @returns its failure; null when it ended because `signal` aborted */
async function failureOf(worker: SupervisedWorker, signal: AbortSignal): Promise<ErrorObject | null> {
  const ending = new AbortController();
  try {
    await worker.run(AbortSignal.any([signal, ending.signal]));
    if (signal.aborted) return null;
    return errorToObject(new CloudilloError('internal.unexpected', `The worker "${worker.name}" ended by itself`));
  } catch (error) {
    return errorToObject(error);
  } finally {
    // Work that it began without waiting ends with it: its successor begins the same work again.
    ending.abort();
  }
}
