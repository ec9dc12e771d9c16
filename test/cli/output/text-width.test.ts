import { describe, expect, it } from 'vitest';
import { cutColumns, textWidth } from '../../../src/cli/output/text-width.ts';
import { table } from '../../../src/cli/render/table.ts';

describe('textWidth', () => {
  it.each<[string, number]>([
    ['abc', 3],
    ['Grüße', 5],
    ['Gru\u0308ße', 5],
    ['日本語', 6],
    ['한국', 4],
    ['ＡＢ', 4],
    ['👨‍👩‍👧', 2],
    ['👍🏽', 2],
    ['❤️', 2],
    ['✓ →', 3],
    ['क्षि', 1],
  ])('%s takes %i columns', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe('cutColumns', () => {
  it.each([
    ['abcdef', 3, 'abc'],
    ['abc', 9, 'abc'],
    ['日本語', 4, '日本'],
    ['日本語', 5, '日本'],
    ['a👨‍👩‍👧b', 2, 'a'],
    ['a👨‍👩‍👧b', 3, 'a👨‍👩‍👧'],
    ['Gru\u0308ße', 3, 'Gru\u0308'],
    ['✓ →', 0, ''],
  ])('%s in %i columns is %s', (text, columns, cut) => {
    expect(cutColumns(text, columns)).toBe(cut);
  });
});

describe('table', () => {
  it('aligns a column by what a terminal shows', () => {
    const lines = table([
      ['日本語', 'x'],
      ['abcdefgh', 'x'],
      ['👨‍👩‍👧', 'x'],
    ]);
    expect(lines.map((line) => textWidth(line.slice(0, line.indexOf('x'))))).toEqual([10, 10, 10]);
  });
});
