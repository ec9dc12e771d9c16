/** Writes unix seconds as ISO 8601 in UTC, without `.000`. A number that is no date is written as a number, with a note. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `unix time ${seconds}` : date.toISOString().replace('.000Z', 'Z');
}

/** A date that somebody else wrote, in ISO 8601: of a certificate, of a header. @returns null when it is none */
export function isoDate(text: string): string | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/**
 * Reads a date or a time of ISO 8601. `Date.parse` takes 31 November for 1 December.
 * @returns unix milliseconds; NaN for another text, and for a day that its month doesn't have
 */
export function parseIso(text: string): number {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})(?!\d)/.exec(text) ?? [];
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) >= 1 && Number(day) <= lastDay ? Date.parse(text) : Number.NaN;
}
