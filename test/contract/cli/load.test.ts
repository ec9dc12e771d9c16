import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { answer, type Peer, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, save } from '../../support/lab-identity.ts';
import { type CliResult, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { hasTerminal, openTerminal } from '../../support/terminal.ts';

let peer: Peer;
let network: string;
/** Whether bob's server answers the next requests. */
let answers: boolean;
beforeEach(async () => {
  const lab = await startLab();
  const bob = makeIdentity('bob.test');
  answers = true;
  peer = await lab.peer('bob.test', (_, response) => {
    if (answers) answer(response, bob.profile);
  });
  network = networkFile(lab);
});

const words = (...more: string[]) => [
  'load',
  'bob.test',
  '--mix',
  'profile',
  '--rate',
  '20',
  ...more,
  '--network',
  network,
];
const run = (...more: string[]): Promise<CliResult> => runCli(words(...more), { timeout: 60_000 });
/** Any bar of a chart. */
const BARS = /[▁-█]/;

describe('load', { timeout: 120_000 }, () => {
  it('tells what was measured, in lines without a terminal', async () => {
    const text = await run('--duration', '500ms');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^✓ bob\.test {2}10 sent, 0 failed, [\d.]+ a second {2}\d+ ms\n/);
    expect(text.stdout).not.toMatch(BARS);
    const { code, json } = await run('--duration', '500ms', '--json');
    expect([code, schemaProblems('load', json)]).toEqual([0, []]);
    expect(json).toMatchObject({ sent: 10, succeeded: 10, failed: 0, unanswered: 0, stopped: false, corrected: true });
    expect(json.distribution.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(10);
  });

  it('compares with an earlier run, and ends with 3 when a condition is met', async () => {
    const before = save('before.json', (await run('--duration', '300ms', '--json')).stdout);
    const same = await run('--duration', '300ms', '--baseline', before, '--fail-if', 'errors>+0%', '--json');
    expect([same.code, same.json.baseline.differs]).toEqual([0, []]);
    const other = ['--duration', '300ms', '--concurrency', '3', '--baseline', before];
    const worse = await run(...other, '--fail-if', 'mean>-100%', '--fail-if', 'errors>0%');
    expect(worse.code).toBe(3);
    expect(worse.stdout).toMatch(/! the earlier run was another one: another concurrency\n/);
    expect(worse.stdout).toMatch(/✗ mean>-100% {2}[\d.]+ ms\n✓ errors>0% {2}0%\n$/);
  });

  it.each([
    ['no JSON', '{'],
    ['another report', '{"suites":[]}'],
    [
      'latencies that are no numbers',
      '{"startedAt":"2026-01-31","sent":1,"succeeded":1,"failed":0,"throughput":1,"latency":{"p99":"x"}}',
    ],
  ])('refuses an earlier run that is %s', async (_what, text) => {
    const result = await run('--duration', '300ms', '--baseline', save('before.json', text), '--json');
    expect(result).toMatchObject({ code: 2, json: { error: { code: 'usage.value' } } });
  });

  it('sends nothing where a condition has no limit', async () => {
    const dead = { startedAt: '2026-01-31', sent: 1, succeeded: 0, failed: 1, throughput: 0, latency: null };
    const baseline = save('before.json', JSON.stringify(dead));
    const result = await run('--duration', '50m', '--baseline', baseline, '--fail-if', 'p99>+10%', '--json');
    expect(result).toMatchObject({ code: 2, json: { error: { code: 'usage.missing' } } });
  });

  it('needs the word of the owner for the Internet, also where a network file leads there', async () => {
    const file = JSON.parse(readFileSync(network, 'utf8'));
    const endpoints = { ...file.endpoints, 'bob.test': ['127.0.0.1:443', '93.184.215.14:443'] };
    const leads = save('network.json', JSON.stringify({ ...file, endpoints }));
    for (const more of [[], ['--network', leads]]) {
      const result = await runCli(['load', 'bob.test', '--mix', 'profile', '--json', ...more]);
      expect(result).toMatchObject({ code: 2, json: { error: { code: 'usage.missing' } } });
      expect(result.json.error.hint).toContain('--i-own-this');
    }
  });

  it('tells what was measured where the report can not be written', async () => {
    const result = await run('--duration', '300ms', '--json', '--report', 'json=/dev/full');
    expect(result.code).toBe(8);
    expect(result.lines).toMatchObject([{ sent: 6 }, { error: { code: 'store.full' } }]);
  });

  it('counts what a server that goes away in the middle leaves, by cause', async () => {
    const running = startCli([...words('--duration', '3s'), '--json']);
    await expect.poll(() => peer.requests.length, { timeout: 30_000 }).toBeGreaterThan(10);
    peer.server.closeAllConnections();
    peer.server.close();
    const { code, json } = await running.done;
    expect(code).toBe(0);
    expect(json.failed).toBeGreaterThan(0);
    expect(json.sent).toBe(json.succeeded + json.failed);
    expect(json.errors.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(json.failed);
    expect(json.errors.map(({ cause }: { cause: string }) => cause)).toContain('network.refused');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends at once by %s, with what was measured, and did not pass',
    async (signal) => {
      const file = join(temporaryDirectory(), 'r.json');
      const more = ['--duration', '50m', '--fail-if', 'errors>50%', '--fail-if', 'max>0ms'];
      const running = startCli([...words(...more), '--json', '--report', `json=${file}`]);
      const asked = peer.requests.length;
      await expect.poll(() => peer.requests.length, { timeout: 30_000 }).toBeGreaterThan(asked + 5);
      answers = false;
      const later = peer.requests.length;
      await expect.poll(() => peer.requests.length, { timeout: 30_000 }).toBeGreaterThan(later + 3);
      running.child.kill(signal);
      const { code, json } = await running.done;
      expect([code, schemaProblems('load', json)]).toEqual([130, []]);
      expect(json).toMatchObject({ stopped: true, failed: 0 });
      expect(json.unanswered).toBeGreaterThan(0);
      expect(json.sent).toBe(json.succeeded + json.unanswered);
      const [suite] = JSON.parse(readFileSync(file, 'utf8')).suites;
      expect(suite.cases).toMatchObject([
        { name: 'answers', outcome: 'passed' },
        { name: 'end', outcome: 'failed' },
        { name: 'errors>50%', outcome: 'skipped', because: 'end' },
        { name: 'max>0ms', outcome: 'failed' },
      ]);
    },
  );
});

describe.skipIf(!hasTerminal)('load on a terminal', { timeout: 120_000 }, () => {
  /** What a terminal shows at the end: nothing that was erased. */
  const left = (shown: string) => shown.slice(shown.lastIndexOf('\u001b[J') + 3);

  it('shows a chart while it runs, and charts of the whole run at the end', async () => {
    const terminal = openTerminal(words('--duration', '2s'));
    await terminal.answer('1 s of 2 s', '');
    await terminal.answer('p99', '');
    const { code, shown } = await terminal.done;
    expect(code).toBe(0);
    expect(shown).toContain('\u001b[3A\u001b[J');
    const end = stripVTControlCharacters(left(shown));
    expect(end).toMatch(/^✓ bob\.test {2}40 sent/);
    expect(end).toMatch(/ {2}answers a second {2}[ ▁-█]+ {2}at most \d+/);
    expect(end).toMatch(/ {2}to [\d.]+ ms +\d+ +[\d.]+% {2}█/);
    expect(end).not.toContain(' of 2 s');
  });

  it('leaves a clean terminal and the result so far after Ctrl-C', async () => {
    const terminal = openTerminal(words('--duration', '50m'));
    await terminal.answer('2 s of 3000 s', '\u0003');
    const { code, shown } = await terminal.done;
    expect(code).toBe(130);
    expect(stripVTControlCharacters(left(shown))).toMatch(/^✗ bob\.test {2}\d+ sent, 0 failed.* stopped early/);
  });

  it.each([
    [['--no-color'], {}],
    [[], { NO_COLOR: '1' }],
  ])('has no colour with %s %s', async (flags, env) => {
    const terminal = openTerminal(words('--duration', '1500ms', ...flags), env);
    const { shown } = await terminal.done;
    expect(shown).toMatch(/answers a second {2}[▁-█]/);
    for (const style of [2, 31, 32, 33, 36]) expect(shown).not.toContain(`\u001b[${style}m`);
  });

  it('is still with --quiet, and on a terminal that can not erase', async () => {
    for (const [flags, env] of [[['--quiet'], {}] as const, [[], { TERM: 'dumb' }] as const]) {
      const { shown } = await openTerminal(words('--duration', '1500ms', ...flags), env).done;
      expect(stripVTControlCharacters(shown)).toMatch(/^✓ bob\.test {2}30 sent/);
    }
  });
});
