/** The queue of live events that are sent to listeners. */
import type { Log } from '../../services/runtime/deps.ts';
import type { LiveEvent } from '../../services/runtime/live.ts';

/** Live events that wait to be sent, in order. */
export interface Backlog {
  push(event: LiveEvent): void;
  clear(): void;
}

/** The parts of a {@link Backlog}. */
export interface BacklogOptions {
  limit: number;
  pass: (event: LiveEvent) => Promise<void>;
  /** Called when more events wait than `limit`. They are dropped. */
  onOverrun: () => void;
  log: Log;
}

/** Makes a queue that passes events on in order. An event that fails doesn't hold up the next one. */
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
