/** A report as JUnit's XML, as CI servers read it (schemas/junit.xsd). */
import { markup } from './escapes.ts';
import { type CaseCounts, countCases, type ResultCase, type ResultSuite } from './suite.ts';

/** One `testsuite` a suite. What could not be made is `skipped`, as what wasn't asked for; its message says why. */
export function* junit(suites: readonly ResultSuite[]): Generator<string> {
  const durationMs = suites.reduce((sum, suite) => sum + suite.durationMs, 0);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites ${attributes({ name: 'cloudillo', ...totals(suites, durationMs) })}>\n`;
  for (const suite of suites) {
    const timestamp = new Date(suite.startedAt).toISOString();
    const named = attributes({ name: suite.name, ...totals([suite], suite.durationMs), timestamp });
    yield `  <testsuite ${named}>\n`;
    for (const one of suite.cases) yield `    ${testCase(suite.name, one)}\n`;
    yield '  </testsuite>\n';
  }
  yield '</testsuites>\n';
}

function totals(suites: readonly ResultSuite[], durationMs: number) {
  const counts = suites.map(({ cases }) => countCases(cases));
  const sum = (of: (counts: CaseCounts) => number) => counts.reduce((total, one) => total + of(one), 0);
  const skipped = sum((one) => one.skipped + one.notMade);
  return {
    ...{ tests: sum(({ total }) => total), failures: sum(({ failed }) => failed), errors: 0, skipped },
    time: seconds(durationMs),
  };
}

function testCase(suite: string, one: ResultCase): string {
  const { name, section, outcome, code = '', message = '', durationMs } = one;
  const classname = section === undefined ? suite : `${suite} ${section}`;
  const named = attributes({ classname, name, time: seconds(durationMs) });
  if (outcome === 'passed') return `<testcase ${named}/>`;
  return `<testcase ${named}>${{
    warning: () => `<system-out>${body([code, message], one)}</system-out>`,
    failed: () => `<failure ${attributes({ type: code, message })}>${body([], one)}</failure>`,
    skipped: () => `<skipped ${attributes({ message })}/>`,
  }[outcome]()}</testcase>`;
}

/** The lines of a case that stand in an element. */
function body(first: readonly string[], { evidence = [], hint, because }: ResultCase): string {
  const follows = because === undefined ? [] : [`follows from: ${because}`];
  return [...first, ...evidence, ...follows, ...(hint === undefined ? [] : [`next: ${hint}`])]
    .filter((line) => line !== '')
    .map(markup)
    .join('\n');
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${markup(String(value))}"`)
    .join(' ');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
