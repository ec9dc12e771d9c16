/** The output of `smoke-test`. */
import type { ChalkInstance } from 'chalk';
import type { CheckReport } from '../../services/doctor/finding.ts';
import { checkLines } from './token.ts';

/** The report of a smoke test. */
export interface SmokeReport {
  idTag: string;
  /** Whether no check failed. */
  passed: boolean;
  /** The duration of the last round, milliseconds. */
  ms: number;
  /** One entry for each check, in their order. */
  checks: CheckReport[];
}

/** The report of one instance. */
export function renderSmokeTest({ idTag, passed, ms, checks }: SmokeReport, colors: ChalkInstance): string[] {
  const made = checks.filter(({ status }) => status !== 'skip');
  const good = made.filter(({ status }) => status !== 'fail').length;
  const mark = passed ? colors.green('✓') : colors.red('✗');
  const headline = `${mark} ${idTag}  ${good} of ${made.length} passed  ${colors.dim(`${ms} ms`)}`;
  return [headline, '', ...checkLines(checks, colors)];
}
