/** How latencies are spread: counts by size. Node's histogram tells percentiles only. */

/** Latencies above the limit before and up to this one. */
export interface LatencyGroup {
  /** Milliseconds; null: there is no limit. */
  upTo: number | null;
  count: number;
}

/** 1, 2 and 5 of each power of ten, milliseconds. */
const LIMITS = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000],
] as const;

/** The spread of a run. */
export interface Distribution {
  /** @param ms at least 0 */
  record(ms: number): void;
  /** From the first group that has any to the last. */
  groups(): LatencyGroup[];
}

/** Begins a distribution without latencies. */
export function createDistribution(): Distribution {
  const counts = new Array<number>(LIMITS.length + 1).fill(0);
  return {
    record(ms) {
      const found = LIMITS.findIndex((limit) => ms <= limit);
      const at = found === -1 ? LIMITS.length : found;
      counts[at] = (counts[at] ?? 0) + 1;
    },
    groups() {
      const groups = counts.map((count, at) => ({ upTo: LIMITS[at] ?? null, count }));
      const first = counts.findIndex((count) => count > 0);
      return first === -1 ? [] : groups.slice(first, counts.findLastIndex((count) => count > 0) + 1);
    },
  };
}
