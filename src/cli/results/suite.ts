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
  cases: readonly ResultCase[];
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

/** Counts cases. What could not be made counts as neither passed nor skipped. */
export function countCases(cases: readonly ResultCase[]): CaseCounts {
  const withOutcome = (wanted: CaseOutcome) => cases.filter(({ outcome }) => outcome === wanted).length;
  const notMade = cases.filter(isNotMade).length;
  return {
    total: cases.length,
    passed: withOutcome('passed'),
    warnings: withOutcome('warning'),
    failed: withOutcome('failed'),
    skipped: withOutcome('skipped') - notMade,
    notMade,
  };
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
