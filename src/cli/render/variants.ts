import type { FileAddOutput } from '../schemas/file-add.ts';

/** What became of an image besides its original: a line or none. */
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
