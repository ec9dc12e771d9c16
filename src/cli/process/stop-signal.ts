/** Stops a command on SIGINT and SIGTERM. */
let controller: AbortController | undefined;
/** Signals that are for somebody else. */
const left = new Set<NodeJS.Signals>();

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
      if (left.has(name)) return;
      if (made.signal.aborted) process.exit(EXIT_BY_SIGNAL[name]);
      made.abort(name);
    });
  }
  return made.signal;
}

/**
 * Leaves a signal to a command on the same terminal, which gets it, too: it may be no wish to end anything.
 * @returns ends that
 */
export function leaveSignal(name: NodeJS.Signals): () => void {
  left.add(name);
  return () => void left.delete(name);
}
