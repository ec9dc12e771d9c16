/** Signals for the first process of a container. */

/** The signals whose default action the kernel doesn't run for process 1. */
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Ends process 1 at signals as any other process would end. Without this a process 1 that doesn't listen can't be stopped. */
export function endOnSignals(): void {
  for (const signal of Object.keys(SIGNAL_NUMBERS) as (keyof typeof SIGNAL_NUMBERS)[]) {
    process.on(signal, () => {
      // Listeners that run once clean up first. A listener that stays (stop-signal.ts, hangup.ts) decides itself.
      setImmediate(() => {
        if (process.listenerCount(signal) === 1) process.exit(128 + SIGNAL_NUMBERS[signal]);
      });
    });
  }
}
