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
  /** Lowest and highest ratio of the rounds, when there were several: the rest of what a shared machine does. */
  spread?: readonly [number, number];
  target: number;
  ok: boolean;
}

/** What was measured in a round, and the floor next to it. */
export interface Round {
  value: number;
  floor: number;
  ratio: number;
}

/** The median of rounds that measure value and floor in turns: a machine's speed changes from one second to the next. */
export function summarize(rounds: readonly Round[]): Pick<BenchResult, 'value' | 'floor' | 'ratio' | 'spread'> {
  const ratios = rounds.map(({ ratio }) => ratio);
  return {
    value: median(rounds.map(({ value }) => value)),
    floor: median(rounds.map(({ floor }) => floor)),
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
