import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actionId } from '../../src/protocol/content-id.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';
import { schemaProblems } from '../support/schemas.ts';

let dir: string;
let sandbox: RunningCli;
let homes: Record<string, string>;
let pids: Record<string, number>;
const started: RunningCli[] = [];

const run = (name: string, ...args: string[]) => runCli([...args, '--home', homes[name] ?? '']);
function start(name: string, ...args: string[]): RunningCli {
  const cli = startCli([...args, '--home', homes[name] ?? ''], { timeout: 120_000 });
  started.push(cli);
  return cli;
}

/** Something of bob's arrives at alice's, by the front door. @returns its action ID */
async function say(text: string): Promise<string> {
  const claims = ['--type', 'CMNT', '--audience', 'alice.test', '--parent', POST, '--content', text];
  const signed = await run('bob.test', 'sign-token', ...claims);
  const token = signed.stdout.trim();
  const { ca, endpoints } = JSON.parse(readFileSync(join(dir, 'network.json'), 'utf8'));
  const [host, port] = endpoints['alice.test'].split(':');
  const headers = { host: 'cl-o.alice.test', 'content-type': 'application/json' };
  const options = { host, port, ca, servername: 'cl-o.alice.test', method: 'POST', path: '/api/inbox/sync', headers };
  const status = await new Promise((resolve, reject) => {
    const sending = request(options, (response) => resolve(response.resume().statusCode)).on('error', reject);
    sending.end(JSON.stringify({ token }));
  });
  expect(status).toBe(201);
  return actionId(token);
}
const POST = `a1~${'x'.repeat(43)}`;

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isAlive(pid)).toBe(false);
}
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Starts alice's server again, on its old port. */
async function serve(): Promise<RunningCli> {
  const server = start('alice.test', 'serve', '--json');
  await server.line((line) => line.includes('"ready":true'));
  return server;
}

/** Resolves once a watch says that it listens. */
function listening({ child }: RunningCli): Promise<void> {
  return new Promise((resolve) => {
    child.stderr?.on('data', (chunk: string) => {
      if (chunk.includes('Watching')) resolve();
    });
  });
}

const idsIn = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).actionId);

beforeAll(async () => {
  dir = join(temporaryDirectory(), 'sandbox');
  const args = ['sandbox', 'up', 'alice.test', 'bob.test', '--dir', dir, '--port', '0', '--dns-port', '0', '--json'];
  sandbox = startCli(args, { timeout: 300_000 });
  const ready = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  homes = Object.fromEntries(ready.identities.map((each: { idTag: string; home: string }) => [each.idTag, each.home]));
  pids = Object.fromEntries(ready.identities.map((each: { idTag: string; pid: number }) => [each.idTag, each.pid]));
  // A relation, so that comments are taken.
  expect((await run('alice.test', 'follow', 'bob.test')).code).toBe(0);
});
afterAll(async () => {
  for (const { child, done } of started) {
    child.kill('SIGTERM');
    await done;
  }
  sandbox?.child.kill('SIGTERM');
  await sandbox?.done;
});

it('shows each action once and none is left out, while the server is killed and started again, here and from afar', {
  timeout: 180_000,
}, async () => {
  const local = start('alice.test', 'watch', '--type', 'CMNT', '--json');
  const remote = start('bob.test', 'watch', 'alice.test', '--as', 'bob.test', '--type', 'CMNT', '--json');
  const watches = [local, remote];
  const shown = (id: string) => Promise.all(watches.map(({ line }) => line((text) => text.includes(id))));
  let pid = pids['alice.test'] ?? 0;
  await Promise.all(watches.map(listening));
  const said: string[] = [];
  for (let round = 0; round < 3; round++) {
    said.push(await say(`before ${round}`));
    await kill(pid);
    const server = await serve();
    pid = server.child.pid ?? 0;
    // At once: most likely before the watches are back.
    said.push(await say(`at once ${round}`), await say(`then ${round}`));
  }
  await shown(said.at(-1) ?? '');
  for (const watch of watches) watch.child.kill('SIGINT');
  for (const { done } of watches) {
    const { code, stdout } = await done;
    const ids = idsIn(stdout);
    expect(code).toBe(0);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => said.includes(id))).toEqual(said);
  }
});

it('waits for an action, so many or so long', async () => {
  const waiting = start(
    'alice.test',
    'watch',
    '--type',
    'CMNT',
    '--issuer',
    'bob.test',
    '--limit',
    '1',
    '--wait',
    '60s',
    '--since',
    '2000-01-01',
  );
  const waited = await waiting.done;
  expect(waited.code).toBe(0);
  // A row in a pipe, too.
  expect(waited.stdout).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}← {2}CMNT +A {2}bob\.test → alice\.test +a1~\S{43} {2}before 0\n$/,
  );
  const none = await run('alice.test', 'watch', '--type', 'REPOST', '--wait', '200ms', '--json');
  expect([none.code, none.json.error.code]).toEqual([9, 'wait.timeout']);
  const afar = await run('bob.test', 'watch', 'alice.test', '--limit', '2', '--since', '2000-01-01', '--json');
  expect([afar.code, afar.lines.length]).toEqual([0, 2]);
  for (const row of [...afar.lines, none.json]) expect(schemaProblems('watch', row)).toEqual([]);
});

it('ends when nobody reads any more', async () => {
  const watch = start('alice.test', 'watch', '--since', '2000-01-01', '--type', 'CMNT');
  await watch.line((text) => text.includes('CMNT'));
  watch.child.stdout?.destroy();
  await say('into the void');
  await say('and once more');
  expect((await watch.done).code).toBe(0);
});

it('without a server: says so, or waits for one', async () => {
  const home = join(temporaryDirectory(), 'home');
  expect((await runCli(['init', 'carol.test', '--home', home, '--yes'])).code).toBe(0);
  const refused = await runCli(['watch', '--home', home, '--json']);
  expect([refused.code, refused.json.error.code]).toEqual([8, 'home.no-server']);
  const late = await runCli(['watch', '--home', home, '--retry', '--wait', '300ms', '--json']);
  expect([late.code, late.json.error.code]).toEqual([9, 'wait.timeout']);
  // It holds nothing: a server may start meanwhile.
  const wait = startCli(['watch', '--home', home, '--retry'], { timeout: 60_000 });
  started.push(wait);
  const server = startCli(['serve', '--home', home, '--plain-http', '--port', '0', '--json'], { timeout: 60_000 });
  started.push(server);
  await server.line((line) => line.includes('"ready":true'));
  wait.child.kill('SIGINT');
  expect((await wait.done).code).toBe(0);
});

it('what can’t be watched', async () => {
  const codes = async (...args: string[]) => {
    const { code, json } = await run('alice.test', 'watch', '--json', ...args);
    return [code, json.error.code];
  };
  expect(await codes('carol.test')).toEqual([5, 'dns.nxdomain']);
  expect(await codes('not an idTag')).toEqual([2, 'usage.id-tag']);
  expect(await codes('--type', 'NOPE')).toEqual([2, 'usage.type']);
  expect(await codes('--as', 'bob.test')).toEqual([8, 'home.identity-missing']);
  expect(await codes('bob.test', '--as', 'bob.test')).toEqual([8, 'home.identity-missing']);
});
