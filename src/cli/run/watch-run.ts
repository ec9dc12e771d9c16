import { CloudilloError } from '../../protocol/errors.ts';
import { keepWatching, type WatchSession } from '../../services/inspect/keep-watching.ts';
import { type WatchedAction, type WatchFilter, watchFilter } from '../../services/reading/watched-action.ts';

export interface WatchRun extends WatchFilter {
  session: WatchSession;
  /** End after so many; 0: never. */
  limit: number;
  /** At most so many milliseconds; undefined: no end. */
  wait: number | undefined;
  /** Also when the server isn't there yet. */
  retry: boolean;
  stop: AbortSignal;
  write: (action: WatchedAction) => Promise<void>;
  onReady: () => void;
  /** The connection is gone, or isn't there yet. */
  onPause: (error: unknown, pause: number) => void;
}

/**
 * Watches until enough came, the time is over, or somebody stops it.
 * @throws CloudilloError `wait.timeout`; what the connection throws for good
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
    hint: 'Wait longer with --wait, or look at what was there before with --since',
    details: { shown, wanted },
  });
}
