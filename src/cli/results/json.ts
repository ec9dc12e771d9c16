/** A report as JSON (schemas/results.json). */
import { jsonLine } from '../output/foreign-text.ts';
import { type Cases, countCases, type ResultSuite } from './suite.ts';

/** One document with all suites. It is one line. */
export function* jsonReport(suites: readonly ResultSuite[]): Generator<string> {
  yield '{"suites":[';
  let comma = '';
  for (const { name, startedAt, durationMs, cases } of suites) {
    const counts = countCases(cases);
    const head = { name, startedAt: new Date(startedAt).toISOString(), durationMs: Math.round(durationMs), counts };
    yield `${comma}${json(head).slice(0, -1)},"cases":[`;
    yield* separated(cases);
    yield ']}';
    comma = ',';
  }
  yield ']}\n';
}

function* separated(cases: Cases): Generator<string> {
  let comma = '';
  for (const one of cases) {
    yield `${comma}${json({ ...one, durationMs: Math.round(one.durationMs) })}`;
    comma = ',';
  }
}

function json(value: object): string {
  return jsonLine(value).trimEnd();
}
