import { CloudilloError } from '../../protocol/errors.ts';

/** Lets so many tasks run at once and so many wait; whoever comes after that is turned away. */
export interface Gate {
  /** @throws CloudilloError `rate.busy` at once when both are full; else what the task throws */
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** `running` is at least 1; with `waiting: 0` nobody waits. */
export interface GateSize {
  running: number;
  waiting: number;
}

/** A queue without an end would answer everybody, each later than the last; a bounded one tells when to come back. */
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
      // The place goes from hand to hand, so nobody who comes now overtakes who waits.
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
