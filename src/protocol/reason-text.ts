/** Values and times as texts for the reasons of failed checks. */
import { isoTime } from './iso-time.ts';

/** A value as a short, recognisable text. */
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

/** A time with its distance from now: `2026-11-22T17:56:45Z (3 h ago)`. Both in unix seconds. */
export function timeWithDistance(time: number, now: number): string {
  return `${isoTime(time)} (${relativeTime(time, now)})`;
}

/** The distance of a time from now: `3 h ago`, `in 2 d`, `now`. Both in unix seconds. */
export function relativeTime(time: number, now: number): string {
  const away = Math.abs(time - now);
  if (away < 1) return 'now';
  return time < now ? `${timeSpan(away)} ago` : `in ${timeSpan(away)}`;
}

/** When something is tried again: `in 3 min`, or `now` from the moment on at which it is due. Both in unix milliseconds. */
export function whenDue(nextAt: number, now: number): string {
  return relativeTime(Math.max(nextAt, now) / 1000, now / 1000);
}

/** Seconds in the largest unit that is full. The number is rounded down, so that nothing lasts shorter than it says. */
export function timeSpan(seconds: number): string {
  const [size, unit] = STEPS.find(([step]) => seconds >= step) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}
