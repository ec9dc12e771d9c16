/** When a server stops. */

/**
 * The signal that stops a server. Its signals abort it, and for a server with a parent process the end of standard input: a
 * killed parent can't send a signal.
 */
export function serveStop(signals: AbortSignal, onStdinClose: boolean): AbortSignal {
  if (!onStdinClose) return signals;
  const stdin = new AbortController();
  process.stdin.resume();
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => stdin.abort());
  // An open standard input would keep the process from ending after a signal.
  signals.addEventListener('abort', () => process.stdin.destroy(), { once: true });
  return AbortSignal.any([signals, stdin.signal]);
}

/** Waits for `work`. @returns whether it ended in time; it rejects as `work` does @param ms milliseconds */
export async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
