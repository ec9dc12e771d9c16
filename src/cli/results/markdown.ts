/** A report as Markdown: for GitHub's page of a job, and for a comment. */
import { markdown } from './escapes.ts';
import { countsText, MARKS, markOf, suiteMark } from './report-words.ts';
import { countCases, type ResultCase, type ResultSuite } from './suite.ts';

/** A heading and a table a suite. */
export function* markdownReport(suites: readonly ResultSuite[]): Generator<string> {
  for (const [at, { name, cases, durationMs }] of suites.entries()) {
    const counts = countCases(cases);
    const heading = `### ${suiteMark(counts)} ${markdown(name)}`;
    yield `${at === 0 ? '' : '\n'}${heading}\n\n${countsText(counts)} in ${Math.round(durationMs)} ms\n`;
    if (counts.total > 0) yield '\n| | case | time | |\n| --- | --- | ---: | --- |\n';
    for (const one of cases) {
      yield `| ${MARKS[markOf(one)]} | ${markdown(titleOf(one))} | ${Math.round(one.durationMs)} ms | ${toldOf(one)} |\n`;
    }
  }
}

function titleOf({ section, name }: ResultCase): string {
  return section === undefined ? name : `${section}: ${name}`;
}

function toldOf({ code, message, evidence = [], hint, because }: ResultCase): string {
  return [
    [code, message]
      .filter((text) => text !== undefined && text !== '')
      .map((text) => markdown(text as string))
      .join(': '),
    ...evidence.map(markdown),
    ...(because === undefined ? [] : [`follows from: ${markdown(because)}`]),
    ...(hint === undefined ? [] : [`→ ${markdown(hint)}`]),
  ]
    .filter((line) => line !== '')
    .join('<br>');
}
