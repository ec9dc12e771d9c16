import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';

describe('what an error says to do next', () => {
  it('means the home that was given', async () => {
    const home = join(temporaryDirectory(), 'home');
    await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
    const { code, json } = await runCli(['actions', `a1~${'A'.repeat(43)}`, '--home', home, '--json']);
    expect(code).toBe(8);
    expect(json.error).toMatchObject({ code: 'store.no-action', hint: expect.stringContaining(`--home ${home}`) });
  });

  it('means the identity that was given', async () => {
    const home = join(temporaryDirectory(), 'home');
    for (const idTag of ['alice.test', 'anna.test']) await initInstance({ home, clock: systemClock }, { idTag });
    const args = ['deliveries', 'retry', `a1~${'A'.repeat(43)}`, '--home', home, '--json'];
    const hint = async (as: string[], env = {}) => (await runCli([...args, ...as], { env })).json.error.hint;
    expect(await hint(['--as', 'anna.test'])).toContain(`cloudillo deliveries --home ${home} --as anna.test`);
    expect(await hint([], { CLOUDILLO_AS: 'anna.test' })).not.toContain('--as');
  });

  it('is quoted where a shell would read two words', async () => {
    const home = join(temporaryDirectory(), 'my home');
    await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
    const keys = join(home, 'identities/alice.test/keys');
    const key = join(keys, readdirSync(keys)[0] ?? '');
    chmodSync(key, 0o644);
    const sign = await runCli(['sign-token', '--type', 'FLLW', '--audience', 'bob.test', '--home', home, '--json']);
    expect(sign.json.error).toMatchObject({ code: 'key.mode', hint: `Close it: chmod 600 '${key}'` });
    chmodSync(home, 0o755);
    const actions = await runCli(['actions', '--home', home, '--json']);
    expect(actions.json.error).toMatchObject({ code: 'home.mode', hint: `Close it: chmod 700 '${home}'` });
  });

  it('is there for a network file that is none', async () => {
    const file = join(temporaryDirectory(), 'network.json');
    writeFileSync(file, 'nonsense');
    const { json } = await runCli(['fetch-profile', 'alice.test', '--network', file, '--json']);
    expect(json.error).toMatchObject({ code: 'usage.network', hint: expect.stringContaining('sandbox up') });
  });

  it('is about the value when two flags exclude each other', async () => {
    const { code, json } = await runCli(['relations', '--quiet', '--verbose', '--json']);
    expect(code).toBe(2);
    expect(json.error).toMatchObject({ code: 'usage.value' });
  });
});

describe('the cause of an error', () => {
  it('is not told twice', async () => {
    const home = join(temporaryDirectory(), 'home');
    await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
    writeFileSync(join(home, 'config.json'), '{');
    const { code, stderr } = await runCli(['status', '--home', home]);
    expect(code).toBe(8);
    expect(stderr.match(/in JSON at position/g)).toHaveLength(1);
    const text = join(home, 'home.json');
    const key = await runCli(['verify-token', '--key', text, 'x.y.z']);
    expect(key.stderr).not.toContain('cause: key.malformed');
  });
});

describe('an argument that was not given', () => {
  it('is not taken from standard input, which belongs to whoever pipes it', async () => {
    const home = join(temporaryDirectory(), 'home');
    await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
    expect(await runCli(['actions', '--home', home], { stdin: 'the next line of a loop\n' })).toMatchObject({
      code: 0,
    });
    const { code, json } = await runCli(['follow', '--home', home, '--json'], { stdin: 'bob.test\n' });
    expect([code, json.error.code]).toEqual([2, 'usage.missing']);
  });
});
