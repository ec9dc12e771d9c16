/** A report as one HTML page that loads nothing and runs nothing. */
import { markup } from './escapes.ts';
import { countsText, MARKS, markOf, suiteMark } from './report-words.ts';
import { countCases, type ResultCase, type ResultSuite } from './suite.ts';

const STYLE = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; width: 100% }
  td { border-top: 1px solid #8886; padding: .3rem .6rem; vertical-align: top; overflow-wrap: anywhere }
  td:nth-child(3) { text-align: right; white-space: nowrap }
  .passed { color: #1a7f37 } .failed { color: #cf222e } .warning, .notMade { color: #9a6700 } .skipped { color: #888 }
  code { font-size: .9em } small { color: #888 }
`;

/** The page. */
export function* htmlReport(suites: readonly ResultSuite[]): Generator<string> {
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>cloudillo: results</title>
<style>${STYLE}</style>
</head>
<body>
`;
  for (const suite of suites) yield* section(suite);
  yield '</body>\n</html>\n';
}

function* section({ name, startedAt, durationMs, cases }: ResultSuite): Generator<string> {
  const counts = countCases(cases);
  yield `<h2>${suiteMark(counts)} ${markup(name)}</h2>
<p>${countsText(counts)} in ${Math.round(durationMs)} ms <small>${new Date(startedAt).toISOString()}</small></p>
<table>
`;
  for (const one of cases) yield `${row(one)}\n`;
  yield '</table>\n';
}

function row(one: ResultCase): string {
  const { section: part, name, code, message, evidence = [], hint, because, durationMs } = one;
  const mark = markOf(one);
  const told = [
    ...(code === undefined ? [] : [`<code>${markup(code)}</code>`]),
    ...(message === undefined ? [] : [markup(message)]),
    ...evidence.map(markup),
    ...(because === undefined ? [] : [`follows from: ${markup(because)}`]),
    ...(hint === undefined ? [] : [`→ ${markup(hint)}`]),
  ];
  const title = `${part === undefined ? '' : `<small>${markup(part)}</small><br>`}${markup(name)}`;
  const time = `${Math.round(durationMs)} ms`;
  return `<tr><td class="${mark}">${MARKS[mark]}</td><td>${title}</td><td>${time}</td><td>${told.join('<br>')}</td></tr>`;
}
