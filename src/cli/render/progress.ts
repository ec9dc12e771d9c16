/** How far something is, how quick it goes, and how long it will take. */

/** What is known of it. */
export interface ProgressFacts {
  done: number;
  /** null: unknown. */
  total: number | null;
  /** Milliseconds since it began. */
  ms: number;
}

/** The shortest time after which a rate says something, milliseconds. */
const MIN_MS = 200;

/** `1,200 of 5,000, 400 a second, 10 s left`. */
export function progressText({ done, total, ms }: ProgressFacts): string {
  const count = total === null ? whole(done) : `${whole(done)} of ${whole(total)}`;
  if (done === 0 || ms < MIN_MS) return count;
  const rate = (done / ms) * 1000;
  const left = total === null || total <= done ? '' : `, ${duration((total - done) / rate)} left`;
  return `${count}, ${rate < 10 ? rate.toFixed(1) : whole(Math.round(rate))} a second${left}`;
}

function whole(count: number): string {
  return count.toLocaleString('en-US');
}

function duration(seconds: number): string {
  const rounded = Math.max(1, Math.round(seconds));
  if (rounded < 60) return `${rounded} s`;
  const minutes = Math.floor(rounded / 60);
  return minutes < 60 ? `${minutes} min ${rounded % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
