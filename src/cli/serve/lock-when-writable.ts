/** Takes the lock of a home that is only read, once its disk takes writes again. */
import type { Log } from '../../services/runtime/deps.ts';
import { type Pause, pauseFor } from '../../services/runtime/pause.ts';
import { type HomeHold, ownedHome } from '../../store/home/hold.ts';
import { acquireHome } from '../../store/home/lock.ts';

/** The pause between two attempts, milliseconds. */
const RETRY = 2_000;

/**
 * Tries to take the lock from time to time, while the home is read. Another process that owns the home meanwhile is waited for.
 * @returns null when the signal aborted before. It never rejects.
 */
export async function lockWhenWritable(
  home: string,
  signal: AbortSignal,
  log: Log,
  pause: Pause = pauseFor,
): Promise<HomeHold | null> {
  for (;;) {
    await pause(RETRY, signal);
    if (signal.aborted) return null;
    try {
      const lock = await acquireHome(home);
      if (lock && signal.aborted) await lock.release();
      else if (lock) return ownedHome(lock);
    } catch (error) {
      // Still full or read-only, which is known; or another fault, which the next attempt meets again.
      log('debug', 'the lock of the home could not be taken', { error: String(error) });
    }
  }
}
