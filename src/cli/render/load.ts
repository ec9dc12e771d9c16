/** The output of `load`. */
import type { ChalkInstance } from 'chalk';
import type { LatencySummary } from '../../services/load/latencies.ts';
import { isGood, type LoadReport, measuredOf } from '../../services/load/report.ts';
import type { Measured, Metric } from '../../services/load/thresholds.ts';
import type { ResultSuite } from '../results/suite.ts';
import { table } from './table.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** The width of the chart. A longer run has several seconds a bar. */
const CHART = 60;

/** The report. @param chart whether to draw the seconds: on a terminal */
export function renderLoad(report: LoadReport, colors: ChalkInstance, chart: boolean): string[] {
  const { idTag, durationMs, sent, failed, throughput, latency, corrected, errors, thresholds, baseline } = report;
  const mark = isGood(report) ? colors.green('✓') : colors.red('✗');
  const from = corrected ? 'from when each request was due' : 'from when each request was sent';
  const earlier = baseline?.measured ?? null;
  return [
    `${mark} ${idTag}  ${sent} sent, ${failed} failed, ${throughput} a second  ${colors.dim(`${durationMs} ms`)}`,
    '',
    ...(latency ? [colors.dim(`latency, ${from}`), ...latencyLines(latency, earlier)] : ['nothing was answered well']),
    ...(earlier ? [comparison('throughput', measuredOf(report), earlier)] : []),
    ...(chart ? ['', ...chartLines(report, colors)] : []),
    ...(errors.length > 0 ? ['', 'failures'] : []),
    ...table(errors.map(({ cause, count }) => ['', String(count), cause])),
    ...(thresholds.length > 0 ? [''] : []),
    ...thresholds.map(
      ({ text, measured, passed }) =>
        `${passed ? colors.green('✓') : colors.red('✗')} ${text}  ${shownMeasured(text, measured)}`,
    ),
  ];
}

function latencyLines(latency: LatencySummary, earlier: Measured | null): string[] {
  const rows = (Object.entries(latency) as [keyof LatencySummary, number][]).map(([name, value]) => [
    ...['', name, `${value} ms`, ...(earlier ? [change(value, earlier[name])] : [])],
  ]);
  return table(rows);
}

function comparison(metric: Metric, now: Measured, earlier: Measured): string {
  return `  ${metric}  ${now[metric]} a second  ${change(now[metric], earlier[metric])}`;
}

function change(now: number | null, before: number | null): string {
  if (now === null || before === null || before === 0) return 'no earlier value';
  const percent = Math.round((now / before - 1) * 1000) / 10;
  return `${percent < 0 ? '' : '+'}${percent}% of ${before}`;
}

function shownMeasured(text: string, measured: number | null): string {
  if (measured === null) return 'nothing was measured';
  if (text.startsWith('errors')) return `${Math.round(measured * 10_000) / 100}%`;
  return text.startsWith('throughput') ? `${measured} a second` : `${measured} ms`;
}

/** Answers a second and the slowest percent of them, as bars. */
function chartLines({ seconds }: LoadReport, colors: ChalkInstance): string[] {
  const step = Math.max(1, Math.ceil(seconds.length / CHART));
  const groups = Array.from({ length: Math.ceil(seconds.length / step) }, (_, at) =>
    seconds.slice(at * step, (at + 1) * step),
  );
  const answered = groups.map((group) => group.reduce((sum, one) => sum + one.answered, 0) / group.length);
  const p99 = groups.map((group) => Math.max(0, ...group.map((one) => one.p99 ?? 0)));
  return [
    `  answers a second  ${colors.cyan(bars(answered))}  at most ${Math.round(Math.max(0, ...answered))}`,
    `  p99               ${colors.yellow(bars(p99))}  at most ${Math.max(0, ...p99)} ms`,
  ];
}

function bars(values: readonly number[]): string {
  const top = Math.max(...values, Number.MIN_VALUE);
  return values.map((value) => BARS[Math.min(BARS.length - 1, Math.floor((value / top) * BARS.length))]).join('');
}

/** A run as a suite: a case for each threshold, and one for the answers. */
export function loadSuite(report: LoadReport): ResultSuite {
  const { idTag, startedAt, durationMs, succeeded, sent, errors, thresholds } = report;
  const answers = {
    ...{ name: 'answers', outcome: succeeded > 0 ? ('passed' as const) : ('failed' as const) },
    message: `${succeeded} of ${sent} requests were answered well`,
    evidence: errors.map(({ cause, count }) => `${count} × ${cause}`),
    durationMs,
  };
  const cases = thresholds.map(({ text, measured, passed }) => ({
    ...{ name: text, outcome: passed ? ('passed' as const) : ('failed' as const) },
    message: shownMeasured(text, measured),
    durationMs,
  }));
  return { name: `load ${idTag}`, startedAt: Date.parse(startedAt), durationMs, cases: [answers, ...cases] };
}
