/** SIGHUP means "read again" as long as the process lives; by itself it would end a server that is starting or stopping. */
export interface Hangup {
  /** Calls `task`, which must not reject, at each SIGHUP from now on, one after the other. One that came before counts. */
  use(task: () => Promise<void>): void;
  end(): void;
}

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
