import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { createLive, type Live } from './live.ts';
import { Locks } from './locks.ts';
import type { ServerSlot } from './server-facts.ts';
import { createSignal, type Signal } from './signal.ts';

/**
 * What the use cases of one open home share while it is open. Each home has its own: a process may hold several, and they know
 * nothing of each other.
 */
export interface Runtime {
  /** As the current task sees them; taken with `withLock`. */
  locks: Locks;
  live: Live;
  /** A delivery was queued. */
  deliveryQueued: Signal;
  /** A token was parked. */
  tokenParked: Signal;
  server: ServerSlot;
  /** Gets the spans of what is done here. */
  observer: Observer;
}

export function createRuntime(observer: Observer = NOBODY): Runtime {
  return {
    locks: Locks.create(),
    live: createLive(),
    deliveryQueued: createSignal(),
    tokenParked: createSignal(),
    server: { facts: null, since: 0, workers: () => [], logDropped: () => 0 },
    observer,
  };
}
