/** The report of a load. */

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
  /** How it differs from the earlier run; null: there is none. */
  baseline: { startedAt: string; measured: Measured } | null;
}

/** The parts of an earlier report that count. */
export type EarlierLoad = Pick<LoadReport, 'startedAt' | 'latency' | 'sent' | 'failed' | 'throughput'>;

/** The numbers of a run. */
export function measuredOf({ latency, sent, failed, throughput }: Omit<EarlierLoad, 'startedAt'>): Measured {
  const { mean = null, p50 = null, p90 = null, p95 = null, p99 = null, p999 = null, max = null } = latency ?? {};
  return { mean, p50, p90, p95, p99, p999, max, errors: sent === 0 ? null : failed / sent, throughput };
}

/** Makes the report. @throws CloudilloError `usage.value`: a threshold is relative, and there is no earlier run */
export function loadReport(
  about: Pick<LoadReport, 'idTag' | 'startedAt' | 'rate' | 'concurrency' | 'issuers' | 'mix'>,
  result: LoadResult,
  thresholds: readonly Threshold[],
  earlier: EarlierLoad | null,
): LoadReport {
  const measured = earlier && measuredOf(earlier);
  return {
    ...about,
    ...result,
    thresholds: judge(thresholds, measuredOf(result), measured),
    baseline: earlier && measured && { startedAt: earlier.startedAt, measured },
  };
}

/** Whether a run did what was asked for: something was answered well, and no threshold was passed. */
export function isGood({ succeeded, thresholds }: Pick<LoadReport, 'succeeded' | 'thresholds'>): boolean {
  return succeeded > 0 && thresholds.every(({ passed }) => passed);
}
