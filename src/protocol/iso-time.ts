/** Unix seconds as ISO 8601 in UTC, whole ones without `.000`; a number that is no date says so and stays a number. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `unix time ${seconds}` : date.toISOString().replace('.000Z', 'Z');
}
