import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCli } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { type OwnHome, ownHome } from './own-home.ts';

const HOUSE = { idTag: 'house.test', name: 'The House', type: 'community' } as const;

/** What `identity list --json` says, without what differs from run to run. */
async function listed({ run }: OwnHome) {
  const { code, lines } = await run(['identity', 'list', '--json']);
  expect(code).toBe(0);
  for (const line of lines) expect(schemaProblems('identity list', line)).toEqual([]);
  return lines;
}

describe('identity list', () => {
  it('shows each identity on a line, by name', async () => {
    const own = await ownHome(HOUSE, 'alice.test');
    await own.run(['keygen', '--as', 'alice.test', '--rotate']);
    const { code, stdout, stderr } = await own.run(['identity', 'list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\dZ`;
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      new RegExp(`^alice\\.test {2}person {5}created ${time} {2}key \\d+b signs, 1 other key {2}`),
    );
    expect(lines[1]).toMatch(new RegExp(`^house\\.test {2}community {2}created ${time} {2}key \\d+ signs +The House$`));
  });

  it('says the same with a server and without one', async () => {
    const own = await ownHome(HOUSE, 'alice.test');
    const alone = await listed(own);
    expect(alone).toMatchObject([
      { idTag: 'alice.test', type: 'person', keys: [{ state: 'signing' }] },
      { ...HOUSE, createdAt: expect.any(String), keys: [{ state: 'signing' }] },
    ]);
    const server = startCli(['serve', '--home', own.home, '--plain-http', '--port', '0', '--json']);
    try {
      await server.line((line) => line.includes('"ready":true'));
      expect(await listed(own)).toEqual(alone);
    } finally {
      server.child.kill('SIGTERM');
      await server.done;
    }
  });

  it('says what to do when there is none', async () => {
    const own = await ownHome('alice.test');
    rmSync(join(own.home, 'identities'), { recursive: true });
    const { code, stdout, stderr } = await own.run(['identity', 'list']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`cloudillo init --home ${own.home} alice.example.com`);
    expect((await (await ownHome()).run(['identity', 'list'])).code).toBe(8);
  });
});
