/** The report of a load. */
import { isDeepStrictEqual } from 'node:util';
import type { LoadMix } from './mix.ts';
import type { LoadResult } from './run-load.ts';
import { judge, type Measured, type Threshold, type ThresholdResult } from './thresholds.ts';

/** What was sent, how it went, and how it compares. */
export interface LoadReport extends LoadResult {
  idTag: string;
  /** ISO 8601. */
  startedAt: string;
  /** Requests a second; null: as fast as answers came. */
  rate: number | null;
  concurrency: number;
  issuers: string[];
  mix: LoadMix;
  thresholds: ThresholdResult[];
  /** The earlier run; null: there is none. */
  baseline: { startedAt: string; measured: Measured; differs: Difference[] } | null;
}

/** What has to be the same in two runs that compare. */
const CONDITIONS = ['idTag', 'rate', 'concurrency', 'issuers', 'mix'] as const satisfies (keyof LoadReport)[];

/** A condition in which the earlier run was another one. `stopped`: it was stopped before its end. */
export type Difference = (typeof CONDITIONS)[number] | 'stopped';

/** What a run was like. */
type LoadConditions = Pick<LoadReport, 'idTag' | 'startedAt' | 'rate' | 'concurrency' | 'issuers' | 'mix'>;

/** The parts of an earlier report that count. */
export type EarlierLoad = LoadConditions &
  Pick<LoadReport, 'latency' | 'succeeded' | 'failed' | 'throughput'> & { stopped?: boolean };

/** The numbers of a run. */
export function measuredOf(run: Pick<EarlierLoad, 'latency' | 'succeeded' | 'failed' | 'throughput'>): Measured {
  const { latency, succeeded, failed, throughput } = run;
  const answered = succeeded + failed;
  const { mean = null, p50 = null, p90 = null, p95 = null, p99 = null, p999 = null, max = null } = latency ?? {};
  return { mean, p50, p90, p95, p99, p999, max, errors: answered === 0 ? null : failed / answered, throughput };
}

/** Makes the report. */
export function loadReport(
  about: LoadConditions,
  result: LoadResult,
  thresholds: readonly Threshold[],
  earlier: EarlierLoad | null,
): LoadReport {
  const measured = earlier && measuredOf(earlier);
  return {
    ...about,
    ...result,
    thresholds: judge(thresholds, measuredOf(result), measured),
    baseline: earlier && measured && { startedAt: earlier.startedAt, measured, differs: differences(about, earlier) },
  };
}

function differences(about: LoadConditions, earlier: EarlierLoad): Difference[] {
  const changed = CONDITIONS.filter((name) => !isDeepStrictEqual(about[name], earlier[name]));
  return [...changed, ...(earlier.stopped ? (['stopped'] as const) : [])];
}

/** Whether a run did what was asked for: it came to its end, something was answered well, and no threshold was passed. */
export function isGood({
  stopped,
  succeeded,
  thresholds,
}: Pick<LoadReport, 'stopped' | 'succeeded' | 'thresholds'>): boolean {
  return !stopped && succeeded > 0 && thresholds.every(({ passed }) => passed);
}
