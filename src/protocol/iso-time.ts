/** Writes unix seconds as ISO 8601 in UTC, without `.000`. A number that is no date is written as a number, with a note. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `unix time ${seconds}` : date.toISOString().replace('.000Z', 'Z');
}
