/** Reads the header `Retry-After`. */

/** The longest wait that a peer can ask for with one header. */
export const LONGEST_SECONDS = 86_400;

/**
 * Reads `Retry-After` (RFC 9110, 10.2.3: seconds or an HTTP date).
 *
 * @param now unix milliseconds, for the date form
 * @returns whole seconds from now, at most a day; `undefined` when absent or unreadable
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : secondsUntil(text, now);
  return seconds === undefined ? undefined : Math.min(Math.max(0, seconds), LONGEST_SECONDS);
}

function secondsUntil(text: string, now: number): number | undefined {
  // A date starts with a letter ("Fri, 31 Dec …"). Date.parse accepts many other texts, "-5" among them.
  const time = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.ceil((time - now) / 1000);
}
