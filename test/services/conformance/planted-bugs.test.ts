import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.ts';
import type { PlantedBug } from './planting.ts';
import { STRANGER_BUGS } from './stranger-bugs.ts';
import { runSuite } from './suite.ts';

async function isFound({ found, after = [], limits, named, plant }: PlantedBug): Promise<void> {
  const plan = { only: [...after, found], mayBan: limits === true };
  const results = await runSuite(plant(), plan, { rateLimits: limits === true });
  const result = results.find(({ name }) => name === found);
  const outcome = named ? 'passed' : 'failed';
  expect(`${result?.name} ${result?.outcome}`).toBe(`${found} ${outcome}`);
  expect(result?.asNetwork).toBe(named);
  // It names what is wrong, and doesn't stumble over it.
  expect(result?.message).not.toMatch(/^(?:internal|network)\./);
}

describe('a bug that is planted in front of our server', () => {
  it('is one of at least a hundred, each found by a case of its own', () => {
    expect(new Set(PLANTED_BUGS.map(({ found }) => found)).size).toBe(PLANTED_BUGS.length);
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(100);
  });

  const others = PLANTED_BUGS.filter((bug) => !STRANGER_BUGS.includes(bug));
  it.each(others)('$bug: found by $found', isFound);
});

describe('a bug that was chosen from the specification by somebody who had not seen the cases', () => {
  it('is one of twenty', () => {
    expect(new Set(STRANGER_BUGS.map(({ bug }) => bug)).size).toBe(20);
  });

  it.each(STRANGER_BUGS)('$bug: found by $found', isFound);
});
