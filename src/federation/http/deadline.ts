import { setMaxListeners } from 'node:events';

/** `setTimeout` fires at once for anything longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What ended a call early. */
export type Expiry = 'timeout' | 'idle' | 'aborted';

/** Time limits of one attempt. */
export interface Limits {
  /** Bounds the whole attempt, milliseconds. */
  timeout: number;
  /** Bounds each wait for more of the body, milliseconds. */
  idleTimeout?: number | undefined;
  /**
   * Bytes a second: each byte that arrives extends `timeout` by its share, so that a large file may take its time
   * while an answer that only drips is ended soon.
   */
  minRate?: number | undefined;
  /** Each of them ends the attempt. */
  signals?: readonly AbortSignal[];
}

/** How the reading of a body goes on. */
export interface Progress {
  /** The next chunk is waited for. */
  waiting(): void;
  /** It has come. */
  received(bytes: number): void;
}

/** The running clocks, as one abort signal. */
export interface Deadline {
  signal: AbortSignal;
  /** Why the signal was raised; `null` while it isn't. */
  readonly expiry: Expiry | null;
  progress: Progress;
  /** Stops all clocks. */
  clear(): void;
}

/** Starts the clocks. */
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
    // What arrived meanwhile has moved the end: looked at only when the clock has run down, not at every chunk.
    const left = endsAt - performance.now();
    if (left <= 0) expire('timeout');
    else whole = setTimeout(arm, Math.min(Math.ceil(left), LONGEST_TIMER_MS));
  };
  const onAbort = (): void => expire('aborted');
  arm();
  for (const signal of signals) {
    if (signal.aborted) onAbort();
    // One signal for a thousand deliveries is no leak: the listeners go with the attempts.
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
