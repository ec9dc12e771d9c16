/** The worker that refreshes profiles of peers. */
import { errorToObject } from '../../protocol/errors.ts';
import { type Pause, pauseFor } from '../runtime/pause.ts';
import { createRefreshState, type RefreshDeps, refreshDue } from './refresh-profiles.ts';

/** The shortest and the longest pause between rounds. Each round looks for new relations. Milliseconds. */
const SHORTEST = 60_000;
const LONGEST = 3_600_000;

/**
 * Keeps the profiles of related peers fresh until `signal` aborts; resolves when the current round is over. The first
 * round starts after a minute, so that it does not slow the start of the server.
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
