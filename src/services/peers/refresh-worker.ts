import { errorToObject } from '../../protocol/errors.ts';
import { type Pause, pauseFor } from '../runtime/pause.ts';
import { createRefreshState, type RefreshDeps, refreshDue } from './refresh-profiles.ts';

/** A round at most this often, and at least: new relations are looked for at each. Milliseconds. */
const SHORTEST = 60_000;
const LONGEST = 3_600_000;

/**
 * Keeps known profiles fresh until `signal` aborts; resolves when the round that had begun is over. The first round comes a
 * minute after the start: whoever has just started a server has other things to wait for.
 */
export async function runProfileRefresh(
  deps: RefreshDeps,
  signal: AbortSignal,
  pause: Pause = pauseFor,
): Promise<void> {
  const state = createRefreshState();
  for (let wait = SHORTEST; ; ) {
    await pause(wait, signal);
    if (signal.aborted) return;
    wait = LONGEST;
    try {
      const { nextAt } = await refreshDue(deps, state, { signal });
      wait = Math.min(Math.max(nextAt - deps.clock.monotonic(), SHORTEST), LONGEST);
    } catch (error) {
      deps.log('error', 'profiles could not be refreshed', { error: errorToObject(error) });
    }
  }
}
