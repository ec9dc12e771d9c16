/** Tables of rows. */
import { padColumns, textWidth } from '../output/text-width.ts';

/** Aligns columns by their widest cell, two blanks apart. The last column isn't padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, textWidth(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : padColumns(cell, widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
