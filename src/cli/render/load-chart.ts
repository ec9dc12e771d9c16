/** The charts of `load` on a terminal: bars as wide as it is. */
import type { ChalkInstance } from 'chalk';
import type { LatencyGroup } from '../../services/load/distribution.ts';
import type { LoadProgress, LoadSecond } from '../../services/load/measure.ts';
import type { LoadReport } from '../../services/load/report.ts';
import { cutColumns } from '../output/text-width.ts';
import { table } from './table.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** Columns of a row beside its bars: its name before, its number behind. */
const BESIDE = 40;
/** The fewest columns of bars that tell anything. */
const FEWEST = 8;

interface ChartRow {
  name: string;
  unit: string;
  style: 'cyan' | 'green' | 'yellow';
  of(second: LoadSecond): number;
}

const ROWS: readonly ChartRow[] = [
  { name: 'answers a second', unit: '', style: 'cyan', of: ({ answered }) => answered },
  { name: 'p50', unit: ' ms', style: 'green', of: ({ p50 }) => p50 ?? 0 },
  { name: 'p99', unit: ' ms', style: 'yellow', of: ({ p99 }) => p99 ?? 0 },
];

/** What is shown while a load runs: how far it is, and the last seconds that fit, a bar each. No line is wider than `columns`. */
export function liveChart(
  { idTag, durationMs }: Pick<LoadReport, 'idTag' | 'durationMs'>,
  { elapsedMs, sent, succeeded, failed, seconds }: LoadProgress,
  columns: number,
  colors: ChalkInstance,
): string[] {
  const open = sent - succeeded - failed;
  const head = cutColumns(
    `${idTag}  ${howFar(elapsedMs, durationMs)}, ${sent} sent, ${failed} failed, ${open} open`,
    columns,
  );
  const last = seconds.at(-1);
  if (!last || columns < BESIDE + FEWEST) return [head];
  return [head, ...chartRows(seconds.slice(BESIDE - columns), (row) => row.of(last), colors)];
}

/** `12 s of 60 s` */
export function howFar(elapsedMs: number, durationMs: number): string {
  if (elapsedMs >= durationMs) return 'waiting for the last answers';
  return `${Math.floor(elapsedMs / 1000)} s of ${durationMs / 1000} s`;
}

/** The seconds of a whole run, several a bar where they don't fit, with the largest of each row. */
export function secondsChart({ seconds }: LoadReport, columns: number, colors: ChalkInstance): string[] {
  if (seconds.length === 0 || columns < BESIDE + FEWEST) return [];
  const step = Math.ceil(seconds.length / (columns - BESIDE));
  const groups = Array.from({ length: Math.ceil(seconds.length / step) }, (_, at) =>
    together(seconds.slice(at * step, (at + 1) * step)),
  );
  return chartRows(groups, ({ of }) => Math.max(...groups.map(of)), colors, 'at most ');
}

/** Seconds as one: the mean of what was answered, and the slowest. */
function together(seconds: readonly LoadSecond[]): LoadSecond {
  const sum = (of: (second: LoadSecond) => number) => seconds.reduce((total, second) => total + of(second), 0);
  const most = (of: (second: LoadSecond) => number | null) => Math.max(...seconds.map((second) => of(second) ?? 0));
  const answered = sum((second) => second.answered) / seconds.length;
  return { answered, failed: sum(({ failed }) => failed), p50: most(({ p50 }) => p50), p99: most(({ p99 }) => p99) };
}

function chartRows(
  seconds: readonly LoadSecond[],
  number: (row: ChartRow) => number,
  colors: ChalkInstance,
  label = '',
): string[] {
  return ROWS.map((row) => {
    const chart = colors[row.style](bars(seconds.map(row.of)));
    return `  ${row.name.padEnd(16)}  ${chart}  ${label}${shownNumber(number(row))}${row.unit}`;
  });
}

/** A blank for nothing, and the lowest bar for very little. */
function bars(values: readonly number[]): string {
  const top = Math.max(...values);
  return values.map((value) => (value > 0 ? BARS[Math.ceil((value / top) * BARS.length) - 1] : ' ')).join('');
}

/** How the latencies are spread, a row for each size. */
export function distributionChart(groups: readonly LatencyGroup[], columns: number, colors: ChalkInstance): string[] {
  const room = columns - BESIDE;
  if (groups.length === 0 || room < FEWEST) return [];
  const [top, all] = [Math.max(...groups.map(({ count }) => count)), groups.reduce((sum, { count }) => sum + count, 0)];
  const rows = table(
    groups.map(({ upTo, count }, at) => {
      const size = upTo === null ? `over ${groups[at - 1]?.upTo ?? 0} ms` : `to ${upTo} ms`;
      return ['', size.padEnd(16), String(count).padStart(String(top).length), `${shownNumber((count / all) * 100)}%`];
    }),
  );
  const width = Math.max(...rows.map((row) => row.length));
  const bar = (count: number) => (count === 0 ? '' : colors.cyan('█'.repeat(Math.ceil((count / top) * room))));
  return rows.map((row, at) => `${row.padEnd(width)}  ${bar(groups[at]?.count ?? 0)}`.trimEnd());
}

/** Three digits that count. */
function shownNumber(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
