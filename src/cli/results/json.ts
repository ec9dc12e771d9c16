/** A report as JSON (schemas/results.json). */
import { jsonLine } from '../output/foreign-text.ts';
import { countCases, type ResultSuite } from './suite.ts';

/** One document with all suites. It is one line. */
export function jsonReport(suites: readonly ResultSuite[]): string {
  const document = {
    suites: suites.map(({ name, startedAt, durationMs, cases }) => ({
      name,
      startedAt: new Date(startedAt).toISOString(),
      durationMs: Math.round(durationMs),
      counts: countCases(cases),
      cases: cases.map((one) => ({ ...one, durationMs: Math.round(one.durationMs) })),
    })),
  };
  return jsonLine(document);
}
