/** What the kernel does for every process but the first one, which a container's command is. */
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** PID 1 has no default actions of signals: what doesn't listen can't be stopped. Ends it as any other process would end. */
export function endOnSignals(): void {
  for (const signal of Object.keys(SIGNAL_NUMBERS) as (keyof typeof SIGNAL_NUMBERS)[]) {
    process.on(signal, () => {
      // After those who listen once: they clean up. Whoever still listens (stop-signal.ts, hangup.ts) decides itself.
      setImmediate(() => {
        if (process.listenerCount(signal) === 1) process.exit(128 + SIGNAL_NUMBERS[signal]);
      });
    });
  }
}
