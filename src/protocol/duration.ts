/** Durations as flags and settings write them: `10m`, `1h30m`, `500ms`. */
const UNITS: readonly [unit: string, milliseconds: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** Reads a duration. @returns milliseconds; `null` for a text that is not a duration. Zero alone needs no unit. */
export function durationIn(text: string): number | null {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(number) * new Map(UNITS).get(unit!)!;
  }
  const rounded = Math.round(total);
  return Number.isSafeInteger(rounded) ? rounded : null;
}

/** Writes whole milliseconds as {@link durationIn} reads them: `1h30m`, `10s`, `0`. */
export function durationText(milliseconds: number): string {
  let left = milliseconds;
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return text || '0';
}
