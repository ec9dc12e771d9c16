import { describe, expect, it } from 'vitest';
import { ALL_CASES } from '../../../src/services/conformance/all-cases.ts';
import { runSuite } from './suite.ts';

describe('the cases', () => {
  it('have names of their own, in groups', () => {
    const names = ALL_CASES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z-]+\.[a-z0-9-]+$/);
  });

  // Pictures are made by a process.
  it('find no fault in our server', { timeout: 180_000 }, async () => {
    const results = await runSuite({});
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(results.filter(({ asNetwork }) => asNetwork).map(({ name }) => name)).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name)).toEqual([
      'profile.key-end',
      ...['pow.conn', 'limits.rate', 'bans.third-bad-signature'],
    ]);
    expect(results.length).toBeGreaterThan(210);
  });
});
