/** Live events: what happens in a home, announced to listeners. */
import { EventEmitter } from 'node:events';
import type { ActionClaims } from '../../protocol/claims.ts';
import type { JournalEvent } from '../../store/model/events.ts';

/** An event for listeners of a tenant. The action is in the store already, except an ephemeral one. */
export type LiveEvent =
  | { kind: 'action'; tenant: string; actionId: string }
  /** An ephemeral action (PRES): announced, never stored. */
  | { kind: 'ephemeral'; tenant: string; actionId: string; claims: ActionClaims }
  /** The status of a stored action changed: accepted, rejected, deleted, dismissed. */
  | { kind: 'status'; tenant: string; actionId: string };

/** Announces events to listeners, in the order of the calls. */
export interface Live {
  /** Announces an event to all listeners of this home. Call it after the append resolved, never before. */
  announce(event: LiveEvent): void;
  /** Announces the actions and the changes of status in appended events. */
  announceEvents(events: readonly JournalEvent[]): void;
  /** Calls `listener` with each event from now on. It must not throw. @returns stop listening */
  on(listener: (event: LiveEvent) => void): () => void;
}

/** Makes an announcer without listeners. */
export function createLive(): Live {
  // Each open socket has a listener. Many of them are not a leak.
  const emitter = new EventEmitter().setMaxListeners(0);
  const announce = (event: LiveEvent): void => {
    emitter.emit('live', event);
  };
  return {
    announce,
    announceEvents(events) {
      for (const event of events) {
        if (event.kind !== 'action' && event.kind !== 'status') continue;
        const { kind, tenant, actionId } = event;
        announce({ kind, tenant, actionId });
      }
    },
    on(listener) {
      emitter.on('live', listener);
      return () => {
        emitter.off('live', listener);
      };
    },
  };
}
