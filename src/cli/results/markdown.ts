/** A report as Markdown: for GitHub's page of a job, and for a comment. */
import { markdown } from './escapes.ts';
import { countsText, MARKS, markOf, suiteMark } from './report-words.ts';
import { countCases, type ResultCase, type ResultSuite } from './suite.ts';

/** A heading and a table a suite. */
export function markdownReport(suites: readonly ResultSuite[]): string {
  return suites.map(suiteText).join('\n');
}

function suiteText({ name, cases, durationMs }: ResultSuite): string {
  const counts = countCases(cases);
  const rows = cases.map(
    (one) =>
      `| ${MARKS[markOf(one)]} | ${markdown(titleOf(one))} | ${Math.round(one.durationMs)} ms | ${toldOf(one)} |`,
  );
  return [
    `### ${suiteMark(counts)} ${markdown(name)}`,
    '',
    `${countsText(counts)} in ${Math.round(durationMs)} ms`,
    '',
    ...(rows.length > 0 ? ['| | case | time | |', '| --- | --- | ---: | --- |', ...rows, ''] : []),
  ].join('\n');
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
