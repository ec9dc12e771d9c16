/** A report as TAP version 14, one test point a case: https://testanything.org/tap-version-14-specification.html */
import { plain, tapText } from './escapes.ts';
import { isNotMade, type ResultCase, type ResultSuite } from './suite.ts';

/** All suites as one list. What could not be made is `not ok`: a `SKIP` counts as passed. */
export function* tap(suites: readonly ResultSuite[]): Generator<string> {
  yield 'TAP version 14\n';
  let number = 0;
  for (const { name, cases } of suites) {
    for (const one of cases) {
      number += 1;
      yield pointLines(number, name, one)
        .map((line) => `${line}\n`)
        .join('');
    }
  }
  yield `1..${number}\n`;
}

function pointLines(number: number, suite: string, one: ResultCase): string[] {
  const { name, section, outcome, message = '', durationMs } = one;
  const title = [...new Set([suite, section, name])].filter((part) => part !== undefined).join(' ');
  const point = `${number} - ${tapText(title)}`;
  if (outcome === 'skipped' && !isNotMade(one)) return [`ok ${point} # SKIP ${tapText(message)}`];
  const took = `ok ${point} # time=${Math.round(durationMs)}ms`;
  if (outcome === 'passed') return [took];
  return [outcome === 'warning' ? took : `not ok ${point}`, ...diagnosis(one)];
}

/** A YAML block. JSON strings are YAML strings. */
function diagnosis({ outcome, code, message, evidence = [], hint, because }: ResultCase): string[] {
  const severity = outcome === 'warning' ? 'warning' : undefined;
  const texts = Object.entries({ severity, code, message, because, hint })
    .filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '')
    .map(([key, text]) => `${key}: ${quoted(text)}`);
  const list = evidence.length === 0 ? [] : ['evidence:', ...evidence.map((line) => `  - ${quoted(line)}`)];
  return ['---', ...texts, ...list, '...'].map((line) => `  ${line}`);
}

function quoted(text: string): string {
  return JSON.stringify(plain(text));
}
