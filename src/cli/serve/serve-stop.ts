/**
 * When a server stops: on its signals, and, for a parent that started it, when the parent's end of standard input closes: a
 * parent that was killed can't signal any more.
 */
export function serveStop(signals: AbortSignal, onStdinClose: boolean): AbortSignal {
  if (!onStdinClose) return signals;
  const stdin = new AbortController();
  process.stdin.resume();
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => stdin.abort());
  // Else an open standard input would keep the process from ending after a signal.
  signals.addEventListener('abort', () => process.stdin.destroy(), { once: true });
  return AbortSignal.any([signals, stdin.signal]);
}

/** Does `work` end in time? What it rejects with comes out. @param ms milliseconds */
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
