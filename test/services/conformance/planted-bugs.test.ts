import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { answering, changed, error, type Json, type PlantedBug } from './planting.ts';
import { STRANGER_BUGS } from './stranger-bugs.ts';
import { runSuite, type Wrapper } from './suite.ts';

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

describe('a bug chosen by somebody who had read no case', () => {
  it('is one of twenty', () => {
    expect(new Set(STRANGER_BUGS.map(({ bug }) => bug)).size).toBe(20);
  });

  it.each(STRANGER_BUGS)('$bug: found by $found', isFound);
});

describe('a server that the suite has to bear', () => {
  it('lists actions without a time: filters by time have nothing to choose by, and the next case is made', async () => {
    const untimed = answering('/api/actions?', (given) =>
      changed(given, ({ data, ...whole }) => ({
        ...whole,
        data: (data as Json[]).map((row) => ({ ...row, createdAt: 'soon' })),
      })),
    );
    const only = ['visibility.letter-p', 'list.views', 'list.filter-created-after', 'list.count'];
    const outcomes = (await runSuite(untimed(), { only })).map(({ name, outcome }) => [name, outcome]);
    expect(Object.fromEntries(outcomes)).toMatchObject({
      'list.views': 'failed',
      'list.filter-created-after': 'skipped',
      'list.count': 'passed',
    });
  });

  it('demands more proof of work than one run causes', async () => {
    const demanding = answering('/api/inbox', (given) => {
      const message = "Proof of work required: token must end with 'AAAA' (4 chars)";
      return given.status === 428 ? changed(given, () => ({ error: { code: 'E-POW-REQUIRED', message } })) : given;
    });
    const [result] = await runSuite(demanding(), { only: ['pow.conn'], mayBan: true }, { rateLimits: true });
    expect(result).toMatchObject({ outcome: 'skipped', message: expect.stringContaining('4 letters are demanded') });
  });

  it('hides the file whose headers are to be looked at', async () => {
    const hidden = answering('/api/files/f1', (given) => ({ ...given, status: 404 }));
    const [result] = await runSuite(hidden(), { only: ['files.scripts'] });
    expect(result).toMatchObject({ outcome: 'failed', message: expect.stringContaining('is answered 404') });
  });

  it('blocks a peer and does not end that: the case says so', async () => {
    let blocks = 0;
    const stuck: Wrapper = {
      ask: (ask, pass) =>
        ask.method === 'PATCH' && ++blocks > 1 ? Promise.resolve(error(500, 'E-CORE-UNAVAIL')) : pass(ask),
    };
    const [result] = await runSuite(stuck, { only: ['blocks.inbox'] });
    expect(result).toMatchObject({ outcome: 'failed', message: expect.stringContaining('the end of the block') });
  });
});
