import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentPattern } from '../../../src/cli/run/content-pattern.ts';

describe('--content', () => {
  it.each([
    ['hello', 'hello', true],
    ['hello', 'hello you', false],
    ['*release*', 'a release today', true],
    ['a*a', 'a', false],
    ['a*b*', 'axxb', true],
    ['a*b*c', 'acb', false],
    ['*', '', true],
    ['/rel.*ay/', 'a release today', true],
    ['/^REL/i', 'release', true],
    ['/^x$/', 'release', false],
    ['{"t":*}', { t: 1 }, true],
    ['*', null, false],
    ['a.c', 'abc', false],
    ['/api/me', '/api/me', true],
    ['say "hi" \'there\'', 'say "hi" \'there\'', true],
    ['/"hi" \\/x\\/ \\[1\\]$/', 'say "hi" /x/ [1]', true],
    ['/^b$/m', 'a\nb', true],
    ['', '', true],
  ])('%s on %j: %s', (pattern, content, fits) => {
    expect(contentPattern(pattern)(content)).toBe(fits);
  });

  it('refuses what is no expression', () => {
    for (const wrong of ['/(/', '/x/g', '/x/iy', '/x/ii', '/x/v']) {
      expect(() => contentPattern(wrong)).toThrow(expect.objectContaining({ code: 'usage.value' }));
    }
  });

  it('takes every text for itself, and with a star for any beginning and end', () => {
    const text = fc.string({ unit: 'binary' }).filter((each) => !each.includes('*') && !each.startsWith('/'));
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(contentPattern(b)(b)).toBe(true);
        expect(contentPattern(`*${b}*`)(a + b + c)).toBe(true);
        expect(contentPattern(`${a}*${c}`)(a + b + c)).toBe(true);
      }),
    );
  });
});
