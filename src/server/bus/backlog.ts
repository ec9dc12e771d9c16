import type { Log } from '../../services/runtime/deps.ts';
import type { LiveEvent } from '../../services/runtime/live.ts';

/** Events that wait to be told, one after the other. */
export interface Backlog {
  push(event: LiveEvent): void;
  clear(): void;
}

export interface BacklogOptions {
  limit: number;
  pass: (event: LiveEvent) => Promise<void>;
  /** More happens than can be told; what waited is dropped. */
  onOverrun: () => void;
  log: Log;
}

/** Passes events on in their order; one that fails doesn't hold up the next. */
export function createBacklog({ limit, pass, onOverrun, log }: BacklogOptions): Backlog {
  const waiting: LiveEvent[] = [];
  let passing = false;

  async function passAll(): Promise<void> {
    passing = true;
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      try {
        await pass(event);
      } catch (error) {
        const { tenant, actionId } = event;
        log('error', 'an event did not reach those who listen', { tenant, actionId, err: error });
      }
    }
    passing = false;
  }

  return {
    push(event) {
      if (waiting.length >= limit) {
        waiting.length = 0;
        onOverrun();
        return;
      }
      waiting.push(event);
      if (!passing) void passAll();
    },
    clear() {
      waiting.length = 0;
    },
  };
}
