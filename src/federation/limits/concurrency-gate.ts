/** A limit on tasks that run at the same time. */
import { CloudilloError } from '../../protocol/errors.ts';

/** Runs tasks. A bounded number runs at once, a bounded number waits, and any more are refused. */
export interface Gate {
  /** @throws CloudilloError `rate.busy` at once when both are full; else what the task throws */
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** The limits of a gate. `running` is at least 1. With `waiting: 0` no task waits. */
export interface GateSize {
  running: number;
  waiting: number;
}

/** Makes a gate. An endless queue would answer every caller ever later; a bounded one tells the caller when to come back. */
export function createGate({ running, waiting }: GateSize): Gate {
  let free = running;
  const queue: (() => void)[] = [];

  async function run<T>(task: () => Promise<T>): Promise<T> {
    if (free > 0) free -= 1;
    else if (queue.length < waiting) await new Promise<void>((go) => queue.push(go));
    else throw busy();
    try {
      return await task();
    } finally {
      // The slot goes straight to the next task that waits, so that no new task overtakes it.
      const next = queue.shift();
      if (next) next();
      else free += 1;
    }
  }

  return { run };
}

function busy(): CloudilloError {
  return new CloudilloError('rate.busy', 'The server is verifying as much as it can', {
    stage: 'server',
    check: 'capacity',
    retryAfter: 5,
  });
}
