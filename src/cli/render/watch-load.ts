/** Shows how far a load is while it runs. */
import type { ChalkInstance } from 'chalk';
import type { LoadProgress, LoadSecond } from '../../services/load/measure.ts';
import { eraseStatus, showStatusLines, statusColumns } from '../output/status-line.ts';
import { howFar, liveChart } from './load-chart.ts';

/** Columns that stay free at the right: a terminal writes ^C there, and a line that is full would wrap. */
const MARGIN = 3;

/** What is watched, and where it is shown. */
export interface LoadWatch {
  idTag: string;
  durationMs: number;
  /** Whether stderr is a terminal that can be written anew. */
  terminal: boolean;
  /** chalk for stderr. */
  colors: ChalkInstance;
  /** Takes a line now and then where stderr is no terminal. */
  line: (text: string) => void;
}

/** How often a log gets a line, seconds. */
const LINE_SECONDS = 10;

/** Begins to show it: a chart on a terminal, else a line now and then. */
export function watchLoad({ idTag, durationMs, terminal, colors, line }: LoadWatch) {
  let told = 0;
  const progress = (now: LoadProgress): void => {
    if (terminal) {
      showStatusLines(liveChart({ idTag, durationMs }, now, statusColumns() - MARGIN, colors));
    } else if (now.seconds.length >= told + LINE_SECONDS) {
      line(progressLine(now, durationMs, now.seconds.slice(told)));
      told = now.seconds.length;
    }
  };
  return { progress, end: () => (terminal ? eraseStatus() : undefined) };
}

function progressLine(
  { elapsedMs, sent, failed }: LoadProgress,
  durationMs: number,
  last: readonly LoadSecond[],
): string {
  const answered = Math.round(last.reduce((sum, second) => sum + second.answered, 0) / last.length);
  const slowest = Math.max(...last.map(({ p99 }) => p99 ?? 0));
  const latency = answered > 0 ? `, p99 at most ${slowest} ms` : '';
  return `${howFar(elapsedMs, durationMs)}: ${sent} sent, ${failed} failed; now ${answered} a second${latency}`;
}
