import type { ErrorObject } from '../../protocol/errors.ts';

/** What a running server says about itself. */
export interface ServerFacts {
  pid: number;
  /** Where it listens: `https://127.0.0.1:8443`. */
  url: string;
  /** Unix milliseconds. */
  startedAt: number;
}

/** How a background worker is. */
export interface WorkerState {
  name: string;
  /** `paused`: it failed, and is started again soon. `stopped`: the server stops. */
  state: 'running' | 'paused' | 'stopped';
  /** How often it was started again. */
  restarts: number;
  /** Why it failed the last time; null: it never did. */
  error: ErrorObject | null;
  /** Unix milliseconds: when it is started again; null: it isn't paused. */
  nextStartAt: number | null;
}

/** Where a server says that it runs, so that commands that come through its door can tell it from a short-lived owner. */
export interface ServerSlot {
  /** The server that runs in this process on this home. null: a command opened the home for itself. */
  facts: ServerFacts | null;
  /** Since when it runs, by the monotonic clock. */
  since: number;
  /** Its background workers, as they are now. */
  workers: () => WorkerState[];
  /** Lines of its log that could not be written. */
  logDropped: () => number;
}
