import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, type RunningCli, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { hasTerminal, openTerminal } from '../../support/terminal.ts';

let sandbox: RunningCli;
const homes: Record<string, string> = {};
beforeAll(async () => {
  const dir = join(temporaryDirectory(), 'sandbox');
  const idTags = ['alice.test', 'bob.test', 'carol.test'];
  sandbox = startCli(['sandbox', 'up', ...idTags, '--dir', dir, '--json'], { timeout: 240_000 });
  const ready = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  for (const { idTag, home } of ready.identities) homes[idTag] = home;
}, 120_000);
afterAll(async () => {
  sandbox.child.kill('SIGTERM');
  await sandbox.done;
}, 60_000);

const at = (idTag: string, ...args: string[]): Promise<CliResult> =>
  runCli([...args, '--home', homes[idTag] as string], { timeout: 60_000 });

/** Begins to wait, does something, and gives what the wait ended with. */
async function whileWaiting(idTag: string, args: string[], act: () => Promise<unknown>): Promise<CliResult> {
  const waiting = startCli(['expect', ...args, '--home', homes[idTag] as string, '--verbose'], { timeout: 60_000 });
  await expect.poll(() => waiting.stderr(), { timeout: 30_000 }).toContain('waiting for');
  await act();
  return waiting.done;
}

