import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { isServerOf } from '../../../src/sandbox/processes/process-of-home.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

interface Ready {
  dir: string;
  pid: number;
  ca: string;
  network: string;
  dns: { port: number };
  identities: { idTag: string; home: string; pid: number; port: number; curl: string }[];
  members: { idTag: string; cert: string; key: string; curl: string }[];
}

const running: RunningCli[] = [];
const detached: string[] = [];

afterEach(async () => {
  for (const { child, done } of running.splice(0)) {
    child.kill('SIGTERM');
    await done;
  }
  for (const dir of detached.splice(0)) await runCli(['sandbox', 'down', '--dir', dir]);
});

/** `sandbox up … --json`, up to its ready line. */
async function up(words: string[], env: Record<string, string> = {}): Promise<{ cli: RunningCli; ready: Ready }> {
  const cli = startCli(['sandbox', 'up', ...words, '--json'], { timeout: 60_000, env });
  running.push(cli);
  const ready = JSON.parse(await cli.line(() => true));
  expect(ready.error).toBeUndefined();
  return { cli, ready };
}

const gone = async (ready: Ready) => {
  for (const { pid, home } of ready.identities) while (await isServerOf(pid, home)) await new Promise(setImmediate);
};

const firstLine = async (words: string[]) => JSON.parse((await runCli([...words, '--json'])).stdout);
const hasCurl = execFileSync('/bin/sh', ['-c', 'command -v curl || true']).length > 0;

describe('identities with a comma between them', () => {
  it('share a home and a server, show a certificate each, and are known to every other command', async () => {
    const dir = temporaryDirectory();
    const { ready } = await up(['alice.test,anna.test', 'bob.test', '--dir', dir]);
    expect(schemaProblems('sandbox up', ready)).toEqual([]);
    const [alice, anna, bob] = ready.identities;
    expect([anna?.home, anna?.port, anna?.pid]).toEqual([alice?.home, alice?.port, alice?.pid]);
    expect(bob?.pid).not.toBe(alice?.pid);
    for (const { idTag, port } of ready.identities) {
      const socket = connect({ host: '127.0.0.1', port, servername: `cl-o.${idTag}`, ca: readFileSync(ready.ca) });
      await once(socket, 'secureConnect');
      expect([socket.authorized, socket.getPeerCertificate().subject.CN]).toEqual([true, idTag]);
      socket.destroy();
    }
    const home = ['--home', alice?.home as string];
    for (const [as, peer] of [
      ['alice.test', 'anna.test'],
      ['anna.test', 'bob.test'],
    ] as const) {
      const follow = await runCli(['follow', peer, '--as', as, ...home, '--json']);
      expect([follow.code, follow.json.outcome]).toEqual([0, 'accepted']);
    }
    const relations = async (as: string) => (await runCli(['relations', '--as', as, ...home])).stdout;
    expect(await relations('alice.test')).toMatch(/^anna\.test {2}following .*\n$/);
    expect(await relations('anna.test')).toMatch(/^alice\.test {2}follows .*\nbob\.test {4}following .*\n$/);
    const status = await runCli(['sandbox', 'status', '--dir', dir, '--json']);
    expect(schemaProblems('sandbox status', status.json)).toEqual([]);
    expect(status.json.servers.map((one: { alive: boolean; home: string }) => [one.alive, one.home])).toEqual(
      ready.identities.map((one) => [true, one.home]),
    );
    // A further identity of the running server is served at once.
    expect((await runCli(['init', 'amy.test', '--yes', ...home])).code).toBe(0);
    const answer = await fetchProfile(alice?.port as number, 'amy.test');
    expect(answer.data.idTag).toBe('amy.test');
    expect((await runCli(['sandbox', 'down', '--dir', dir])).code).toBe(0);
    await gone(ready);
    const again = await up(['--dir', dir]);
    expect(again.ready.identities.map((one) => [one.idTag, one.home])).toEqual(
      ready.identities.map((one) => [one.idTag, one.home]),
    );
  });
});

/** Without a look at the certificate: an identity that the sandbox doesn't know has none of its own. */
async function fetchProfile(port: number, idTag: string): Promise<{ data: { idTag: string } }> {
  const host = `cl-o.${idTag}`;
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/api/me',
    servername: host,
    headers: { host },
    rejectUnauthorized: false,
  });
  sent.end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return JSON.parse(text);
}

