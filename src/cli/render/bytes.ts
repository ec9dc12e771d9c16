/** Sizes in bytes as text. */
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.4 MiB`; exact below 1 KiB. */
export function byteText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`;
}
