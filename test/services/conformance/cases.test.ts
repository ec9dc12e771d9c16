import { describe, expect, it } from 'vitest';
import { ALL_CASES } from '../../../src/services/conformance/all-cases.ts';
import { runSuite } from './suite.ts';

/** What needs workers, which a server in a test doesn't have. test/e2e/conform.test.ts makes them. */
const WITH_WORKERS = ['delivery'];

describe('the cases', () => {
  it('have names of their own, in groups', () => {
    const names = ALL_CASES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z-]+\.[a-z0-9-]+$/);
  });

  it('find no fault in our server', async () => {
    const results = await runSuite({}, { skip: WITH_WORKERS });
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(results.filter(({ asNetwork }) => asNetwork).map(({ name }) => name)).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name)).toEqual([
      'profile.key-end',
      'bans.third-bad-signature',
    ]);
    expect(results.length).toBeGreaterThan(130);
  });
});
