import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

/** Stands for `node` in `runCli` and `startCli`: with so many descriptors at most. */
function limitedNode(limit: number): string {
  const node = join(temporaryDirectory(), 'node');
  writeFileSync(node, `#!/bin/sh\nulimit -n ${limit} && exec ${process.execPath} "$@"\n`, { mode: 0o700 });
  return node;
}

async function makeHome(): Promise<string> {
  const home = join(temporaryDirectory(), 'home');
  expect((await runCli(['init', 'alice.test', '--home', home, '--yes'])).code).toBe(0);
  return home;
}

/** The status of an answer; null: the connection was dropped. */
function ask(url: string): Promise<number | null> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode ?? 0)).once('error', () =>
      resolve(null),
    );
  });
}

// `/proc` tells the limit there.
describe.skipIf(process.platform !== 'linux')('without file descriptors (needs Linux)', () => {
  it('a server goes on for the connected, drops others, says so, and recovers', async () => {
    const home = await makeHome();
    const flags = ['serve', '--home', home, '--port', '0', '--plain-http', '--json'];
    const server = startCli(flags, { node: limitedNode(60) });
    onTestFinished(() => void server.child.kill('SIGKILL'));
    const { url, port } = JSON.parse(await server.line((line) => line.startsWith('{"ready"')));
    const sockets: Socket[] = [];
    onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
    for (let n = 0; n < 60; n += 1) sockets.push(connect(port, '127.0.0.1').on('error', () => {}));
    await vi.waitUntil(async () => (await ask(`${url}/healthz`)) === null, { timeout: 30_000 });

    // Those that are connected are served, and so are commands.
    const answered = new Promise((resolve) => sockets[0]?.once('data', (data) => resolve(String(data))));
    sockets[0]?.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await answered).toMatch(/^HTTP\/1\.1 200 /);
    const status = await runCli(['status', '--home', home, '--json']);
    expect(status.json.server.connectionsDropped).toBeGreaterThan(0);
    expect(status.json.problems.map(({ code }: { code: string }) => code)).toEqual(['server.descriptors']);
    expect((await runCli(['post', 'hello', '--home', home])).code).toBe(0);

    for (const socket of sockets) socket.destroy();
    await vi.waitUntil(async () => (await ask(`${url}/readyz`)) === 200, { timeout: 30_000 });
    server.child.kill('SIGTERM');
    const { code, stderr } = await server.done;
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line.includes('"dropped":'))).toHaveLength(1);
  });

  it('a command says what failed, and how to raise the limit', async () => {
    const home = await makeHome();
    const failed: string[] = [];
    // How many descriptors Node itself needs differs with its version: below that it doesn't start.
    for (let limit = 14; ; limit += 2) {
      const { code, stdout } = await runCli(['actions', '--home', home, '--json'], { node: limitedNode(limit) });
      if (code === 0) break;
      if (code !== 8) continue;
      const { error } = JSON.parse(stdout);
      failed.push(error.code);
      expect(error.hint).toContain('ulimit -n');
    }
    expect(new Set(failed)).toEqual(new Set(['store.descriptors']));
  });
});
