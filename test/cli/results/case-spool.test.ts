import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CaseSpool } from '../../../src/cli/results/case-spool.ts';
import { countCases, type ResultCase } from '../../../src/cli/results/suite.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

let tmp: string;
beforeEach(() => {
  tmp = temporaryDirectory();
  vi.stubEnv('TMPDIR', tmp);
});
afterEach(() => vi.unstubAllEnvs());

const OUTCOMES = ['passed', 'failed', 'warning', 'skipped'] as const;
const made = (at: number): ResultCase => ({
  ...{ name: `line ${at}`, outcome: OUTCOMES[at % 4] as (typeof OUTCOMES)[number], durationMs: at },
  message: `\n\u0000\ud800 日本 ${'x'.repeat(at % 300)}`,
  ...(at % 8 === 3 && { because: 'another' }),
});

async function filled(count: number): Promise<{ spool: CaseSpool; cases: ResultCase[] }> {
  const spool = new CaseSpool();
  const cases = Array.from({ length: count }, (_, at) => made(at));
  for (const one of cases) await spool.add(one);
  return { spool, cases };
}

describe('the cases of a batch', () => {
  it('are a few in memory, without a file', async () => {
    const { spool, cases } = await filled(50);
    expect([...spool]).toEqual(cases);
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('are many in a file that nobody else can read, and come back as often as they are asked for', async () => {
    const { spool, cases } = await filled(5_000);
    expect([...spool]).toEqual(cases);
    expect([...spool]).toEqual(cases);
    // One that reads only the beginning disturbs none.
    for (const one of spool) if (one.name === 'line 700') break;
    expect([...spool].at(-1)).toEqual(cases.at(-1));
    expect(spool.counts).toEqual(countCases(cases));
    const [directory = ''] = readdirSync(tmp);
    expect(statSync(join(tmp, directory)).mode & 0o777).toBe(0o700);
    expect(statSync(join(tmp, directory, 'cases')).mode & 0o777).toBe(0o600);
  });

  it('end with an error where no file can be made', async () => {
    vi.stubEnv('TMPDIR', join(tmp, 'none'));
    await expect(filled(5_000)).rejects.toMatchObject({ code: 'store.io' });
    mkdirSync(join(tmp, 'none'));
    await expect(filled(5_000)).resolves.toBeDefined();
  });
});