describe('expect', { timeout: 120_000 }, () => {
  it('waits for an action, tells it, and finds it again among those that came before', async () => {
    const follow = () => at('alice.test', 'follow', 'bob.test');
    const run = await whileWaiting('bob.test', ['FLLW', '--issuer', 'alice.test', '--json'], follow);
    expect(run).toMatchObject({ code: 0, json: { type: 'FLLW', issuer: 'alice.test', direction: 'in' } });
    expect(schemaProblems('expect', run.json)).toEqual([]);
    const before = await at(
      'bob.test',
      'expect',
      'fllw',
      '--audience',
      'bob.test',
      '--since',
      '10m',
      '--within',
      '20s',
    );
    expect(before.code).toBe(0);
    expect(before.stdout).toMatch(/^\S+ \S+ {2}← {2}FLLW .*alice\.test → bob\.test.* a1~\S+\n$/);
    const own = await at('alice.test', 'expect', 'FLLW', '--since', '10m', '--within', '300ms');
    expect(own).toMatchObject({ code: 9, stdout: '' });
  });

  it('counts, and compares contents', async () => {
    const posts = async () => {
      for (const text of ['release 1', 'nothing', 'release 2']) await at('bob.test', 'post', text);
    };
    const wanted = ['POST', '--content', 'release *', '--count', '2', '--within', '40s', '--json'];
    const run = await whileWaiting('alice.test', wanted, posts);
    expect([run.code, run.lines.map(({ content }) => content)]).toEqual([0, ['release 1', 'release 2']]);
    const more = await at(
      'alice.test',
      'expect',
      ...wanted.slice(0, 4),
      '3',
      '--since',
      '10m',
      '--within',
      '300ms',
      '--json',
    );
    expect(more.code).toBe(9);
    expect(more.lines.at(-1)).toMatchObject({
      error: { code: 'wait.timeout', details: { expected: 3, came: 2, refused: 0 } },
    });
  });

  it('counts an action that arrives twice once', async () => {
    const sign = ['sign-token', '--type', 'FLLW', '--audience', 'carol.test', '--json'];
    const { token } = (await at('bob.test', ...sign)).json;
    const since = new Date().toISOString();
    const data = JSON.stringify({ token });
    for (let times = 0; times < 2; times++) {
      const sent = await at('bob.test', 'request', 'POST', 'carol.test', '/api/inbox', '--data', data);
      expect(sent.code).toBe(0);
    }
    const wanted = ['FLLW', '--issuer', 'bob.test', '--since', since, '--within', '300ms', '--json'];
    expect((await at('carol.test', 'expect', ...wanted)).lines).toMatchObject([{ type: 'FLLW', issuer: 'bob.test' }]);
    const twice = await at('carol.test', 'expect', ...wanted, '--count', '2');
    expect([twice.code, twice.lines.at(-1).error.details]).toEqual([9, { expected: 2, came: 1, refused: 0 }]);
  });

  it('looks at what came before when it may not wait, and takes a time to come for none', async () => {
    const none = ['MSG', '--issuer', 'carol.test', '--within', '0'];
    expect((await at('alice.test', 'expect', ...none)).code).toBe(9);
    expect(await at('alice.test', 'expect', ...none, '--none')).toMatchObject({ code: 0, stdout: '' });
    const before = ['POST', '--issuer', 'bob.test', '--within', '0', '--json'];
    expect(await at('alice.test', 'expect', ...before, '--since', '1970-01-01T00:00:00Z')).toMatchObject({
      code: 0,
      json: { type: 'POST:TEXT' },
    });
    expect((await at('alice.test', 'expect', ...before, '--since', '2999-01-01T00:00:00Z')).code).toBe(9);
    expect((await at('alice.test', 'expect', ...before)).code).toBe(9);
  });

  it.each([[], ['--json']])('keeps its exit code when nobody reads what came %s', async (...flags) => {
    const args = [
      'expect',
      'POST',
      '--since',
      '10m',
      '--count',
      '2',
      ...flags,
      '--home',
      homes['alice.test'] as string,
    ];
    const reading = startCli(args);
    reading.child.stdout?.destroy();
    expect(await reading.done).toMatchObject({ code: 0, stderr: '' });
  });

  it('says with --none that it came, at once, or that it did not', async () => {
    const late = await whileWaiting('bob.test', ['CONN', '--none', '--within', '40s', '--json'], () =>
      at('alice.test', 'connect', 'bob.test'),
    );
    expect([late.code, late.lines.map((line) => line.type ?? line.error.code)]).toEqual([
      3,
      ['CONN', 'check.expectation'],
    ]);
    expect(await at('bob.test', 'expect', 'MSG', '--none', '--within', '300ms')).toMatchObject({ code: 0, stdout: '' });
  });

  it('tells a refusal from an arrival', async () => {
    await at('bob.test', 'block', 'carol.test');
    const follow = () => at('carol.test', 'follow', 'bob.test');
    const refused = await whileWaiting('bob.test', ['FLLW', '--issuer', 'carol.test', '--refused', '--json'], follow);
    expect(refused).toMatchObject({ code: 0, json: { outcome: 'refused', issuer: 'carol.test', tenant: 'bob.test' } });
    expect(schemaProblems('expect', refused.json)).toEqual([]);
    const back = ['FLLW', '--issuer', 'carol.test', '--since', '10m', '--within', '300ms', '--json'];
    const came = await at('bob.test', 'expect', ...back);
    expect([came.code, came.lines.at(-1).error.code]).toEqual([3, 'check.expectation']);
    // It didn't come.
    expect(await at('bob.test', 'expect', ...back, '--none')).toMatchObject({ code: 0, stdout: '' });
    expect((await at('bob.test', 'expect', ...back, '--none', '--refused')).code).toBe(3);
    // What was refused may be another one.
    expect((await at('bob.test', 'expect', ...back, '--content', 'x')).code).toBe(9);
  });

  it('is one case of a report', async () => {
    const file = join(temporaryDirectory(), 'r.json');
    const args = ['expect', 'MSG', '--within', '100ms', '--report', `json=${file}`];
    expect((await at('bob.test', ...args)).code).toBe(9);
    const { suites } = JSON.parse(readFileSync(file, 'utf8'));
    expect(suites).toMatchObject([
      { name: 'expect', cases: [{ name: 'MSG', outcome: 'failed', code: 'wait.timeout' }] },
    ]);
    expect(suites[0].cases).toHaveLength(1);
    await at('bob.test', 'expect', 'FLLW', '--since', '10m', '--report', `json=${file}`);
    const [one] = JSON.parse(readFileSync(file, 'utf8')).suites[0].cases;
    expect(one).toMatchObject({ name: 'FLLW', outcome: 'passed', evidence: [expect.stringContaining('alice.test')] });
  });

  it.each([
    [['POST', '--content', '/(/'], 2, 'usage.value'],
    [['NOPE'], 2, 'usage.type'],
    [['POST', '--issuer', '..'], 2, 'usage.id-tag'],
    [['POST', '--none', '--count', '2'], 2, 'usage.value'],
    [['POST', '--refused', '--content', 'x'], 2, 'usage.value'],
    [['POST', '--refused', '--subject', 'x'], 2, 'usage.value'],
    [['POST', '--within', '3'], 2, 'usage.duration'],
    [['POST', '--as', 'nobody.test'], 8, 'home.identity-missing'],
  ])('refuses %s', async (args, code, error) => {
    expect(await at('alice.test', 'expect', ...args, '--json')).toMatchObject({
      code,
      json: { error: { code: error } },
    });
  });

  it('needs a home with a server', async () => {
    const home = join(temporaryDirectory(), 'home');
    const run = () => runCli(['expect', '--home', home, '--json']);
    expect(await run()).toMatchObject({ code: 8, json: { error: { code: 'home.missing' } } });
    await runCli(['init', 'dave.test', '--home', home, '--yes']);
    expect(await run()).toMatchObject({ code: 8, json: { error: { code: 'home.no-server' } } });
  });
});

