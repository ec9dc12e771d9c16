/** The pauses between repeated checks. */

/** The pause after the first check, and the longest one, in milliseconds. */
const FIRST = 1000;
const LONGEST = 30_000;

/** The next pause: each is twice the last one, up to a limit. Milliseconds. */
export function nextPause(last?: number): number {
  return last === undefined ? FIRST : Math.min(last * 2, LONGEST);
}
