/** Times in rows: short, with their zone, which is always UTC. */

/** `2026-11-29 14:30Z`. @param iso ISO 8601, in UTC */
export function shownTime(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')}Z`;
}

/** `2026-11-29 14:30:05Z`, for rows that may share a minute. @param iso ISO 8601, in UTC */
export function shownSecond(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')}Z`;
}