describe.skipIf(!hasTerminal)('expect on a terminal', { timeout: 120_000 }, () => {
  const wait = (...args: string[]) => openTerminal(['expect', ...args, '--home', homes['alice.test'] as string]);

  it('says that it waits, and ends by Ctrl-C as any command does', async () => {
    const terminal = wait('MSG', '--count', '3', '--issuer', 'bob.test');
    await terminal.answer('waiting for 3 MSG of bob.test; Ctrl-C ends it', '\u0003');
    expect((await terminal.done).code).toBe(130);
  });

  it('does not say with --quiet that it waits', async () => {
    const { code, shown } = await wait('MSG', '--issuer', 'bob.test', '--within', '300ms', '--quiet').done;
    expect(code).toBe(9);
    expect(shown).toMatch(/^.*Error:.* MSG of bob\.test did not come within 0\.3 s/);
  });
});

describe('expect in a home of several identities', { timeout: 120_000 }, () => {
  it('asks which one, and tells of that one alone', async () => {
    const script = [
      'cloudillo follow a.test --home "$SANDBOX_HOMES/c.test" --quiet >&2',
      'for as in "" "--as a.test" "--as b.test"; do cloudillo expect FLLW --since 1m --within 300ms $as >/dev/null; echo $?; done',
    ].join('\n');
    const words = ['sandbox', 'exec', 'a.test,b.test', 'c.test', '--', 'sh', '-c', script];
    const run = await runCli(words, { timeout: 120_000 });
    expect([run.code, run.stdout]).toEqual([0, '2\n0\n9\n']);
    expect(run.stderr).toContain('usage.as');
  });
});

describe('serve --expect', { timeout: 120_000 }, () => {
  const serve = async (...args: string[]) => {
    const home = join(temporaryDirectory(), 'home');
    await runCli(['init', 'dave.test', '--home', home, '--yes']);
    const words = ['serve', '--plain-http', '--port', '0', '--home', home, '--json', '--quiet', ...args];
    return { home, server: startCli(words, { timeout: 60_000 }) };
  };

  it('ends with the exit code of the expectation', async () => {
    const { server } = await serve('--expect', 'POST --within 300ms');
    const run = await server.done;
    expect(run.code).toBe(9);
    expect(run.lines).toMatchObject([{ ready: true }, { error: { code: 'wait.timeout' } }]);
    const none = await (await serve('--expect', "POST --none --within=300ms --content 'a b'")).server.done;
    expect([none.code, none.lines.length]).toEqual([0, 1]);
  });

  it('refuses an expectation before it serves', async () => {
    for (const text of ['POST --nope', "POST --content 'x", 'POST --within 3', 'POST FLLW']) {
      const run = await (await serve('--expect', text)).server.done;
      expect([run.code, run.lines.length]).toEqual([2, 1]);
    }
    const type = await (await serve('--expect', 'NOPE')).server.done;
    expect([type.code, type.lines.at(-1).error.code]).toEqual([2, 'usage.type']);
  });

  it('tells a waiting command that it was killed, and says when it is stopped before', async () => {
    const { home, server } = await serve('--expect', 'POST --within 50s');
    await server.line((line) => line.includes('"ready"'));
    const waiting = startCli(['expect', 'POST', '--home', home, '--verbose', '--json']);
    await expect.poll(() => waiting.stderr(), { timeout: 30_000 }).toContain('waiting for');
    server.child.kill('SIGKILL');
    expect(await waiting.done).toMatchObject({ code: 8, json: { error: { code: 'home.owner-lost' } } });
    const { home: other, server: stopping } = await serve();
    await stopping.line((line) => line.includes('"ready"'));
    const none = startCli(['expect', 'POST', '--none', '--home', other, '--verbose', '--json']);
    await expect.poll(() => none.stderr(), { timeout: 30_000 }).toContain('waiting for');
    stopping.child.kill('SIGTERM');
    // Nothing is proven by then.
    expect(await none.done).toMatchObject({ code: 8, json: { error: { code: 'home.owner-lost' } } });
    const again = (await serve('--expect', 'POST --within 50s')).server;
    await again.line((line) => line.includes('"ready"'));
    again.child.kill('SIGTERM');
    const stopped = await again.done;
    expect([stopped.code, stopped.lines.at(-1).error.code]).toEqual([9, 'wait.timeout']);
    const nothing = (await serve('--expect', 'POST --none --within 50s')).server;
    await nothing.line((line) => line.includes('"ready"'));
    nothing.child.kill('SIGTERM');
    // The time was not over: nothing is proven.
    const unproven = await nothing.done;
    expect([unproven.code, unproven.lines.at(-1).error.code]).toEqual([9, 'wait.timeout']);
  });
});
