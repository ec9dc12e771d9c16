/** Stops a command on SIGINT and SIGTERM. */
let controller: AbortController | undefined;

/** 128 + the signal's number, as a shell reports it. */
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * One abort signal for the process. The first SIGINT or SIGTERM aborts it, and the second one ends the process, so that a stop
 * that hangs can be cut short.
 */
export function stopSignal(): AbortSignal {
  if (controller) return controller.signal;
  const made = new AbortController();
  controller = made;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (made.signal.aborted) process.exit(EXIT_BY_SIGNAL[name]);
      made.abort(name);
    });
  }
  return made.signal;
}
