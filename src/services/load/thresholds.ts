/** Thresholds of a load: `p99>200ms`, `errors>1%`, `throughput<50`; `p99>+10%` and `throughput<-10%` against an earlier run. */
import { durationIn } from '../../protocol/duration.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { LatencySummary } from './latencies.ts';

const LATENCIES = ['mean', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const satisfies (keyof LatencySummary)[];
/** What a threshold can be about. */
export const METRICS = [...LATENCIES, 'errors', 'throughput'] as const;

/** The name of a number of a run. */
export type Metric = (typeof METRICS)[number];

/** The numbers of a run. Latencies are milliseconds, `errors` a part of 1, `throughput` answers a second that were good. */
export type Measured = Record<Metric, number | null>;

/** A condition under which a run fails. */
export interface Threshold {
  /** As it was written. */
  text: string;
  metric: Metric;
  above: boolean;
  value: number;
  /** The value is a part of the earlier run's, to be added to it or, below 0, taken off. */
  relative: boolean;
}

/** What came of a threshold. */
export interface ThresholdResult {
  text: string;
  /** The limit as a number, in the unit of the metric. */
  limit: number;
  /** null: nothing was measured. That fails, too. */
  measured: number | null;
  passed: boolean;
}

/** Reads a threshold. @throws CloudilloError `usage.value` */
export function parseThreshold(text: string): Threshold {
  const [, name, sign, limit = ''] = /^([a-z0-9]+)\s*([<>])\s*(.+)$/.exec(text.trim()) ?? [];
  const metric = METRICS.find((one) => one === name);
  const relative = /^([+-]\d+(?:\.\d+)?)%$/.exec(limit)?.[1];
  const value = relative === undefined ? metric && limitOf(metric, limit) : Number(relative) / 100;
  if (metric === undefined || value === undefined || value === null) {
    throw new CloudilloError('usage.value', `"${text}" is no threshold`, {
      stage: 'input',
      hint: `Write it like p99>200ms, errors>1%, throughput<50, p99>+10% or throughput<-10%; of ${METRICS.join(', ')}`,
    });
  }
  return { text, metric, above: sign === '>', value, relative: relative !== undefined };
}

function limitOf(metric: Metric, text: string): number | null {
  if (metric === 'throughput') return /^\d+(?:\.\d+)?(?:\/s)?$/.test(text) ? Number.parseFloat(text) : null;
  if (metric === 'errors') return /^\d+(?:\.\d+)?%$/.test(text) ? Number.parseFloat(text) / 100 : null;
  return durationIn(text);
}

/**
 * Whether each threshold has a limit. It is asked before the run, so that none is in vain.
 * @throws CloudilloError `usage.missing`: one is relative, and the earlier run has no such value, or there is none
 */
export function assertComparable(thresholds: readonly Threshold[], earlier: Measured | null): void {
  const lost = thresholds.find(({ metric, relative }) => relative && (earlier?.[metric] ?? null) === null);
  if (!lost) return;
  const why = earlier
    ? `"${lost.text}" needs a value that the earlier run has not`
    : `"${lost.text}" needs an earlier run`;
  const hint = earlier
    ? 'Nothing was answered well in it: name another one with --baseline'
    : 'Give its JSON with --baseline';
  throw new CloudilloError('usage.missing', why, { stage: 'input', hint });
}

/** Compares a run with thresholds, for which {@link assertComparable} holds. */
export function judge(thresholds: readonly Threshold[], run: Measured, earlier: Measured | null): ThresholdResult[] {
  return thresholds.map(({ text, metric, above, value, relative }) => {
    const measured = run[metric];
    const limit = relative ? (earlier?.[metric] ?? 0) * (1 + value) : value;
    const passed = measured !== null && (above ? measured <= limit : measured >= limit);
    return { text, limit, measured, passed };
  });
}
