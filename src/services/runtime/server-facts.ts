/** What a running server reports about itself. */
import type { ErrorObject } from '../../protocol/errors.ts';

/** A running server. */
export interface ServerFacts {
  pid: number;
  /** The URL that it listens at: `https://127.0.0.1:8443`. */
  url: string;
  /** Unix milliseconds. */
  startedAt: number;
}

/** The state of a background worker. */
export interface WorkerState {
  name: string;
  /** `paused`: it failed and is started again soon. `stopped`: the server is stopping. */
  state: 'running' | 'paused' | 'stopped';
  /** How often it was started again. */
  restarts: number;
  /** Its last failure; null when it never failed. */
  error: ErrorObject | null;
  /** When it is started again, unix milliseconds; null when it isn't paused. */
  nextStartAt: number | null;
}

/**
 * Where a server announces that it runs. Commands that come through its door can tell it from a command that owns the home for a
 * moment.
 */
export interface ServerSlot {
  /** The server that runs in this process on this home; null when a command opened the home. */
  facts: ServerFacts | null;
  /** When it started, by the monotonic clock. */
  since: number;
  /** The current state of its background workers. */
  workers: () => WorkerState[];
  /** How many lines of its log could not be written. */
  logDropped: () => number;
  /** The connections that it could not take. */
  connectionsDropped: () => DroppedConnections;
}

/** Connections that a server dropped because its process may open no more files. */
export interface DroppedConnections {
  /** Since it started. */
  count: number;
  /** Whether the last one was a few minutes ago at most. */
  lately: boolean;
}