describe('sandbox up', () => {
  it('makes a federation that every other command can work in', async () => {
    const { ready } = await up(['alice.test', 'bob.test', '--dir', temporaryDirectory()]);
    expect(schemaProblems('sandbox up', ready)).toEqual([]);
    const [alice, bob] = ready.identities;
    for (const { curl } of hasCurl ? ready.identities : []) {
      const answer = JSON.parse(execFileSync('/bin/sh', ['-c', `${curl} --silent --show-error`]).toString());
      expect(ready.identities.map(({ idTag }) => idTag)).toContain(answer.data.idTag);
    }
    const follow = await runCli(['follow', 'bob.test', '--home', alice?.home as string]);
    expect(follow).toMatchObject({ code: 0 });
    expect((await runCli(['relations', '--home', bob?.home as string])).stdout).toContain('alice.test');
    for (const [name, code] of [
      ['alice.test', 0],
      ['nobody.test', 3],
    ] as const) {
      const check = await runCli(['dns-check', name, '--home', alice?.home as string]);
      expect([name, check.code]).toEqual([name, code]);
    }
    const status = await firstLine(['sandbox', 'status', '--dir', ready.dir]);
    expect(schemaProblems('sandbox status', status)).toEqual([]);
    expect(status).toMatchObject({ ok: true, up: true, pid: ready.pid, dns: { answers: true } });
  });

  it('keeps private what is private', async () => {
    const { ready } = await up(['alice.test', '--dir', temporaryDirectory()]);
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect(mode(ready.dir)).toBe(0o700);
    expect(mode(join(ready.dir, 'ca.key'))).toBe(0o600);
    expect(mode(join(ready.dir, 'certs/alice.test/key.pem'))).toBe(0o600);
  });

  it('comes up the same after an orderly end, with further identities', async () => {
    const dir = temporaryDirectory();
    const first = await up(['alice.test', '--dir', dir]);
    const profile = () => runCli(['fetch-profile', 'alice.test', '--network', join(dir, 'network.json'), '--json']);
    const before = (await profile()).json;
    first.cli.child.kill('SIGINT');
    expect(await first.cli.done).toMatchObject({ code: 0 });
    await gone(first.ready);
    const second = await up(['bob.test', '--dir', dir]);
    expect(second.ready.identities.map(({ idTag }) => idTag)).toEqual(['alice.test', 'bob.test']);
    expect(second.ready.identities[0]?.port).toBe(first.ready.identities[0]?.port);
    expect(second.ready.dns).toEqual(first.ready.dns);
    expect((await profile()).json.keys).toEqual(before.keys);
  });

  it('does not hand the settings of another home to its servers', async () => {
    const { ready } = await up(['alice.test', '--dir', temporaryDirectory()], { CLOUDILLO_LISTEN_HOST: '192.0.2.1' });
    expect(ready.identities).toHaveLength(1);
  });

  it('says when its directory cannot be made', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    for (const words of [
      ['up', 'alice.test'],
      ['cert', 'alice.test'],
    ]) {
      const { code, json } = await runCli(['sandbox', ...words, '--dir', join(file, 'x'), '--json']);
      expect([code, json.error.code, json.error.stage]).toEqual([8, 'store.io', 'home']);
      expect(json.error.hint).toContain('--dir');
    }
  });

  it('runs once a directory', async () => {
    const { ready } = await up(['alice.test', '--dir', temporaryDirectory()]);
    const again = await runCli(['sandbox', 'up', '--dir', ready.dir, '--json']);
    expect([again.code, again.json.error.code]).toEqual([8, 'home.busy']);
    expect(again.json.error.hint).toContain(`cloudillo sandbox down --dir ${ready.dir}`);
    expect((await firstLine(['sandbox', 'status', '--dir', ready.dir])).ok).toBe(true);
  });

  it('takes the ports it is told, and says when one is taken', async () => {
    const dir = temporaryDirectory();
    const { ready } = await up(['alice.test', '--dir', dir]);
    const port = String(ready.identities[0]?.port);
    const taken = await runCli(['sandbox', 'up', 'bob.test', '--dir', temporaryDirectory(), '--port', port, '--json']);
    expect([taken.code, taken.json.error.code]).toEqual([4, 'network.port-in-use']);
    const dns = String(ready.dns.port);
    const dnsTaken = await runCli([
      'sandbox',
      'up',
      'b.test',
      '--dir',
      temporaryDirectory(),
      '--dns-port',
      dns,
      '--json',
    ]);
    expect([dnsTaken.code, dnsTaken.json.error.code]).toEqual([4, 'network.port-in-use']);
  });

  it('moves when the port of the last time is taken meanwhile', async () => {
    const [a, b] = [temporaryDirectory(), temporaryDirectory()];
    const first = await up(['alice.test', '--dir', a]);
    first.cli.child.kill('SIGTERM');
    await first.cli.done;
    const port = String(first.ready.identities[0]?.port);
    await up(['bob.test', '--dir', b, '--port', port]);
    const again = await up(['--dir', a]);
    expect(again.ready.identities[0]?.port).not.toBe(Number(port));
    expect((await firstLine(['sandbox', 'status', '--dir', a])).ok).toBe(true);
  });

  it.each([
    [
      'a directory with other files',
      ['alice.test'],
      8,
      'home.not-empty',
      (dir: string) => writeFileSync(join(dir, 'x'), ''),
    ],
    ['a name that is no identity', ['not a name'], 2, 'usage.id-tag', () => {}],
    ['no identity at all', [], 2, 'usage.missing', () => {}],
    ['a member that is none', ['--member', 'carol.test'], 2, 'usage.member', () => {}],
  ])('refuses %s', async (_, words, code, error, prepare) => {
    const dir = temporaryDirectory();
    prepare(dir);
    const before = readdirSync(dir);
    const result = await runCli(['sandbox', 'up', ...words, '--dir', dir, '--json']);
    expect([result.code, result.json.error.code]).toEqual([code, error]);
    expect(readdirSync(dir).filter((name) => name.endsWith('.pem'))).toEqual([]);
    if (before.length > 0) expect(readdirSync(dir)).toEqual(before);
    // It may be tried again in the same place.
    if (error === 'usage.id-tag') await up(['alice.test', '--dir', dir]);
  });

  it('ends its servers when it is killed, and comes up again', async () => {
    const { cli, ready } = await up(['alice.test', 'bob.test', '--dir', temporaryDirectory()]);
    cli.child.kill('SIGKILL');
    await cli.done;
    await gone(ready);
    const down = await runCli(['sandbox', 'status', '--dir', ready.dir, '--json']);
    expect([down.code, down.json.up]).toEqual([3, false]);
    const again = await up(['--dir', ready.dir]);
    expect((await firstLine(['sandbox', 'status', '--dir', again.ready.dir])).ok).toBe(true);
  });

  it('leaves it to down to end servers that were left, and no other process', async () => {
    const { cli, ready } = await up(['alice.test', 'bob.test', '--dir', temporaryDirectory()]);
    cli.child.kill('SIGKILL');
    await cli.done;
    await gone(ready);
    const left = startCli(['serve', '--home', ready.identities[0]?.home as string, '--json']);
    running.push(left);
    await left.line((line) => line.includes('ready'));
    const path = join(ready.dir, 'sandbox.json');
    const state = JSON.parse(readFileSync(path, 'utf8'));
    // The second number is somebody else's by now: this test's.
    state.identities[0].pid = left.child.pid;
    state.identities[1].pid = process.pid;
    writeFileSync(path, JSON.stringify(state));
    const down = await runCli(['sandbox', 'down', '--dir', ready.dir, '--json']);
    expect(down.json).toMatchObject({ wasUp: false, orphans: ['alice.test'] });
    expect((await left.done).code).toBe(0);
  });

  it('does not come up over a state that it cannot read', async () => {
    const dir = temporaryDirectory();
    writeFileSync(join(dir, 'sandbox.json'), '{"version":1,"identities":[{"idTag":"../../etc","port":1,"pid":1}]}');
    for (const command of [['up', 'alice.test'], ['status'], ['down']]) {
      const result = await runCli(['sandbox', ...command, '--dir', dir, '--json']);
      expect([result.code, result.json.error.code]).toEqual([8, 'store.document']);
    }
  });

  it('serves an internationalised identity under its A-label', async () => {
    const { ready } = await up(['Bücher.test', '--dir', temporaryDirectory('with space ')]);
    const [books] = ready.identities;
    expect([books?.idTag, books?.home.endsWith('/homes/xn--bcher-kva.test')]).toEqual(['bücher.test', true]);
    const answer = hasCurl ? execFileSync('/bin/sh', ['-c', `${books?.curl} --silent`]).toString() : '"bücher.test"';
    expect(answer).toContain('"bücher.test"');
    expect((await firstLine(['sandbox', 'status', '--dir', ready.dir])).ok).toBe(true);
  });

  it('goes on when one server is killed, and says which is down', async () => {
    const { cli, ready } = await up(['alice.test', 'bob.test', '--dir', temporaryDirectory()]);
    process.kill(ready.identities[1]?.pid as number, 'SIGKILL');
    await gone({ ...ready, identities: ready.identities.slice(1) });
    const status = await runCli(['sandbox', 'status', '--dir', ready.dir, '--json']);
    expect(status.code).toBe(3);
    expect(status.json.servers.map((one: { answers: boolean }) => one.answers)).toEqual([true, false]);
    expect(status.json.servers[1].alive).toBe(false);
    cli.child.kill('SIGTERM');
    expect((await cli.done).stderr).toContain('bob.test');
  });
});

