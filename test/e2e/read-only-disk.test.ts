import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CAN_MOUNT, type OwnDisk, ownDisk } from '../support/own-disk.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

interface Home {
  home: string;
  run: (...args: string[]) => ReturnType<typeof runCli>;
  post: (content: string) => Promise<string>;
}

/** A home on the disk, with an action. */
async function makeHome(disk: OwnDisk): Promise<Home & { actionId: string }> {
  const home = join(disk.place, 'home');
  const run = (...args: string[]) => runCli([...args, '--home', home], { node: disk.node });
  const post = async (content: string) => (await run('post', content, '--json')).json.actionId as string;
  expect((await run('init', 'alice.test', '--yes')).code).toBe(0);
  return { home, run, post, actionId: await post('hello') };
}

async function serve(disk: OwnDisk, home: string): Promise<RunningCli & { url: string }> {
  const running = startCli(['serve', '--home', home, '--port', '0', '--plain-http', '--json'], { node: disk.node });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  const { url } = JSON.parse(await running.line((line) => line.startsWith('{"ready"')));
  return { ...running, url };
}

/** A token of an issuer whose key can't be fetched: it would be parked. */
async function strangersToken(): Promise<string> {
  const home = join(temporaryDirectory(), 'home');
  expect((await runCli(['init', 'bob.test', '--home', home, '--yes'])).code).toBe(0);
  const flags = ['--type', 'MSG', '--content', 'hi', '--audience', 'alice.test', '--json'];
  return (await runCli(['sign-token', ...flags, '--home', home])).json.token;
}

/** Asks as a peer does: fetch would set another `Host`. */
function ask(url: string, body?: string): Promise<{ status: number; body: string }> {
  const headers = { host: 'cl-o.alice.test', ...(body !== undefined && { 'content-type': 'application/json' }) };
  return new Promise((resolve, reject) => {
    request(url, { headers, method: body === undefined ? 'GET' : 'POST' }, async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    })
      .once('error', reject)
      .end(body);
  });
}

const isReady = async (url: string) => (await ask(`${url}/readyz`)).status === 200;

describe.skipIf(!CAN_MOUNT)('a home on a disk that takes no writes (needs root and mount namespaces)', () => {
  it.each([
    {
      what: 'read-only',
      code: 'store.read-only',
      options: 'size=8m',
      close: 'mount -o remount,ro "$1"',
      open: 'mount -o remount,rw "$1"',
    },
    {
      what: 'full',
      code: 'store.full',
      options: 'size=8m,nr_inodes=150',
      close: 'i=0; while (: > "$1/filler$i") 2> /dev/null; do i=$((i+1)); done',
      open: 'rm "$1"/filler*',
    },
  ])(
    'is read by commands and a server while it is $what, and written once it may be',
    async ({ code, what, ...disk }) => {
      const own = await ownDisk(disk.options);
      const { home, run, post, actionId } = await makeHome(own);
      own.sh(disk.close);
      const files = () => own.sh('cd "$1" && find home -printf "%p %s %T@ %C@\\n" | sort');
      const before = files();

      expect((await run('actions', '--json')).lines).toMatchObject([{ actionId }]);
      expect((await run('inbox', 'log', '--json')).code).toBe(0);
      expect((await run('post', 'more', '--json')).json.error).toMatchObject({ code, retryable: true });
      expect((await run('config', 'set', 'followers', 'false', '--json')).json.error).toMatchObject({ code });
      const status = (await run('status', '--json')).json;
      expect(status.problems.map((problem: { code: string }) => problem.code)).toEqual([code, 'server.unknown']);

      const server = await serve(own, home);
      expect((await ask(`${server.url}/api/me`)).status).toBe(200);
      const readyz = await ask(`${server.url}/readyz`);
      expect(readyz.status).toBe(503);
      expect(readyz.body).toContain(what);
      const body = JSON.stringify({ token: await strangersToken() });
      for (const path of ['/api/inbox', '/api/inbox/sync']) {
        expect((await ask(`${server.url}${path}`, body)).status).toBe(503);
      }
      expect(files()).toBe(before);

      own.sh(disk.open);
      await vi.waitUntil(() => isReady(server.url).catch(() => false), { timeout: 30_000, interval: 100 });
      const now = (await run('status', '--json')).json;
      expect(now).toMatchObject({ server: { url: server.url, pid: server.child.pid }, problems: [] });
      const more = await post('more');
      expect((await run('actions', '--json')).lines.map((line) => line.actionId)).toEqual([more, actionId]);
      server.child.kill('SIGTERM');
      const { code: exit, stderr, stdout } = await server.done;
      expect(exit).toBe(0);
      expect(stdout.trim().split('\n')).toHaveLength(1);
      const warned = stderr.split('\n').filter((line) => line.includes('"level":40') && line.includes('only read'));
      expect(warned.map((line) => JSON.parse(line).error.code)).toContain(code);
    },
  );

  it('stops on SIGTERM while it is only read', async () => {
    const own = await ownDisk('size=8m');
    const { home } = await makeHome(own);
    own.sh('mount -o remount,ro "$1"');
    const server = await serve(own, home);
    server.child.kill('SIGTERM');
    expect((await server.done).code).toBe(0);
  });

  it('is never written by whoever sees it read-only, beside a writer that sees it writable', async () => {
    const own = await ownDisk('size=8m');
    const { run, post, actionId } = await makeHome(own);
    own.sh('mkdir "$1/view" && mount --bind "$1/home" "$1/view" && mount -o remount,ro,bind "$1/view"');
    const view = join(own.place, 'view');
    const reader = await serve(own, view);
    // The writer owns the home for a moment, and the reader doesn't notice.
    const more = await post('more');
    expect(await isReady(reader.url)).toBe(false);
    expect((await run('store', 'check', '--json')).code).toBe(0);
    // While a writer runs, whoever sees the home read-only is served by it.
    const writer = await serve(own, join(own.place, 'home'));
    const second = await runCli(['serve', '--home', view, '--port', '0', '--plain-http', '--json'], { node: own.node });
    expect(second.json.error.code).toBe('home.busy');
    own.sh('mount -o remount,rw,bind "$1/view"');
    // The reader may write there now, and the writer has the lock: it goes on reading.
    expect(await isReady(reader.url)).toBe(false);
    writer.child.kill('SIGTERM');
    expect((await writer.done).code).toBe(0);
    await vi.waitUntil(() => isReady(reader.url).catch(() => false), { timeout: 30_000, interval: 100 });
    expect((await run('actions', '--json')).lines.map((line) => line.actionId)).toEqual([more, actionId]);
    expect((await run('store', 'check', '--json')).code).toBe(0);
  });
});
