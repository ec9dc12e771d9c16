import { EventEmitter } from 'node:events';
import type { ActionClaims } from '../../protocol/claims.ts';
import type { JournalEvent } from '../../store/model/events.ts';

/** Something that whoever watches an identity wants to see at once. It is in the store already, PRES excepted. */
export type LiveEvent =
  | { kind: 'action'; tenant: string; actionId: string }
  /** An action that is passed on and never stored (PRES). */
  | { kind: 'passed-on'; tenant: string; actionId: string; claims: ActionClaims }
  /** The status of a stored action changed: accepted, rejected, deleted, dismissed. */
  | { kind: 'status'; tenant: string; actionId: string };

const emitters = new WeakMap<object, EventEmitter>();

function emitterOf(store: object): EventEmitter {
  const known = emitters.get(store);
  if (known) return known;
  // A listener for each open socket: many are no leak.
  const made = new EventEmitter().setMaxListeners(0);
  emitters.set(store, made);
  return made;
}

/** Tells everybody who watches this store, in the order of the calls. Call it after the append resolved, never before. */
export function announce(store: object, event: LiveEvent): void {
  emitterOf(store).emit('live', event);
}

/** Tells of the actions and the statuses in what was just appended. */
export function announceEvents(store: object, events: readonly JournalEvent[]): void {
  for (const event of events) {
    if (event.kind !== 'action' && event.kind !== 'status') continue;
    const { kind, tenant, actionId } = event;
    announce(store, { kind, tenant, actionId });
  }
}

/** Calls `listener` with each event from now on. It must not throw. @returns stop listening */
export function onLive(store: object, listener: (event: LiveEvent) => void): () => void {
  const emitter = emitterOf(store).on('live', listener);
  return () => {
    emitter.off('live', listener);
  };
}
