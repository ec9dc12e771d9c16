import { EventEmitter } from 'node:events';
import type { ActionClaims } from '../../protocol/claims.ts';
import type { JournalEvent } from '../../store/model/events.ts';

/** Something that whoever watches an identity wants to see at once. It is in the store already, PRES excepted. */
export type LiveEvent =
  | { kind: 'action'; tenant: string; actionId: string }
  /** An action that is passed on and never stored (PRES). */
  | { kind: 'ephemeral'; tenant: string; actionId: string; claims: ActionClaims }
  /** The status of a stored action changed: accepted, rejected, deleted, dismissed. */
  | { kind: 'status'; tenant: string; actionId: string };

/** What happens in a home, told in the order of the calls. */
export interface Live {
  /** Tells everybody who watches this home. Call it after the append resolved, never before. */
  announce(event: LiveEvent): void;
  /** Tells of the actions and the statuses in what was just appended. */
  announceEvents(events: readonly JournalEvent[]): void;
  /** Calls `listener` with each event from now on. It must not throw. @returns stop listening */
  on(listener: (event: LiveEvent) => void): () => void;
}

export function createLive(): Live {
  // A listener for each open socket: many are no leak.
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
