/** The output of `conform`. */
import type { ChalkInstance } from 'chalk';
import { ALL_CASES } from '../../services/conformance/all-cases.ts';
import type { CaseResult } from '../../services/conformance/case.ts';
import type { ListedCase } from '../../services/conformance/list-cases.ts';
import type { ConformanceReport } from '../../services/conformance/report.ts';
import type { ResultSuite } from '../results/suite.ts';
import { table } from './table.ts';

/** Results come one by one, so that the column is as wide as the longest name of all cases. */
const NAME_WIDTH = Math.max(...ALL_CASES.map(({ name }) => name.length));

/** A result, as it comes. What was skipped is summed up at the end. */
export function renderCase(
  { name, section, level, outcome, message, evidence = [], hint, asNetwork }: CaseResult,
  colors: ChalkInstance,
): string[] {
  if (outcome === 'skipped') return [];
  if (outcome === 'passed')
    return [`${asNetwork ? colors.yellow('~') : colors.green('✓')} ${name.padEnd(NAME_WIDTH)}  ${colors.dim(message)}`];
  return [
    `${level === 'should' ? colors.yellow('!') : colors.red('✗')} ${name.padEnd(NAME_WIDTH)}  ${message}`,
    ...evidence.map((line) => `    ${line}`),
    `    ${colors.dim(`${level}; section "${section}"`)}`,
    ...(hint === undefined ? [] : [`    → ${hint}`]),
  ];
}

/** The end of a run: what was not made, and the counts. */
export function renderConformance(
  { idTag, passed, counts, cases, ms }: ConformanceReport,
  colors: ChalkInstance,
): string[] {
  const reasons = new Map<string, number>();
  for (const { outcome, message } of cases) {
    if (outcome === 'skipped') reasons.set(message, (reasons.get(message) ?? 0) + 1);
  }
  const skipped = [...reasons].map(([reason, count]) => colors.dim(`– not made: ${count}: ${reason}`));
  const told = [
    `${counts.passed} passed`,
    ...(counts.asNetwork > 0 ? [`${counts.asNetwork} of them as the network's server`] : []),
    `${counts.failed} failed`,
    ...(counts.failedShould > 0 ? [`${counts.failedShould} of them only "should"`] : []),
    `${counts.skipped} not made`,
  ];
  const mark = passed ? colors.green('✓') : colors.red('✗');
  return [...skipped, '', `${mark} ${idTag}  ${told.join(', ')}  ${colors.dim(`${ms} ms`)}`];
}

/** A run as a suite. What only should be is a warning, unless the run is strict. @param startedAt unix milliseconds */
export function conformanceSuite(
  { idTag, cases, ms }: ConformanceReport,
  strict: boolean,
  startedAt: number,
): ResultSuite {
  const results = cases.map(({ name, section, level, outcome, message, evidence, hint, durationMs }) => ({
    ...{ name, section: `${level}: ${section}`, message, evidence, hint, durationMs },
    outcome: outcome === 'failed' && level === 'should' && !strict ? ('warning' as const) : outcome,
  }));
  return { name: `conform ${idTag}`, startedAt, durationMs: ms, cases: results };
}

/** The cases as a table, group by group. */
export function renderCases(cases: readonly ListedCase[]): string[] {
  const groups = new Map<string, string[]>();
  const lines = table(cases.map((one) => [`  ${one.name}`, one.level, demandsOf(one), one.summary]));
  for (const [index, { name }] of cases.entries()) {
    const [group = name] = name.split('.', 1);
    groups.set(group, [...(groups.get(group) ?? []), lines[index] as string]);
  }
  return [...groups].flatMap(([group, rows], index) => [
    ...(index > 0 ? [''] : []),
    `${group}: ${rows.length}`,
    ...rows,
  ]);
}

/** What a case isn't made without. */
function demandsOf({ needs, writes, provokes }: ListedCase): string {
  return [...needs, ...(writes ? ['write'] : []), ...(provokes ? ['may-ban'] : [])].join(', ') || '–';
}
