/** Runs a watch with its limits. */
import { CloudilloError } from '../../protocol/errors.ts';
import { keepWatching, type WatchSession } from '../../services/inspect/keep-watching.ts';
import { type WatchedAction, type WatchFilter, watchFilter } from '../../services/reading/watched-action.ts';

/** A watch and its limits. */
export interface WatchRun extends WatchFilter {
  session: WatchSession;
  /** End after this many actions; 0: no limit. */
  limit: number;
  /** End after this time, milliseconds; undefined: no limit. */
  wait: number | undefined;
  /** Also retry the first connection. */
  retry: boolean;
  stop: AbortSignal;
  write: (action: WatchedAction) => Promise<void>;
  onReady: () => void;
  /** Called when there is no connection. */
  onPause: (error: unknown, pause: number) => void;
}

/**
 * Watches until a limit is reached, or until the watch is stopped.
 * @throws CloudilloError `wait.timeout`; the final error of the connection
 */
export async function runWatch(run: WatchRun): Promise<void> {
  const { limit, wait, stop } = run;
  const wanted = limit === 0 ? 1 : limit;
  const fits = watchFilter(run);
  const enough = new AbortController();
  const late = new AbortController();
  const timer = wait === undefined ? undefined : setTimeout(() => late.abort(), wait);
  let shown = 0;
  try {
    await keepWatching({
      session: run.session,
      retry: run.retry,
      onReady: run.onReady,
      onPause: run.onPause,
      signal: AbortSignal.any([stop, enough.signal, late.signal]),
      onAction: async (action) => {
        if (enough.signal.aborted || !fits(action)) return;
        await run.write(action);
        shown += 1;
        if (shown === limit) enough.abort();
      },
    });
  } finally {
    clearTimeout(timer);
  }
  if (late.signal.aborted && !stop.aborted && shown < wanted) throw tooFew(shown, wanted, wait ?? 0);
}

function tooFew(shown: number, wanted: number, wait: number): CloudilloError {
  const count = wanted === 1 ? 'No action came' : `Only ${shown} of ${wanted} actions came`;
  return new CloudilloError('wait.timeout', `${count} within ${wait / 1000} s`, {
    stage: 'response',
    hint: 'Wait longer with --wait, or include stored actions with --since',
    details: { shown, wanted },
  });
}
