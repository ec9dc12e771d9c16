/** Serves until an expectation is met, or can't be any more. */
import type { ExpectationRun } from '../flags/expect-flags.ts';
import { type ExpectationListener, runExpectation } from '../run/run-expectation.ts';

/** Serves until the signal aborts, and says when requests are answered. */
type Serve = (stop: AbortSignal, onReady: () => void) => Promise<void>;

/**
 * Serves, and waits meanwhile for what came since the start. The server stops in order when that is decided.
 * @param stop ends the server early
 * @throws CloudilloError as {@link runExpectation}, and what `serve` throws
 */
export async function serveExpecting(
  home: string,
  expectation: ExpectationRun,
  stop: AbortSignal,
  write: ExpectationListener['write'],
  serve: Serve,
): Promise<void> {
  // What came between the first request and the beginning of the wait counts.
  const wanted = { ...expectation, since: expectation.since ?? Date.now() };
  const decided = new AbortController();
  let waiting: Promise<{ error: unknown } | null> = Promise.resolve(null);
  await serve(AbortSignal.any([stop, decided.signal]), () => {
    waiting = runExpectation(home, wanted, { onReady: () => {}, write }, stop)
      .then(
        () => null,
        (error: unknown) => ({ error }),
      )
      .finally(() => decided.abort());
  });
  const failure = await waiting;
  if (failure) throw failure.error;
}
