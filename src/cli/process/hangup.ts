/** SIGHUP: reads settings again. */

/** Listens for SIGHUP as long as the process lives. Without a listener SIGHUP would end a server that is starting or stopping. */
export interface Hangup {
  /** Calls `task`, which must not reject, at each SIGHUP from now on, one after the other. An earlier SIGHUP counts. */
  use(task: () => Promise<void>): void;
  end(): void;
}

/** Listens from now on. */
export function listenForHangup(): Hangup {
  let task: (() => Promise<void>) | undefined;
  let pending = false;
  let queue = Promise.resolve();
  const run = (): void => {
    const now = task;
    if (now) queue = queue.then(now);
    else pending = true;
  };
  process.on('SIGHUP', run);
  return {
    use(next) {
      task = next;
      if (pending) run();
    },
    end: () => void process.off('SIGHUP', run),
  };
}
