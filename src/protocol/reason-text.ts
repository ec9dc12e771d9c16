import { isoTime } from './iso-time.ts';

/** A value as the reader of a reason wants it: recognisable and short. */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

const STEPS: readonly [seconds: number, unit: string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `2026-11-22T17:56:45Z (3 h ago)`; both in unix seconds. */
export function timeWithDistance(time: number, now: number): string {
  return `${isoTime(time)} (${relativeTime(time, now)})`;
}

/** `3 h ago`, `in 2 d`, `now`; both in unix seconds. */
export function relativeTime(time: number, now: number): string {
  const away = Math.abs(time - now);
  if (away < 1) return 'now';
  return time < now ? `${timeSpan(away)} ago` : `in ${timeSpan(away)}`;
}

/** Seconds in the largest unit that is full; never rounded up, so that nothing is said to last longer than it does. */
export function timeSpan(seconds: number): string {
  const [size, unit] = STEPS.find(([step]) => seconds >= step) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}
