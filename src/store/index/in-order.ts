/** Sorts rows in slices. */
import { PAUSE, SLICE } from '../turns/slices.ts';

/**
 * Rows in order, one by one as they are asked for. They are sorted in slices and merged: sorting all at once would block the
 * event loop.
 * @param rows with pauses
 */
export function* inOrder(rows: Iterable<number>, compare: (a: number, b: number) => number): Generator<number> {
  const runs: number[][] = [];
  let run: number[] = [];
  for (const row of rows) {
    if (row === PAUSE) {
      yield PAUSE;
      continue;
    }
    run.push(row);
    if (run.length < SLICE) continue;
    runs.push(run.sort(compare));
    run = [];
    yield PAUSE;
  }
  runs.push(run.sort(compare));
  yield* merged(runs, compare);
}

interface Run {
  rows: number[];
  next: number;
}

function* merged(sorted: number[][], compare: (a: number, b: number) => number): Generator<number> {
  const head = ({ rows, next }: Run) => rows[next] as number;
  // The runs by their first rows. Rows that arrive in order of time make runs that never overlap.
  const runs = sorted
    .filter((rows) => rows.length > 0)
    .map((rows): Run => ({ rows, next: 0 }))
    .sort((a, b) => compare(head(a), head(b)));
  for (let first = runs[0]; first; first = runs[0]) {
    yield head(first);
    first.next += 1;
    if (first.next === first.rows.length) {
      runs.shift();
      continue;
    }
    const moved = head(first);
    let low = 1;
    for (let high = runs.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (compare(head(runs[middle] as Run), moved) < 0) low = middle + 1;
      else high = middle;
    }
    if (low > 1) {
      runs.splice(low, 0, first);
      runs.shift();
    }
  }
}
