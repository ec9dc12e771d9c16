/** The time limits of a request. */
import { setMaxListeners } from 'node:events';

/** The longest time of a timer: `setTimeout` fires at once for a longer one. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Why a call ended early. */
export type Expiry = 'timeout' | 'idle' | 'aborted';

/** Time limits of one attempt. */
export interface Limits {
  /** The limit of the whole attempt, milliseconds. */
  timeout: number;
  /** The limit of each wait for more of the body, milliseconds. */
  idleTimeout?: number | undefined;
  /** Bytes a second. Each byte extends `timeout` by its share: a large file may take long, and a very slow answer ends soon. */
  minRate?: number | undefined;
  /** Each of them ends the attempt. */
  signals?: readonly AbortSignal[];
}

/** Receives the progress of reading a body. */
export interface Progress {
  /** The reader waits for the next chunk. */
  waiting(): void;
  /** The chunk has arrived. */
  received(bytes: number): void;
}

/** The running timers, as one abort signal. */
export interface Deadline {
  signal: AbortSignal;
  /** Why the signal was aborted; `null` while it isn't. */
  readonly expiry: Expiry | null;
  progress: Progress;
  /** Stops all timers. */
  clear(): void;
}

/** Starts the timers. */
export function startDeadline({ timeout, idleTimeout, minRate, signals = [] }: Limits): Deadline {
  const controller = new AbortController();
  let expiry: Expiry | null = null;
  let endsAt = performance.now() + timeout;
  let whole: NodeJS.Timeout;
  let pause: NodeJS.Timeout | undefined;
  const expire = (reason: Expiry): void => {
    expiry ??= reason;
    controller.abort();
  };
  const arm = (): void => {
    // Arriving bytes move the end. It is checked when the timer fires, not at every chunk.
    const left = endsAt - performance.now();
    if (left <= 0) expire('timeout');
    else whole = setTimeout(arm, Math.min(Math.ceil(left), LONGEST_TIMER_MS));
  };
  const onAbort = (): void => expire('aborted');
  arm();
  for (const signal of signals) {
    if (signal.aborted) onAbort();
    // Thousands of deliveries share one signal. This isn't a leak: the listeners are removed with the attempts.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort, { once: true });
  }
  return {
    signal: controller.signal,
    get expiry() {
      return expiry;
    },
    progress: {
      waiting: () => {
        if (idleTimeout !== undefined) pause = setTimeout(expire, Math.min(idleTimeout, LONGEST_TIMER_MS), 'idle');
      },
      received: (bytes) => {
        clearTimeout(pause);
        if (minRate !== undefined) endsAt += (bytes / minRate) * 1000;
      },
    },
    clear: () => {
      clearTimeout(whole);
      clearTimeout(pause);
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
    },
  };
}
