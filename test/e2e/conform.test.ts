import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labPort } from '../support/lab-port.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';
import { schemaProblems } from '../support/schemas.ts';

let sandbox: RunningCli;
let directory: string;
let home: string;

beforeAll(async () => {
  directory = join(temporaryDirectory(), 'sandbox');
  // A server asks an issuer for its keys a few times in ten seconds: conform has used up those of the first two.
  const names = ['eve.test', 'mallory.test', 'trent.test'];
  const members = await Promise.all(names.map(async (name) => `${name}=127.0.0.1:${await labPort()}`));
  const args = ['sandbox', 'up', 'bob.test', '--dir', directory, '--port', '0', '--dns-port', '0', '--json'];
  sandbox = startCli([...args, ...members.flatMap((member) => ['--member', member])], { timeout: 600_000 });
  const { identities } = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  home = identities[0].home;
}, 120_000);

afterAll(async () => {
  sandbox.child.kill('SIGTERM');
  await sandbox.done;
});

const conform = (...args: string[]) =>
  runCli(['conform', '--network', join(directory, 'network.json'), ...args], { timeout: 300_000 });

describe('conform', () => {
  it('finds no fault in our server, with peers and as the owner', { timeout: 300_000 }, async () => {
    const key = join(temporaryDirectory(), 'key');
    const made = await runCli(['api-key', 'create', '--home', home, '--out', key]);
    expect(made.code).toBe(0);
    const peers = ['--peer', 'eve.test', '--peer', 'mallory.test', '--api-key-file', key];
    const run = await conform('bob.test', ...peers, '--write', '--strict', '--json');
    expect(run.json.cases.filter(({ outcome }: { outcome: string }) => outcome === 'failed')).toEqual([]);
    expect(run).toMatchObject({ code: 0, stderr: '', json: { idTag: 'bob.test', passed: true } });
    expect(run.json.counts).toMatchObject({ failed: 0, asNetwork: 0 });
    expect(run.json.counts.passed).toBeGreaterThan(130);
    expect(schemaProblems('conform', run.json)).toEqual([]);
    // An API key is a secret.
    expect(run.stdout).not.toContain(readFileSync(key, 'utf8').trim());
  });

  it('takes a URL, of the API and of the app domain', async () => {
    for (const url of ['https://cl-o.bob.test', 'https://bob.test/some/page']) {
      const run = await conform(url, '--only', 'profile', '--json');
      expect(run).toMatchObject({ code: 0, json: { idTag: 'bob.test', passed: true } });
    }
  });

  it('shows text, with what was not made and why', async () => {
    const run = await conform('bob.test', '--only', 'profile.time,signature');
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^✓ profile\.time/);
    expect(run.stdout).toContain('– not made: 2: it needs a peer');
    expect(run.stdout).toMatch(/✓ bob\.test {2}1 passed, 0 failed, 5 not made/);
  });

  it.each([
    ['usage.value', 2, ['bob.test', '--only', 'nothing']],
    ['usage.missing', 2, []],
    ['usage.member', 2, ['bob.test', '--peer', 'carol.test']],
    ['dns.nxdomain', 5, ['nobody.test']],
  ])('refuses with %s', async (code, exit, args) => {
    const run = await conform(...args, '--json');
    expect(run).toMatchObject({ code: exit, json: { error: { code } } });
  });

  it('does not take the place of a member whose server runs', async () => {
    const run = await conform('bob.test', '--peer', 'bob.test', '--json');
    expect(run).toMatchObject({ json: { error: { code: 'network.port-in-use' } } });
  });

  it('writes a report, a case for each', async () => {
    const run = await conform('bob.test', '--only', 'profile,signature', '--report', 'tap=-');
    expect(run.code).toBe(0);
    const points = run.stdout.split('\n').filter((line) => /^(?:not )?ok /.test(line));
    expect(points).toHaveLength(17);
    expect(points.find((line) => line.includes('signature.changed'))).toContain('# SKIP it needs a peer');
    expect(points.every((line) => !line.startsWith('not ok'))).toBe(true);
  });

  it('lists its cases', async () => {
    const run = await conform('--list', '--only', 'token', '--json');
    expect(run.code).toBe(0);
    expect(schemaProblems('conform', run.json)).toEqual([]);
    expect(run.json.cases[0]).toMatchObject({ name: 'token.text', level: 'network', needs: [], writes: false });
    expect((await conform('--list')).stdout).toContain('bans.third-bad-signature');
  });
});

describe('load', () => {
  const load = (...args: string[]) =>
    runCli(['load', '--network', join(directory, 'network.json'), ...args], { timeout: 120_000 });

  it('sends what our server takes and keeps, and measures it', { timeout: 120_000 }, async () => {
    const args = [
      'bob.test',
      '--peer',
      'trent.test',
      '--rate',
      '20',
      '--duration',
      '2s',
      '--mix',
      'FLLW,REACT,PRES,PROXY,profile',
    ];
    const run = await load(...args, '--fail-if', 'errors>0%', '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(schemaProblems('load', run.json)).toEqual([]);
    expect(run.json).toMatchObject({
      sent: 40,
      succeeded: 40,
      failed: 0,
      errors: [],
      issuers: ['trent.test'],
      corrected: true,
    });
    const kept = await runCli(['actions', '--type', 'REACT', '--limit', '0', '--home', home, '--json']);
    expect(kept.lines.filter(({ issuer }) => issuer === 'trent.test')).toHaveLength(8);
  });

  it('compares with an earlier run, and fails by a condition', { timeout: 120_000 }, async () => {
    const args = ['bob.test', '--mix', 'profile', '--rate', '20', '--duration', '1s'];
    const before = join(temporaryDirectory(), 'before.json');
    const first = await load(...args, '--json');
    writeFileSync(before, first.stdout);
    const run = await load(...args, '--baseline', before, '--fail-if', 'mean>0ms', '--report', 'tap=-');
    expect(run.code).toBe(3);
    expect(run.stdout).toContain('not ok 2 - load bob.test mean>0ms');
    expect(run.stderr).toContain('% of ');
    const bad = await load(...args, '--baseline', join(directory, 'network.json'), '--json');
    expect(bad).toMatchObject({ code: 2, json: { error: { code: 'usage.value' } } });
  });

  it.each([
    ['usage.missing', 2, ['bob.test']],
    ['usage.missing', 2, ['bob.test', '--mix', 'profile', '--fail-if', 'p99>+10%']],
    ['usage.value', 2, ['bob.test', '--mix', 'POST']],
    ['usage.value', 2, ['bob.test', '--fail-if', 'p99']],
    ['usage.duration', 2, ['bob.test', '--duration', '2h']],
    ['dns.nxdomain', 5, ['nobody.test', '--mix', 'profile']],
  ])('refuses with %s', async (code, exit, args) => {
    expect(await load(...args, '--json')).toMatchObject({ code: exit, json: { error: { code } } });
  });

  it('refuses an instance of the Internet before it asks for anything', async () => {
    const run = await runCli(['load', 'bob.example.org', '--mix', 'profile', '--home', temporaryDirectory(), '--json']);
    expect(run).toMatchObject({ code: 2, json: { error: { code: 'usage.missing' } } });
    expect(run.json.error.hint).toContain('--i-own-this');
  });
});
