/** Keeps a watch going through reconnections. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RetryPolicy, retryDelay } from '../../federation/http/retry-policy.ts';
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { arrivalOf, type WatchedAction } from '../reading/watched-action.ts';

/** One connection of a watch. */
export interface SessionInput {
  /** Begin with what arrived at this time or later, unix milliseconds; null: begin now. */
  after: number | null;
  /** Called when it listens; `now` is the peer's clock, unix milliseconds. */
  onReady: (now: number) => void;
  /** Takes one action; the session waits for the promise. */
  onAction: (action: WatchedAction) => Promise<void>;
  signal: AbortSignal;
}

/** Listens until the connection ends. A normal end resolves; others throw. */
export type WatchSession = (input: SessionInput) => Promise<void>;

/** The parts of a watch. */
export interface KeepWatching {
  session: WatchSession;
  onAction: (action: WatchedAction) => Promise<void>;
  /** Called when it listens, at first and after each reconnection. */
  onReady: () => void;
  /** Called when there is no connection; the next attempt is in `pause` milliseconds. */
  onPause: (error: unknown, pause: number) => void;
  /** Also retry the first connection. */
  retry: boolean;
  signal: AbortSignal;
  random?: () => number;
}

/** The retry policy has no end: a watch outlasts restarts of the server. Milliseconds. */
const PATIENT: RetryPolicy = {
  attempts: Number.POSITIVE_INFINITY,
  base: 250,
  factor: 2,
  cap: 30_000,
  jitter: 0.5,
  retries: () => true,
};

/**
 * After a reconnection this span before the last action is requested again: actions are announced shortly after they
 * arrived, and not always in order. Milliseconds.
 */
const OVERLAP = 60_000;
/** How many action IDs are remembered, more than arrive within the overlap. */
const REMEMBERED = 100_000;

/**
 * Watches through reconnections and reports each action once, without a gap: after each one, everything that arrived
 * since is requested.
 * @throws CloudilloError what the first connection threw (unless `retry`); errors that are not retryable
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
      if (!mayHeal(thrown, { ready, before: start !== null || options.retry })) throw thrown;
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
  // The access token expired meanwhile; the next connection gets a new one.
  if (ready && error.details?.['status'] === 401) return true;
  return before && error.retryable;
}
