/** What a benchmark measured, against a floor measured in the same run, so that it means the same on every machine. */
export interface BenchResult {
  name: string;
  value: number;
  /** Of value and floor. */
  unit: string;
  /** What the machine does without us: a bare `node -e 0`, `openssl speed`, a bare append loop. */
  floor: number;
  /** value / floor. */
  ratio: number;
  target: number;
  ok: boolean;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
