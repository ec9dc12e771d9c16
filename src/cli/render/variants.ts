/** The variants of an image as text. */
import type { FileAddOutput } from '../schemas/file-add.ts';

/** A line on the variants that were made of an image, or none. */
export function renderVariants({
  variants,
  original,
  descriptor,
}: Pick<FileAddOutput, 'variants' | 'original' | 'descriptor'>): string[] {
  if (variants === null) return [];
  if (variants === 'unavailable') return ['  no variants: the optional package sharp is not installed'];
  const names = descriptor
    .slice(3)
    .split(';')
    .map((each) => each.slice(0, each.indexOf(':')));
  return [`  variants  ${names.join(', ')}${original ? '' : '; the original is not kept'}`];
}