describe('sandbox up --ephemeral', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind after %s', async (signal) => {
    const { cli, ready } = await up(['alice.test', '--ephemeral']);
    cli.child.kill(signal);
    expect(await cli.done).toMatchObject({ code: 0 });
    expect(existsSync(ready.dir)).toBe(false);
    await gone(ready);
  });

  it('ends when a server ends by itself, and leaves nothing behind', async () => {
    const { cli, ready } = await up(['alice.test', 'bob.test', '--ephemeral']);
    process.kill(ready.identities[0]?.pid as number, 'SIGKILL');
    const { code, lines } = await cli.done;
    expect([code, lines.at(-1).error.code]).toEqual([1, 'internal.server-exit']);
    expect(existsSync(ready.dir)).toBe(false);
    await gone(ready);
  });

  it('leaves nothing behind when it is told to stop while it starts, nor when it is told twice', async () => {
    const parent = temporaryDirectory();
    const start = (dir: string) =>
      startCli(['sandbox', 'up', 'alice.test', 'bob.test', '--dir', dir, '--ephemeral', '--json']);
    const early = start(join(parent, 'early'));
    while (!existsSync(join(parent, 'early/sandbox.json'))) await new Promise(setImmediate);
    early.child.kill('SIGTERM');
    expect((await early.done).code).toBe(0);
    const twice = start(join(parent, 'twice'));
    const ready: Ready = JSON.parse(await twice.line(() => true));
    for (const { pid } of ready.identities) process.kill(pid, 'SIGSTOP');
    // Two of a kind may arrive as one.
    twice.child.kill('SIGINT');
    twice.child.kill('SIGTERM');
    await twice.done;
    for (const { pid } of ready.identities) process.kill(pid, 'SIGCONT');
    await gone(ready);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('does not delete what it did not make', async () => {
    const dir = temporaryDirectory();
    writeFileSync(join(dir, 'precious'), '');
    const kept = await up(['alice.test', '--dir', temporaryDirectory()]);
    kept.cli.child.kill('SIGTERM');
    await kept.cli.done;
    for (const place of [dir, kept.ready.dir]) {
      const before = readdirSync(place);
      const result = await runCli(['sandbox', 'up', 'alice.test', '--dir', place, '--ephemeral', '--json']);
      expect([result.code, result.json.error.code]).toEqual([8, 'home.not-empty']);
      expect(readdirSync(place)).toEqual(before);
    }
  });

  it('leaves nothing behind when it fails to start', async () => {
    const dir = join(temporaryDirectory(), 'd');
    const result = await runCli(['sandbox', 'up', 'no', '--dir', dir, '--ephemeral', '--json']);
    expect([result.code, existsSync(dir)]).toEqual([2, false]);
  });
});

