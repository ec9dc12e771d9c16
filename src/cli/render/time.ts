import { isoTime } from '../../protocol/iso-time.ts';

const STEPS: readonly [seconds: number, unit: string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `3 h ago`, `in 2 d`, `now`; both in unix seconds. */
export function relativeTime(seconds: number, now: number): string {
  const away = Math.abs(seconds - now);
  const step = STEPS.find(([size]) => away >= size);
  if (!step) return 'now';
  const amount = `${Math.floor(away / step[0])} ${step[1]}`;
  return seconds < now ? `${amount} ago` : `in ${amount}`;
}

/** `2026-11-22T17:56:45Z (3 h ago)` */
export function timeWithDistance(seconds: number, now: number): string {
  return `${isoTime(seconds)} (${relativeTime(seconds, now)})`;
}
