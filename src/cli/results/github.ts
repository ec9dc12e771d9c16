/** What GitHub Actions shows of a run: annotations, and the page of the job. */
import { plain, workflowProperty, workflowText } from './escapes.ts';
import { markdownReport } from './markdown.ts';
import type { ResultCase, ResultSuite } from './suite.ts';

/** GitHub shows so many of a level for one step. */
const MOST_OF_A_LEVEL = 10;
/** GitHub refuses a longer summary of a step, all of it. */
const LONGEST_SUMMARY = 1024 * 1024;

/**
 * Workflow commands, one a line: an error for each case that failed by itself, a warning for each warning. What follows from
 * another case has no line of its own.
 */
export function annotations(suites: readonly ResultSuite[]): string[] {
  const all = suites.flatMap(({ name, cases }) => cases.map((one) => ({ suite: name, one })));
  const level = (outcome: ResultCase['outcome'], command: string) => {
    const lines = all
      .filter(({ one }) => one.outcome === outcome && one.because === undefined)
      .map(({ suite, one }) => annotation(command, suite, one));
    if (lines.length <= MOST_OF_A_LEVEL) return lines;
    const more = lines.length - MOST_OF_A_LEVEL + 1;
    return [...lines.slice(0, MOST_OF_A_LEVEL - 1), `::${command} title=cloudillo::${more} more of this kind`];
  };
  return [...level('failed', 'error'), ...level('warning', 'warning')];
}

function annotation(command: string, suite: string, one: ResultCase): string {
  const title = [...new Set([suite, one.section, one.name])].filter((part) => part !== undefined).join(' ');
  const lines = [
    [one.code, one.message].filter(Boolean).join(': '),
    ...(one.evidence ?? []),
    ...(one.hint === undefined ? [] : [`→ ${one.hint}`]),
  ];
  return `::${command} title=${workflowProperty(title)}::${workflowText(lines.filter(Boolean).map(plain).join('\n'))}`;
}

/** The Markdown to append to the summary of a step. @param used the bytes that the summary has already */
export function stepSummary(suites: readonly ResultSuite[], used: number): string {
  const text = `${markdownReport(suites)}\n`;
  if (used + Buffer.byteLength(text) <= LONGEST_SUMMARY) return text;
  const failed = suites.map((suite) => ({
    ...suite,
    cases: suite.cases.filter(({ outcome }) => outcome === 'failed').slice(0, 100),
  }));
  const short = `${markdownReport(failed)}\nOnly the first cases that failed are shown: a summary holds 1 MiB.\n`;
  return used + Buffer.byteLength(short) <= LONGEST_SUMMARY ? short : '';
}
