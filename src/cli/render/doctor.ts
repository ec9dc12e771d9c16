/** The output of `doctor`. */
import type { ChalkInstance } from 'chalk';
import type { CheckReport, Finding } from '../../services/doctor/finding.ts';
import { counted } from './counted.ts';
import { checkLines } from './token.ts';

/** What an examination found. */
export interface ShownExamination {
  /** What was examined: an idTag, or a home. */
  subject: string;
  healthy: boolean;
  ms: number;
  findings: readonly Finding[];
  checks: readonly CheckReport[];
}

/** The findings, each with its evidence, cause, next step and consequences; then what was looked at. */
export function renderExamination(
  { subject, healthy, ms, findings, checks }: ShownExamination,
  colors: ChalkInstance,
): string[] {
  const mark = healthy ? colors.green('✓') : colors.red('✗');
  const roots = findings.filter(({ severity }) => severity !== 'warning').length;
  const warnings = findings.length - roots;
  const told = [
    ...(roots > 0 ? [counted(roots, 'finding')] : ['is healthy']),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  const headline = `${mark} ${subject}  ${told.join(', ')}  ${colors.dim(`${ms} ms`)}`;
  // What failed or warns stands above.
  const shown = checks.filter(({ status }) => status === 'pass' || (healthy && status === 'skip'));
  return [
    headline,
    ...findings.flatMap((finding) => ['', ...findingLines(finding, colors)]),
    '',
    ...checkLines(shown, colors),
  ];
}

function findingLines(finding: Finding, colors: ChalkInstance): string[] {
  const { check, fault, code, severity, evidence, cause, next, follows } = finding;
  const paint = severity === 'warning' ? colors.yellow : colors.red;
  const mark = { error: '✗', unknown: '?', warning: '!' }[severity];
  const found = follows.filter((one) => one.fault !== null);
  const unseen = follows.filter((one) => one.fault === null).map((one) => one.check);
  return [
    `  ${paint(`${mark} ${check}: ${fault}`)}  ${colors.dim(code)}`,
    ...evidence.map((line) => `      ${line}`),
    `    why   ${cause}`,
    `    next  ${next}`,
    ...found.map((one) => `    so    ${one.check}: ${one.fault}: ${one.evidence[0] ?? ''}`),
    ...(unseen.length > 0 ? [`    so    not looked at: ${unseen.join(', ')}`] : []),
  ];
}
