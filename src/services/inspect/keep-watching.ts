import { setTimeout as sleep } from 'node:timers/promises';
import { type RetryPolicy, retryDelay } from '../../federation/http/retry-policy.ts';
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { arrivalOf, type WatchedAction } from '../reading/watched-action.ts';

/** One connection's worth of watching. */
export interface SessionInput {
  /** First what arrived at or after this, unix milliseconds; null: only what comes from now on. */
  after: number | null;
  /** It listens; `now` is the other side's clock, unix milliseconds. */
  onReady: (now: number) => void;
  /** Takes one action; a promise holds the session back. */
  onAction: (action: WatchedAction) => Promise<void>;
  signal: AbortSignal;
}

/** Listens until the connection ends. It throws why; a polite end resolves. */
export type WatchSession = (input: SessionInput) => Promise<void>;

export interface KeepWatching {
  session: WatchSession;
  onAction: (action: WatchedAction) => Promise<void>;
  /** It listens: at first, and after each break. */
  onReady: () => void;
  /** The connection ended, or none could be made: the next try is in `pause` milliseconds. */
  onPause: (error: unknown, pause: number) => void;
  /** Keep trying also before the first connection. */
  wait: boolean;
  signal: AbortSignal;
  random?: () => number;
}

/** Until it works again: a watch is there to outlast restarts. Milliseconds. */
const PATIENT: RetryPolicy = {
  attempts: Number.POSITIVE_INFINITY,
  base: 250,
  factor: 2,
  cap: 30_000,
  jitter: 0.5,
  retries: () => true,
};

/**
 * What arrived shortly before the last action that was seen is looked at again after each break: an action is stored and told
 * a moment after it arrived, and two may overtake each other. Milliseconds.
 */
const OVERLAP = 60_000;
/** More than arrives within the overlap. */
const REMEMBERED = 100_000;

/**
 * Watches through as many connections as it takes, and tells each action once, without a gap: after each break everything
 * that arrived since is asked for.
 * @throws CloudilloError what the first connection threw (unless `wait`); what no further try mends
 */
export async function keepWatching(options: KeepWatching): Promise<void> {
  const { session, signal, random = Math.random } = options;
  const seen = boundedCache<string, true>(REMEMBERED);
  let start: number | null = null;
  let last = 0;
  let attempt = 0;
  while (!signal.aborted) {
    let ready = false;
    let error: unknown = null;
    try {
      await session({
        after: start === null ? null : Math.max(start, last - OVERLAP),
        signal,
        onReady: (now) => {
          ready = true;
          attempt = 0;
          start ??= now;
          last = Math.max(last, start);
          options.onReady();
        },
        onAction: async (action) => {
          const arrival = arrivalOf(action);
          if (Number.isFinite(arrival)) last = Math.max(last, arrival);
          if (seen.has(action.actionId)) return;
          seen.set(action.actionId, true);
          await options.onAction(action);
        },
      });
    } catch (thrown) {
      if (signal.aborted) return;
      if (!mayHeal(thrown, { ready, before: start !== null || options.wait })) throw thrown;
      error = thrown;
    }
    if (signal.aborted) return;
    attempt += 1;
    const pause = retryDelay(PATIENT, attempt, error, random()) ?? PATIENT.cap;
    options.onPause(error, pause);
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
}

function mayHeal(error: unknown, { ready, before }: { ready: boolean; before: boolean }): boolean {
  if (!(error instanceof CloudilloError)) return false;
  // The access token ran out while we listened: the next connection brings a new one.
  if (ready && error.details?.['status'] === 401) return true;
  return before && error.retryable;
}
