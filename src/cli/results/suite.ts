/** The results of a command as test cases, whatever file they are written to. */

/** The outcome of a case. A `warning` is no failure. */
export type CaseOutcome = 'passed' | 'warning' | 'failed' | 'skipped';

/** One case: something that was looked at, or could not be. All texts may come from elsewhere. */
export interface ResultCase {
  name: string;
  /** The part of the suite that it belongs to: a chapter, a resolver. */
  section?: string | undefined;
  outcome: CaseOutcome;
  /** Why, for programs: `check.dns`. */
  code?: string | undefined;
  /** Why, for people: one line. */
  message?: string | undefined;
  /** What was seen: lines. */
  evidence?: readonly string[] | undefined;
  /** The next step. */
  hint?: string | undefined;
  durationMs: number;
  /** The case that this one follows from. A skipped case with it could not be made. Without it, it wasn't asked for. */
  because?: string | undefined;
}

/** The cases of one subject: an instance, a token, a name. */
export interface ResultSuite {
  name: string;
  /** Unix milliseconds. */
  startedAt: number;
  durationMs: number;
  cases: Cases;
}

/** Cases that can be gone through as often as there are reports: a list, or more than fit in memory. */
export interface Cases extends Iterable<ResultCase> {
  /** What is known without going through them. */
  readonly counts?: CaseCounts;
}

/** How many cases ended how. */
export interface CaseCounts {
  total: number;
  passed: number;
  warnings: number;
  failed: number;
  /** Not asked for. */
  skipped: number;
  /** Could not be made, because another one failed. They are in none of the other numbers. */
  notMade: number;
}

/** Whether the case could not be made because another one failed. */
export function isNotMade({ outcome, because }: ResultCase): boolean {
  return outcome === 'skipped' && because !== undefined;
}

/** Begins to count. */
export function noCases(): CaseCounts {
  return { total: 0, passed: 0, warnings: 0, failed: 0, skipped: 0, notMade: 0 };
}

const COUNTED = { passed: 'passed', warning: 'warnings', failed: 'failed', skipped: 'skipped' } as const;

/** Counts one more. What could not be made counts as neither passed nor skipped. */
export function countCase(counts: CaseCounts, one: ResultCase): void {
  counts.total += 1;
  counts[isNotMade(one) ? 'notMade' : COUNTED[one.outcome]] += 1;
}

/** Counts cases. */
export function countCases(cases: Cases): CaseCounts {
  if (cases.counts) return cases.counts;
  const counts = noCases();
  for (const one of cases) countCase(counts, one);
  return counts;
}

/** The case that failed and stands for a command that could not end its work. */
export function failedCommand(
  command: string,
  startedAt: number,
  {
    code,
    message,
    hint,
    cause,
  }: { code: string; message: string; hint?: string | undefined; cause?: string | undefined },
): ResultSuite {
  const durationMs = Date.now() - startedAt;
  const evidence = cause === undefined ? [] : [cause];
  return {
    ...{ name: command, startedAt, durationMs },
    cases: [{ name: command, outcome: 'failed', code, message, evidence, hint, durationMs }],
  };
}
