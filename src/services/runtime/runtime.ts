/** The parts that the use cases of an open home share. */
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { createLive, type Live } from './live.ts';
import { Locks } from './locks.ts';
import { createProfileReads } from './profile-reads.ts';
import type { ServerSlot } from './server-facts.ts';
import { createSignal, type Signal } from './signal.ts';

/**
 * The parts that the use cases of an open home share while it is open. Each home has its own: a process may hold several, and
 * they are independent.
 */
export interface Runtime {
  /** The locks as the current task sees them. Take one with `withLock`. */
  locks: Locks;
  live: Live;
  /** Wakes the worker that delivers. */
  deliveryQueued: Signal;
  /** Wakes the worker that retries parked tokens. */
  tokenParked: Signal;
  /** Wakes the worker that fetches the pictures of peers. */
  peerChanged: Signal;
  server: ServerSlot;
  /** Receives the spans of what the home does. */
  observer: Observer;
}

/** Makes the runtime of a home that is opened now. */
export function createRuntime(observer: Observer = NOBODY): Runtime {
  return {
    locks: Locks.create(observer),
    live: createLive(),
    deliveryQueued: createSignal(),
    tokenParked: createSignal(),
    peerChanged: createSignal(),
    server: {
      facts: null,
      since: 0,
      workers: () => [],
      addresses: null,
      profileReads: createProfileReads(),
      logDropped: () => 0,
      connectionsDropped: () => ({ count: 0, lately: false }),
    },
    observer,
  };
}
