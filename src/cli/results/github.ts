/** What GitHub Actions shows of a run: annotations, and the page of the job. */
import { plain, workflowProperty, workflowText } from './escapes.ts';
import { markdownReport } from './markdown.ts';
import { countCases, type ResultCase, type ResultSuite } from './suite.ts';

/** GitHub shows so many of a level for one step. */
const MOST_OF_A_LEVEL = 10;
/** GitHub refuses a longer summary of a step, all of it. */
const LONGEST_SUMMARY = 1024 * 1024;
/** A shortened summary has so many cases of a suite. */
const MOST_FAILED = 100;

/**
 * Workflow commands, one a line: an error for each case that failed by itself, a warning for each warning. What follows from
 * another case has no line of its own.
 */
export function annotations(suites: readonly ResultSuite[]): string[] {
  return [...ofLevel(suites, 'failed', 'error'), ...ofLevel(suites, 'warning', 'warning')];
}

function ofLevel(suites: readonly ResultSuite[], outcome: ResultCase['outcome'], command: string): string[] {
  const lines: string[] = [];
  let found = 0;
  for (const { name, cases } of suites) {
    for (const one of cases) {
      if (one.outcome !== outcome || one.because !== undefined) continue;
      found += 1;
      if (found <= MOST_OF_A_LEVEL) lines.push(annotation(command, name, one));
    }
  }
  if (found <= MOST_OF_A_LEVEL) return lines;
  const more = found - MOST_OF_A_LEVEL + 1;
  return [...lines.slice(0, -1), `::${command} title=cloudillo::${more} more of this kind`];
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
  const room = LONGEST_SUMMARY - used;
  return within(room, suites) ?? within(room, suites.map(shortened), SHORTENED) ?? '';
}

const SHORTENED = '\nOnly the first cases that failed are shown: a summary holds 1 MiB.';

/** null: it doesn't fit. */
function within(room: number, suites: readonly ResultSuite[], end = ''): string | null {
  let text = '';
  for (const part of markdownReport(suites)) {
    text += part;
    if (text.length > room) return null;
  }
  text += `${end}\n`;
  return Buffer.byteLength(text) <= room ? text : null;
}

/** The first cases that failed, under the counts of all. */
function shortened(suite: ResultSuite): ResultSuite {
  const failed: ResultCase[] = [];
  for (const one of suite.cases) {
    if (one.outcome === 'failed') failed.push(one);
    if (failed.length === MOST_FAILED) break;
  }
  return { ...suite, cases: Object.assign(failed, { counts: countCases(suite.cases) }) };
}
