import { describe, expect, it } from 'vitest';
import { boundedCache, textBytes } from '../../../src/federation/limits/bounded-cache.ts';

describe('a bounded cache', () => {
  it('holds so many small entries, and forgets those used longest ago', () => {
    const cache = boundedCache<string, number>(3);
    for (const name of ['a', 'b', 'c', 'a', 'd']) {
      cache.get('a');
      cache.set(name, 1);
    }
    expect([...cache.keys()].sort()).toEqual(['a', 'c', 'd']);
  });

  it('counts what its values hold, at most a KiB an entry in the mean', () => {
    const cache = boundedCache<string, string>(100, textBytes);
    for (let n = 0; n < 1000; n += 1) cache.set(`${n}`, 'x'.repeat(5 * 1024));
    expect(cache.size).toBe(9);
    expect([...cache.values()].reduce((sum, text) => sum + textBytes(text), 0)).toBeLessThan(100 * 1024);
  });

  it('counts its keys, and keeps nothing that is larger than all of it', () => {
    const cache = boundedCache<string, number>(100);
    for (let n = 0; n < 1000; n += 1) cache.set(`${n}${'x'.repeat(5 * 1024)}`, 1);
    expect(cache.size).toBe(9);
    cache.set('x'.repeat(1_000_000), 1);
    expect(cache.size).toBe(9);
  });
});
