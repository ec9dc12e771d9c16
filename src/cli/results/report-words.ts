/** The words and marks of reports that people read. */
import { type CaseCounts, type CaseOutcome, isNotMade, type ResultCase } from './suite.ts';

/** What a mark says of a case: its outcome, or that it could not be made. */
export type Mark = CaseOutcome | 'notMade';

/** The mark of each outcome. */
export const MARKS: Readonly<Record<Mark, string>> = {
  passed: '✓',
  warning: '!',
  failed: '✗',
  skipped: '–',
  notMade: '?',
};

/** What a reader sees of a case first. */
export function markOf(one: ResultCase): Mark {
  return isNotMade(one) ? 'notMade' : one.outcome;
}

/** ✓ when nothing failed. */
export function suiteMark({ failed, notMade }: CaseCounts): string {
  return failed + notMade === 0 ? MARKS.passed : MARKS.failed;
}

/** `11 of 13 passed, 1 failed, 1 not made` */
export function countsText({ total, passed, warnings, failed, skipped, notMade }: CaseCounts): string {
  const rest: [number, string][] = [
    [failed, 'failed'],
    [warnings, warnings === 1 ? 'warning' : 'warnings'],
    [notMade, 'not made'],
    [skipped, 'skipped'],
  ];
  const told = rest.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return [`${passed} of ${total} passed`, ...told].join(', ');
}
