import { describe, expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { ALL_CASES } from '../../../src/services/conformance/all-cases.ts';
import type { Case } from '../../../src/services/conformance/case.ts';
import { type PlanInput, planCases } from '../../../src/services/conformance/plan.ts';
import { runCases } from '../../../src/services/conformance/run-cases.ts';
import { startSuite } from './suite.ts';

const NOTHING: PlanInput = { only: [], skip: [], write: false, own: false, mayBan: false };

async function planFor(input: Partial<PlanInput>, change: { peers?: number; owner?: null } = {}) {
  const { instance, target } = await startSuite();
  await instance.close();
  const { peers = 2 } = change;
  const given = { peers: target.peers.slice(0, peers), owner: change.owner === null ? null : target.owner };
  return planCases(ALL_CASES, given, { ...NOTHING, ...input });
}

const badSignatures = (plan: { case: Case; skipped: string | null }[]) =>
  plan.filter(({ skipped }) => skipped === null).reduce((sum, one) => sum + (one.case.badSignatures ?? 0), 0);

describe('a plan', () => {
  it('leaves nothing behind without being told to', async () => {
    const made = (await planFor({})).filter(({ skipped }) => skipped === null);
    expect(made.filter((one) => one.case.writes)).toEqual([]);
    expect(made.length).toBeGreaterThan(70);
  });

  it("sends somebody else's instance two bad signatures at most, and those last", async () => {
    const plan = await planFor({ write: true });
    expect(badSignatures(plan)).toBe(2);
    const risky = plan.map((one) => (one.case.badSignatures ?? 0) > 0 || one.case.provokes === true);
    expect(risky.indexOf(true)).toBe(risky.lastIndexOf(false) + 1);
    expect(plan.filter(({ skipped }) => skipped?.includes('--may-ban')).length).toBe(9);
  });

  it('sends all of them with --may-ban, and what bans at the very end', async () => {
    const plan = await planFor({ write: true, mayBan: true });
    expect(badSignatures(plan)).toBeGreaterThan(2);
    expect(plan.at(-1)?.case.name).toBe('bans.third-bad-signature');
    expect(plan.at(-1)?.skipped).toBeNull();
  });

  it('bans nobody in a sandbox without being told to', async () => {
    const plan = await planFor({ write: true, own: true });
    expect(plan.filter(({ skipped }) => skipped?.includes('--may-ban')).map((one) => one.case.name)).toEqual([
      ...['pow.conn', 'limits.rate', 'bans.third-bad-signature'],
    ]);
  });

  it('skips what it lacks peers or the owner for, and says so', async () => {
    const without = await planFor({ write: true }, { peers: 0, owner: null });
    const reasons = new Set(without.map(({ skipped }) => skipped?.replace(/^.*: /, '')));
    expect([...reasons].filter((reason) => reason?.startsWith('--')).length).toBeGreaterThan(2);
    expect(without.filter((one) => one.case.needs && one.skipped === null)).toEqual([]);
  });

  it('takes names of cases and of groups', async () => {
    const names = async (input: Partial<PlanInput>) => (await planFor(input)).map((one) => one.case.name);
    expect(await names({ only: ['profile.time', 'bus'], skip: ['bus.ping'] })).toEqual([
      'profile.time',
      'bus.action',
      'bus.personal',
      'bus.guest',
      'bus.bad-token',
      'bus.unknown-command',
    ]);
    // A group is not the beginning of a name.
    expect(await names({ only: ['list'] })).not.toContain('list-other');
  });
});

describe('a run', () => {
  const one: Case = {
    ...{ name: 'a.b', summary: '', section: 'Profile', level: 'must' },
    run: async () => {
      throw new CloudilloError('network.reset', 'it went away', { stage: 'response' });
    },
  };

  it('takes a request that fails for a failure of the case', async () => {
    const { instance, target } = await startSuite();
    const results = await runCases(target, [{ case: one, skipped: null }], () => {});
    await instance.close();
    expect(results).toMatchObject([{ name: 'a.b', outcome: 'failed', message: 'network.reset: it went away' }]);
  });

  it('ends with a fault of a case', async () => {
    const { instance, target } = await startSuite();
    const broken: Case = { ...one, run: async () => Promise.reject(new TypeError('a fault')) };
    await expect(runCases(target, [{ case: broken, skipped: null }], () => {})).rejects.toThrow('a fault');
    await instance.close();
  });

  it('skips a case that finds nothing to look at, and passes none', async () => {
    const { instance, target } = await startSuite();
    const results = await runCases(target, planCases(ALL_CASES, target, { ...NOTHING, only: ['list'] }), () => {});
    await instance.close();
    const made = results.filter(({ outcome }) => outcome !== 'skipped').map(({ name }) => name);
    expect(made).toEqual(['list.page', 'list.count']);
  });

  it('provokes penalties where limits are on, and none of them without --may-ban', async () => {
    const { instance, target } = await startSuite({}, { rateLimits: true });
    const plan = planCases(ALL_CASES, target, { ...NOTHING, only: ['pow', 'limits.rate'], write: true, mayBan: true });
    const results = await runCases(target, plan, () => {});
    await instance.close();
    expect(results).toMatchObject([
      { name: 'pow.conn', outcome: 'passed' },
      { name: 'limits.rate', outcome: 'passed' },
    ]);
  });

  it('bans whoever sent three bad signatures, where limits are on', async () => {
    const { instance, target } = await startSuite({}, { rateLimits: true });
    const plan = planCases(ALL_CASES, target, { ...NOTHING, only: ['bans'], mayBan: true });
    const results = await runCases(target, plan, () => {});
    await instance.close();
    expect(results).toMatchObject([{ name: 'bans.third-bad-signature', outcome: 'passed' }]);
  });
});
