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

/** The format of a report for programs that show test results. */
export type ReportFormat = 'junit' | 'tap';

/** The report of one instance. */
export function renderSmokeTest({ idTag, passed, ms, checks }: SmokeReport, colors: ChalkInstance): string[] {
  const made = checks.filter(({ status }) => status !== 'skip');
  const good = made.filter(({ status }) => status !== 'fail').length;
  const mark = passed ? colors.green('✓') : colors.red('✗');
  const headline = `${mark} ${idTag}  ${good} of ${made.length} passed  ${colors.dim(`${ms} ms`)}`;
  return [headline, '', ...checkLines(checks, colors)];
}

/** The reports in a format for programs. */
export function renderReports(reports: readonly SmokeReport[], format: ReportFormat): string[] {
  return format === 'tap' ? tap(reports) : junit(reports);
}

/** TAP version 14, one test for each check: https://testanything.org/tap-version-14-specification.html */
function tap(reports: readonly SmokeReport[]): string[] {
  const points = reports.flatMap(({ idTag, checks }) => checks.map((check) => ({ idTag, check })));
  const lines = points.flatMap(({ idTag, check }, index) => tapLines(index + 1, idTag, check));
  return ['TAP version 14', ...lines, `1..${points.length}`];
}

function tapLines(
  number: number,
  idTag: string,
  { id, status, code, reason = '', hint = '', ms }: CheckReport,
): string[] {
  const point = `${number} - ${idTag} ${id}`;
  // A `#` would begin a directive.
  if (status === 'skip') return [`ok ${point} # SKIP ${reason.replaceAll('#', '\\#')}`];
  if (status !== 'fail' && hint === '') return [`ok ${point} # time=${ms}ms`];
  // JSON strings are YAML strings.
  const block = { code, message: reason, hint };
  const yaml = Object.entries(block).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const outcome = status === 'fail' ? `not ok ${point}` : `ok ${point} # time=${ms}ms`;
  return [outcome, '  ---', ...yaml.map((line) => `  ${line}`), '  ...'];
}

/** JUnit's XML as CI servers read it: one suite for each instance, one case for each check. */
function junit(reports: readonly SmokeReport[]): string[] {
  const suites = reports.flatMap((report) => [
    `  <testsuite ${attributes({
      name: report.idTag,
      tests: report.checks.length,
      failures: count(report, 'fail'),
      skipped: count(report, 'skip'),
      time: seconds(report.ms),
    })}>`,
    ...report.checks.map((check) => `    ${testCase(report.idTag, check)}`),
    '  </testsuite>',
  ]);
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>'];
}

function testCase(idTag: string, { id, status, code, reason = '', hint = '', ms }: CheckReport): string {
  const named = attributes({ classname: idTag, name: id, time: seconds(ms) });
  if (status === 'pass') return `<testcase ${named}/>`;
  const warned = `<testcase ${named}><system-out>${escaped(`${reason}\n${hint}`)}</system-out></testcase>`;
  if (status === 'warn') return warned;
  const message = reason;
  const outcome =
    status === 'skip'
      ? `<skipped ${attributes({ message })}/>`
      : `<failure ${attributes({ type: code ?? '', message })}>${escaped(hint)}</failure>`;
  return `<testcase ${named}>${outcome}</testcase>`;
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function count({ checks }: SmokeReport, wanted: CheckReport['status']): number {
  return checks.filter(({ status }) => status === wanted).length;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
