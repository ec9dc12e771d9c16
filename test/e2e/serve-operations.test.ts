import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CLI_PATH, isolatedEnv, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

const FLAGS = ['--plain-http', '--port', '0', '--json'];

async function makeHome(): Promise<string> {
  const home = join(temporaryDirectory(), 'home');
  expect((await runCli(['init', 'alice.test', '--home', home, '--yes'])).code).toBe(0);
  return home;
}

/** A server whose standard error is what a test wants it to be. */
async function serveWithStderr(home: string, stderr: number | 'pipe', env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [CLI_PATH, 'serve', '--home', home, ...FLAGS], {
    env: isolatedEnv(env),
    stdio: ['ignore', 'pipe', stderr],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, url: JSON.parse(line.toString()).url as string };
}

async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = await once(child, 'exit');
  return code;
}

/** Enough requests for more lines than a pipe and the buffer hold. */
async function ask(url: string, times: number, length = 10): Promise<void> {
  for (let at = 0; at < times; at += 50) {
    const some = Array.from({ length: 50 }, () => fetch(`${url}/healthz/${'x'.repeat(length)}`));
    for (const answer of await Promise.all(some)) expect(await answer.text()).not.toBe('');
  }
}

it('a log on a full disk is dropped and counted; the server goes on, and stops on SIGTERM', async () => {
  const home = await makeHome();
  const { child, url } = await serveWithStderr(home, openSync('/dev/full', 'w'));
  await ask(url, 50);
  const { json } = await runCli(['status', '--home', home, '--json']);
  expect(json.server.logDropped).toBeGreaterThan(10);
  expect(json.problems.map(({ code }: { code: string }) => code)).toContain('server.log');
  child.kill('SIGTERM');
  expect(await endOf(child)).toBe(0);
});

it('a log whose reader went away is dropped, and nothing else stops', async () => {
  const { child, url } = await serveWithStderr(await makeHome(), 'pipe');
  child.stderr!.destroy();
  await ask(url, 50);
  child.kill('SIGTERM');
  expect(await endOf(child)).toBe(0);
});

it('a log whose reader stands still keeps a bounded part, and tells later how much is missing', async () => {
  const home = await makeHome();
  const { child, url } = await serveWithStderr(home, 'pipe');
  await ask(url, 1500, 1500);
  const { json } = await runCli(['status', '--home', home, '--json']);
  expect(json.server.logDropped).toBeGreaterThan(0);
  let text = '';
  child.stderr!.on('data', (chunk) => {
    text += chunk;
  });
  await vi.waitUntil(() => text.includes('"dropped":'), { timeout: 30_000 });
  child.kill('SIGTERM');
  expect(await endOf(child)).toBe(0);
});

/** A preload by which SIGUSR2 makes an error that nobody catches. */
function thrower(kind: string): string {
  const thrown = join(temporaryDirectory(), 'thrown.mjs');
  const error = 'new Error("nobody foresaw this")';
  const fail = kind === 'exception' ? `throw ${error}` : `Promise.reject(${error})`;
  writeFileSync(thrown, `process.on('SIGUSR2', () => { ${fail}; });`);
  return `--import=${thrown}`;
}

it.each(['exception', 'rejection'])('an uncaught %s ends the server with an exit code and a log line', async (kind) => {
  const server = startCli(['serve', '--home', await makeHome(), ...FLAGS], { env: { NODE_OPTIONS: thrower(kind) } });
  await server.line((line) => line.includes('"ready"'));
  server.child.kill('SIGUSR2');
  const { code, stderr } = await server.done;
  expect(code).toBe(1);
  expect(stderr).toContain('an uncaught error ends the server');
  expect(stderr).toContain('nobody foresaw this');
});

it('an uncaught exception ends the server when its log takes nothing, and while it stops', async () => {
  const home = await makeHome();
  const { child, url } = await serveWithStderr(home, openSync('/dev/full', 'w'), {
    NODE_OPTIONS: thrower('exception'),
  });
  // A request that keeps the stop waiting.
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.write(
    'POST /api/inbox HTTP/1.1\r\nHost: cl-o.alice.test\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n',
  );
  const posted = await runCli(['post', 'kept', '--home', home, '--json']);
  expect(posted.code).toBe(0);
  child.kill('SIGTERM');
  await vi.waitUntil(
    async () =>
      fetch(`${url}/healthz`).then(
        () => false,
        () => true,
      ),
    { timeout: 20_000 },
  );
  expect(child.exitCode).toBeNull();
  child.kill('SIGUSR2');
  expect(await endOf(child)).toBe(1);
  const check = await runCli(['store', 'check', '--home', home, '--json']);
  expect(check).toMatchObject({ code: 0, json: { ok: true } });
  expect((await runCli(['actions', posted.json.actionId, '--home', home])).code).toBe(0);
});

it('a second signal ends a stop that waits, and a request that never ends is cut off', async () => {
  const home = await makeHome();
  for (const second of [true, false]) {
    const server = startCli(['serve', '--home', home, ...FLAGS]);
    const { port, url } = JSON.parse(await server.line((line) => line.includes('"ready"')));
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    const head =
      'POST /api/inbox HTTP/1.1\r\nHost: cl-o.alice.test\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n';
    socket.write(head);
    await once(socket, 'connect');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const started = performance.now();
    server.child.kill('SIGTERM');
    if (second) {
      await vi.waitUntil(() => server.stderr().includes('stopping'), { timeout: 20_000 });
      server.child.kill('SIGTERM');
    }
    expect((await server.done).code).toBe(second ? 143 : 0);
    const took = performance.now() - started;
    if (second) expect(took).toBeLessThan(8_000);
    else expect(took).toBeGreaterThan(8_000);
  }
});

it('SIGHUP takes over what can be, names what needs a restart, and keeps all when a setting is wrong', async () => {
  const home = await makeHome();
  const log = join(temporaryDirectory(), 'log');
  const { child, url } = await serveWithStderr(home, openSync(log, 'w'));
  const logged = () => readFileSync(log, 'utf8');
  const hangUp = async (config: object, message: string) => {
    const before = logged().split(message).length;
    writeFileSync(join(home, 'config.json'), JSON.stringify(config));
    child.kill('SIGHUP');
    await vi.waitUntil(() => logged().split(message).length > before, { timeout: 20_000 });
  };
  await hangUp({ 'log.level': 'debug', 'inbox.queue': 5, 'files.maxBytes': 10 }, 'need a restart');
  expect(logged()).toContain('"changed":["log.level","files.maxBytes"]');
  expect(logged()).toContain('"settings":["inbox.queue"]');
  await hangUp({ 'log.level': 'nonsense' }, 'settings not read again');
  await hangUp({ 'log.level': 'warn', 'inbox.queue': 5 }, 'need a restart');
  const before = logged();
  await ask(url, 50);
  expect(logged()).toBe(before);
  child.kill('SIGTERM');
  expect(await endOf(child)).toBe(0);
});