describe('sandbox up --detach', () => {
  it('returns when it is ready, stays, and is ended by down', async () => {
    const dir = temporaryDirectory();
    detached.push(dir);
    const result = await runCli(['sandbox', 'up', 'alice.test', '--dir', dir, '--detach', '--json']);
    const ready: Ready = result.json;
    expect([result.code, schemaProblems('sandbox up', ready)]).toEqual([0, []]);
    expect((await firstLine(['sandbox', 'status', '--dir', dir])).ok).toBe(true);
    const down = await runCli(['sandbox', 'down', '--dir', dir, '--json']);
    expect(schemaProblems('sandbox down', down.json)).toEqual([]);
    expect([down.code, down.json.wasUp]).toEqual([0, true]);
    await gone(ready);
    const again = await runCli(['sandbox', 'down', '--dir', dir, '--json']);
    expect([again.code, again.json.wasUp]).toEqual([0, false]);
  });

  it('says why it could not start', async () => {
    const dir = temporaryDirectory();
    const result = await runCli(['sandbox', 'up', 'no', '--dir', dir, '--detach', '--json']);
    expect([result.code, result.json.error.code]).toEqual([2, 'usage.id-tag']);
  });
});

describe('sandbox cert and --member', () => {
  it("take in a server that isn't ours", async () => {
    const dir = temporaryDirectory();
    const issued = await runCli(['sandbox', 'cert', 'Carol.test', '--dir', dir, '--json']);
    expect(schemaProblems('sandbox cert', issued.json)).toEqual([]);
    const { cert, key, ca } = issued.json;
    const { stdout } = await runCli(['sandbox', 'cert', 'carol.test', '--dir', dir]);
    expect(stdout).toMatch(/valid until \d{4}-\d\d-\d\d \d\d:\d\dZ\n/);
    const profile = { idTag: 'carol.test', name: 'Carol', type: 'person', keys: [] };
    const foreign = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: profile, time: '2026-01-31T12:00:00Z', reqId: 'x' }));
    });
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    try {
      const { port } = foreign.address() as AddressInfo;
      const { ready } = await up(['alice.test', '--dir', dir, '--member', `carol.test=127.0.0.1:${port}`]);
      expect(ready.ca).toBe(ca);
      const home = ready.identities[0]?.home as string;
      expect((await runCli(['fetch-profile', 'carol.test', '--home', home, '--json'])).json.idTag).toBe('carol.test');
      expect((await runCli(['dns-check', 'carol.test', '--home', home])).code).toBe(0);
      expect((await firstLine(['sandbox', 'status', '--dir', dir])).ok).toBe(true);
    } finally {
      foreign.closeAllConnections();
      foreign.close();
    }
    expect((await runCli(['sandbox', 'status', '--dir', dir])).code).toBe(3);
  });

  it('keep a certificate that lasts, and never write over another file', async () => {
    const dir = temporaryDirectory();
    const out = temporaryDirectory();
    const cert = () => runCli(['sandbox', 'cert', 'carol.test', '--dir', dir, '--out-dir', out, '--json']);
    expect((await cert()).json).toMatchObject({ issued: true, cert: join(out, 'cert.pem') });
    expect((await cert()).json).toMatchObject({ issued: false });
    writeFileSync(join(out, 'key.pem'), 'the only key of somebody');
    const refused = await cert();
    expect([refused.code, refused.json.error.code]).toEqual([8, 'key.exists']);
    expect(readFileSync(join(out, 'key.pem'), 'utf8')).toBe('the only key of somebody');
  });
});

describe('without a sandbox', () => {
  it.each(['status', 'down'])('%s says so', async (command) => {
    const dir = join(temporaryDirectory(), 'none');
    const result = await runCli(['sandbox', command, '--dir', dir, '--json']);
    expect([result.code, result.json.error.code, existsSync(dir)]).toEqual([8, 'home.no-sandbox', false]);
  });
});

describe('sandbox demo', () => {
  it('shows one identity following another and leaves nothing behind', async () => {
    const { code, lines } = await runCli(['sandbox', 'demo', '--once', '--json'], { timeout: 60_000 });
    const [ready, ...steps] = lines;
    expect(code).toBe(0);
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['fetch-profile', true],
      ['follow', true],
      ['relations', true],
    ]);
    for (const line of lines) expect(schemaProblems('sandbox demo', line)).toEqual([]);
    expect(existsSync(ready.dir)).toBe(false);
  });
});
