/** The output of `load`. */
import type { ChalkInstance } from 'chalk';
import type { LatencySummary } from '../../services/load/latencies.ts';
import { type Difference, isGood, type LoadReport, measuredOf } from '../../services/load/report.ts';
import type { Measured, Metric } from '../../services/load/thresholds.ts';
import type { ResultSuite } from '../results/suite.ts';
import { distributionChart, secondsChart } from './load-chart.ts';
import { table } from './table.ts';

/** The report. @param columns the width of the terminal, for charts; null: there is none */
export function renderLoad(report: LoadReport, colors: ChalkInstance, columns: number | null): string[] {
  const { latency, corrected, errors, thresholds, baseline } = report;
  const from = corrected ? 'from when each request was due' : 'from when each request was sent';
  const earlier = baseline?.measured ?? null;
  return [
    firstLine(report, colors),
    '',
    ...(latency ? [colors.dim(`latency, ${from}`), ...latencyLines(latency, earlier)] : ['nothing was answered well']),
    ...(earlier ? [comparison('throughput', measuredOf(report), earlier)] : []),
    ...(baseline && baseline.differs.length > 0 ? [otherRun(baseline.differs, colors)] : []),
    ...(columns === null ? [] : charts(report, columns, colors)),
    ...(errors.length > 0 ? ['', 'failures'] : []),
    ...table(errors.map(({ cause, count }) => ['', String(count), cause])),
    ...(thresholds.length > 0 ? [''] : []),
    ...thresholds.map(
      ({ text, measured, passed }) =>
        `${passed ? colors.green('✓') : colors.red('✗')} ${text}  ${shownMeasured(text, measured)}`,
    ),
  ];
}

function firstLine(report: LoadReport, colors: ChalkInstance): string {
  const { idTag, durationMs, sent, failed, unanswered, throughput, stopped } = report;
  const mark = isGood(report) ? colors.green('✓') : colors.red('✗');
  const open = unanswered > 0 ? `, ${unanswered} without an answer` : '';
  const end = stopped ? `  ${colors.yellow('stopped early')}` : '';
  const counts = `${sent} sent, ${failed} failed${open}, ${throughput} a second`;
  return `${mark} ${idTag}  ${counts}  ${colors.dim(`${durationMs} ms`)}${end}`;
}

function charts(report: LoadReport, columns: number, colors: ChalkInstance): string[] {
  const parts = [secondsChart(report, columns, colors), distributionChart(report.distribution, columns, colors)];
  return parts.flatMap((lines) => (lines.length > 0 ? ['', ...lines] : []));
}

/** The words for what makes two runs no equals. */
const DIFFERENCES: Readonly<Record<Difference, string>> = {
  ...{ idTag: 'another instance', rate: 'another rate', concurrency: 'another concurrency' },
  ...{ issuers: 'other issuers', mix: 'another mix', stopped: 'stopped early' },
};

function otherRun(differs: readonly Difference[], colors: ChalkInstance): string {
  return colors.yellow(`! the earlier run was another one: ${differs.map((one) => DIFFERENCES[one]).join(', ')}`);
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

/** A run as a suite: a case for each threshold, one for the answers, and one for the end of a run that was stopped. */
export function loadSuite(report: LoadReport): ResultSuite {
  const { idTag, startedAt, durationMs, succeeded, sent, errors, thresholds, stopped } = report;
  const answers = {
    ...{ name: 'answers', outcome: succeeded > 0 ? ('passed' as const) : ('failed' as const) },
    message: `${succeeded} of ${sent} requests were answered well`,
    evidence: errors.map(({ cause, count }) => `${count} × ${cause}`),
    durationMs,
  };
  const end = { name: 'end', outcome: 'failed', message: 'stopped before its end', durationMs } as const;
  const cases = thresholds.map(({ text, measured, passed }) => ({
    ...{ name: text, message: shownMeasured(text, measured), durationMs },
    // What holds for a part of a run proves nothing of all of it.
    ...(stopped && passed
      ? { outcome: 'skipped' as const, because: end.name }
      : { outcome: passed ? ('passed' as const) : ('failed' as const) }),
  }));
  const all = [answers, ...(stopped ? [end] : []), ...cases];
  return { name: `load ${idTag}`, startedAt: Date.parse(startedAt), durationMs, cases: all };
}
