/** The output of `expect` and of `serve --expect`. */
import { errorToObject } from '../../protocol/errors.ts';
import type { ExpectationRun } from '../flags/expect-flags.ts';
import { jsonLine, terminalLine } from '../output/foreign-text.ts';
import { type Output, OutputClosed } from '../output/output.ts';
import type { ResultSuite } from '../results/suite.ts';
import { describeExpectation } from '../run/run-expectation.ts';
import type { ArrivalOutput } from '../schemas/inbox-log.ts';
import type { WatchOutput } from '../schemas/watch.ts';
import { renderArrival } from './arrivals.ts';
import { renderWatched } from './watch.ts';

/** What came. */
export type Came = { action: WatchOutput } | { refusal: ArrivalOutput };

/** What came, on one line: an action as `watch` shows it, a refusal as `inbox log` does. */
export function renderCame(came: Came): string {
  return 'action' in came ? renderWatched(came.action) : renderArrival(came.refusal);
}

/** Writes what came: a line of text, or an object. A reader that is gone doesn't change what is expected. */
export async function writeCame(came: Came, output: Pick<Output, 'write'>, json: boolean): Promise<void> {
  const value = 'action' in came ? came.action : came.refusal;
  try {
    await output.write(json ? jsonLine(value) : `${terminalLine(renderCame(came))}\n`);
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
}

/** An expectation as one case of a report. @param evidence what came @param error why it is not met */
export function expectationSuite(
  expectation: ExpectationRun,
  startedAt: number,
  evidence: readonly string[],
  error?: unknown,
): ResultSuite {
  const durationMs = Date.now() - startedAt;
  const { none, refused } = expectation;
  const name = `${none ? 'no ' : ''}${describeExpectation(expectation)}${refused ? ', refused' : ''}`;
  const outcome = error === undefined ? 'passed' : 'failed';
  const { code, message, hint }: Partial<ReturnType<typeof errorToObject>> =
    error === undefined ? {} : errorToObject(error);
  const one = { name, outcome, code, message, hint, evidence, durationMs } as const;
  return { name: 'expect', startedAt, durationMs, cases: [one] };
}
