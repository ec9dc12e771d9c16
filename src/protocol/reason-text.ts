import { isoTime } from './iso-time.ts';

/** A value as the reader of a reason wants it: recognisable and short. */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Unix seconds as ISO 8601, and how far that is from `now`. */
export function timeFrom(time: number, now: number): string {
  const distance = time - now;
  if (distance === 0) return `${isoTime(time)} (now)`;
  return distance > 0 ? `${isoTime(time)} (in ${timeSpan(distance)})` : `${isoTime(time)} (${timeSpan(-distance)} ago)`;
}

/** Seconds in the unit that a person would choose. */
export function timeSpan(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
