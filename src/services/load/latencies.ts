/** Latencies in an HDR histogram: every value to three digits, in a fixed amount of memory. */
import { createHistogram } from 'node:perf_hooks';

/** Latencies, milliseconds. */
export interface LatencySummary {
  mean: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
}

/** The latencies of a run. */
export interface Latencies {
  /** @param ms at least 0 */
  record(ms: number): void;
  readonly count: number;
  /** null: there is none. */
  summary(): LatencySummary | null;
  /** Forgets all of them. */
  reset(): void;
}

/** The longest latency that is told apart: ten minutes, in microseconds. */
const LONGEST_US = 600_000_000;

/** Makes an empty histogram. Node's own is the HDR histogram in C. */
export function createLatencies(): Latencies {
  const histogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });
  const at = (percentile: number) => milliseconds(histogram.percentile(percentile));
  return {
    record(ms) {
      histogram.record(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1000))));
    },
    get count() {
      return histogram.count;
    },
    summary() {
      if (histogram.count === 0) return null;
      const percentiles = { p50: at(50), p90: at(90), p95: at(95), p99: at(99), p999: at(99.9) };
      return { mean: milliseconds(histogram.mean), ...percentiles, max: milliseconds(histogram.max) };
    },
    reset: () => histogram.reset(),
  };
}

function milliseconds(us: number): number {
  return Math.round(us) / 1000;
}
