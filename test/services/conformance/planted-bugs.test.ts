import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { runSuite } from './suite.ts';

describe('a bug that is planted in front of our server', () => {
  it('is one of at least a hundred, each found by a case of its own', () => {
    expect(new Set(PLANTED_BUGS.map(({ found }) => found)).size).toBe(PLANTED_BUGS.length);
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(100);
  });

  it.each(PLANTED_BUGS)('$bug: found by $found', async ({ found, after = [], limits = false, plant }) => {
    const results = await runSuite(plant(), { only: [...after, found], mayBan: limits }, { rateLimits: limits });
    const result = results.find(({ name }) => name === found);
    expect(`${result?.name} ${result?.outcome}`).toBe(`${found} failed`);
    // It names what is wrong, and doesn't stumble over it.
    expect(result?.message).not.toMatch(/^(?:internal|network)\./);
  });
});
