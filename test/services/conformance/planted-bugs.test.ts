import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { runSuite } from './suite.ts';

describe('a bug that is planted in front of our server', () => {
  it('is one of at least twenty, each found by a case of its own', () => {
    expect(new Set(PLANTED_BUGS.map(({ found }) => found)).size).toBe(PLANTED_BUGS.length);
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(20);
  });

  it.each(PLANTED_BUGS)('$bug: found by $found', async ({ found, plant }) => {
    const results = await runSuite(plant(), { only: [found] });
    expect(results.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([`${found} failed`]);
    // It names what is wrong, and doesn't stumble over it.
    expect(results[0]?.message).not.toMatch(/^(?:internal|network)\./);
  });
});
