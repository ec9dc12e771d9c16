/** The pause after the first look, and the longest one. Milliseconds. */
const FIRST = 1000;
const LONGEST = 30_000;

/** How long to wait between two looks at what isn't right yet: each pause is twice the last. Milliseconds. */
export function nextPause(last?: number): number {
  return last === undefined ? FIRST : Math.min(last * 2, LONGEST);
}
