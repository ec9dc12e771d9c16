/** A counter of bad behaviour that an address works off: it loses one for each whole hour. */

const HOUR = 3_600_000;

/** A counter and when it was raised last. */
export interface Counter {
  count: number;
  /** Monotonic milliseconds. */
  at: number;
}

/** The count now: one less for each whole hour since it was raised last. @param now monotonic milliseconds */
export function decayedCount(counter: Counter | undefined, now: number): number {
  if (!counter) return 0;
  return Math.max(0, counter.count - Math.floor((now - counter.at) / HOUR));
}
