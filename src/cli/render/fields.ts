/** Lists of facts, with aligned values. */
import { padColumns, textWidth } from '../output/text-width.ts';

/** One line of a list of facts. */
export type Field = readonly [name: string, value: string];

/** `  name   value` a line, the values aligned. Fields without a value are left out. */
export function fieldLines(fields: readonly (Field | null)[]): string[] {
  const shown = fields.filter((field): field is Field => field !== null);
  const width = Math.max(0, ...shown.map(([name]) => textWidth(name)));
  return shown.map(([name, value]) => `  ${padColumns(name, width)}  ${value}`);
}
