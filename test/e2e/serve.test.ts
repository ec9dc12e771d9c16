import { once } from 'node:events';
import { copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { exportPrivateKey, generateKeyPair } from '../../src/protocol/keys.ts';
import { makeAuthority } from '../support/certificates.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';
import { schemaProblems } from '../support/schemas.ts';

interface Ready {
  url: string;
  address: string;
  port: number;
  pid: number;
  idTags: string[];
}

let authority: Awaited<ReturnType<typeof makeAuthority>>;
beforeAll(async () => {
  authority = await makeAuthority();
});

async function makeHome(...idTags: string[]): Promise<string> {
  const home = join(temporaryDirectory(), 'home');
  for (const idTag of idTags) {
    const { code, stderr } = await runCli(['init', idTag, '--home', home, '--yes']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }
  return home;
}

async function serve(home: string, ...flags: string[]): Promise<RunningCli & { ready: Ready }> {
  const running = startCli(['serve', '--home', home, '--port', '0', '--json', ...flags]);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  const ready: Ready = JSON.parse(await running.line((line) => line.startsWith('{"ready"')));
  return { ...running, ready };
}

describe('plain HTTP', () => {
  it('tells when it is ready, answers, logs without secrets, and stops on SIGTERM', async () => {
    const home = await makeHome('alice.test', 'münchen.test');
    const server = await serve(home, '--plain-http');
    const { url, port, pid, idTags } = server.ready;
    expect(server.ready).toMatchObject({ ready: true, address: '127.0.0.1', idTags: ['alice.test', 'münchen.test'] });
    expect(pid).toBe(server.child.pid);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(idTags).toHaveLength(2);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await raw(port, 'NOT HTTP\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*E-VAL-INVALID/);
    const head = 'POST /api/inbox HTTP/1.1\r\nHost: cl-o.alice.test\r\nContent-Type: application/json\r\n';
    const big = await raw(port, `${head}Content-Length: 10000000\r\n\r\n{"token":"`);
    expect(big).toMatch(/^HTTP\/1\.1 413 [\s\S]*E-VAL-INVALID/);
    const secret = 'eyJhbGciOiJub25lIn0.e30.c2VjcmV0';
    await fetch(`${url}/api/auth/access-token?token=${secret}`, { headers: { authorization: `Bearer ${secret}` } });
    server.child.kill('SIGTERM');
    const { code, stderr, stdout } = await server.done;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('"path":"/api/auth/access-token"');
    expect(stderr).not.toContain(secret);
    const messages = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg);
    expect(messages.slice(-2)).toEqual(['stopping', 'stopped']);
    // The lock is free again.
    expect((await serve(home, '--plain-http')).ready.idTags).toHaveLength(2);
  });

  it('says at its start which identity can not sign', async () => {
    const home = await makeHome('alice.test');
    const keys = join(home, 'identities/alice.test/keys');
    const [file = ''] = readdirSync(keys);
    writeFileSync(join(keys, file), exportPrivateKey(generateKeyPair().privateKey));
    const server = await serve(home, '--plain-http');
    await vi.waitUntil(() => server.stderr().includes('an identity can not sign'), { timeout: 30_000 });
    expect(server.stderr()).toContain('key.mismatch');
  });

  it('runs every background worker, and shows them in its status', async () => {
    const home = await makeHome('alice.test');
    await serve(home, '--plain-http');
    const { json } = await runCli(['status', '--home', home, '--json']);
    expect(schemaProblems('status', json)).toEqual([]);
    expect(json.workers.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`)).toEqual([
      'delivery running',
      'parked running',
      'counts running',
      'history running',
      'profiles running',
      'attachments running',
      'sweep running',
      'compaction running',
    ]);
    expect((await runCli(['status', '--home', home])).stdout).toContain('8 of 8 running');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s lets a request in work finish, and takes no new ones', async (signal) => {
    const server = await serve(await makeHome('alice.test'), '--plain-http');
    const socket = connect(server.ready.port, '127.0.0.1');
    await once(socket, 'connect');
    const body = '{"token":"not.a.token"}';
    const head = `POST /api/inbox HTTP/1.1\r\nHost: cl-o.alice.test\r\nContent-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`);
    // The server has the first half when it has answered a later request of another connection.
    expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
    server.child.kill(signal);
    await vi.waitUntil(() => refuses(server.ready.port), { timeout: 30_000 });
    socket.write(body.slice(5));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 [\s\S]*E-VAL-INVALID/);
    const answered = Date.now();
    expect((await server.done).code).toBe(0);
    // Its connection would have been kept alive: it is closed, not waited for.
    expect(Date.now() - answered).toBeLessThan(5_000);
  });

  it('writes the ready line to a file descriptor', async () => {
    const home = await makeHome('alice.test');
    const path = join(home, '..', 'ready');
    const { spawn } = await import('node:child_process');
    const { CLI_PATH } = await import('../support/run-cli.ts');
    const flags = ['serve', '--home', home, '--plain-http', '--port', '0', '--ready-fd', '3', '--quiet'];
    const child = spawn(process.execPath, [CLI_PATH, ...flags], {
      stdio: ['ignore', 'ignore', 'ignore', openSync(path, 'w')],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await vi.waitUntil(() => readFileSync(path, 'utf8').endsWith('\n'), { timeout: 30_000 });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ ready: true, pid: child.pid });
  });

  it('goes with its parent when told to', async () => {
    const home = await makeHome('alice.test');
    const flags = ['--home', home, '--plain-http', '--port', '0', '--json', '--exit-on-stdin-close'];
    const server = startCli(['serve', ...flags], { keepStdin: true });
    onTestFinished(() => void server.child.kill('SIGKILL'));
    await server.line((line) => line.startsWith('{"ready"'));
    server.child.stdin?.end();
    expect((await server.done).code).toBe(0);
  });

  it('commands work while it runs, and what they change is seen at once', async () => {
    const home = await makeHome('alice.test');
    const server = await serve(home, '--plain-http');
    const keys = async () => {
      const answer = await rawGet(server.ready.port, '/api/me', 'cl-o.alice.test');
      return JSON.parse(answer).data.keys as { keyId: string }[];
    };
    expect(await keys()).toHaveLength(1);
    const rotated = await runCli(['keygen', '--rotate', '--home', home, '--json']);
    expect(rotated.code).toBe(0);
    expect(await keys()).toHaveLength(2);
  });
});

describe('TLS', () => {
  async function certified(home: string): Promise<{ cert: string; key: string; flags: string[] }> {
    const [cert, key] = [join(home, '..', 'cert.pem'), join(home, '..', 'key.pem')];
    await renew({ cert, key });
    return { cert, key, flags: ['--tls-cert', cert, '--tls-key', key] };
  }
  async function renew({ cert, key }: { cert: string; key: string }): Promise<void> {
    const issued = await authority.issue(['alice.test', 'cl-o.alice.test', 'cl-o.bob.test']);
    writeFileSync(key, issued.key);
    writeFileSync(cert, issued.cert);
  }

  it('speaks HTTPS; SNI and Host of different identities are 421', async () => {
    const home = await makeHome('alice.test', 'bob.test');
    const server = await serve(home, ...(await certified(home)).flags);
    const get = (servername: string, host: string) => secureGet(server.ready.port, servername, host);
    expect(server.ready.url).toMatch(/^https:/);
    expect((await get('cl-o.alice.test', 'cl-o.alice.test')).status).toBe(200);
    expect((await get('alice.test', 'cl-o.alice.test')).status).toBe(200);
    expect((await get('cl-o.alice.test', 'cl-o.bob.test')).status).toBe(421);
    expect((await get('cl-o.alice.test', 'cl-o.eve.test')).status).toBe(404);
  });

  it('reads a renewed certificate when the files change and on SIGHUP, and keeps the old one when the new is bad', async () => {
    const home = await makeHome('alice.test');
    const files = await certified(home);
    const server = await serve(home, ...files.flags);
    const serial = () => serialOf(server.ready.port);
    const first = await serial();
    await renew(files);
    await vi.waitUntil(async () => (await serial()) !== first, { timeout: 30_000, interval: 200 });
    const second = await serial();
    copyFileSync(files.cert, `${files.cert}.good`);
    writeFileSync(files.cert, 'rubbish');
    server.child.kill('SIGHUP');
    await vi.waitUntil(() => logged(server, 'certificate not loaded'), { timeout: 30_000 });
    expect(await serial()).toBe(second);
    await renew(files);
    server.child.kill('SIGHUP');
    await vi.waitUntil(async () => (await serial()) !== second, { timeout: 30_000, interval: 50 });
  });
});

describe('a certificate that peers refuse', () => {
  const install = (home: string, { cert, key }: { cert: string; key: string }): string[] => {
    const paths = [join(home, '..', 'cert.pem'), join(home, '..', 'key.pem')] as const;
    writeFileSync(paths[1], key);
    writeFileSync(paths[0], cert);
    return ['--tls-cert', paths[0], '--tls-key', paths[1]];
  };
  const names = ['alice.test', 'cl-o.alice.test'];
  const warned = (stderr: string, code: string) =>
    stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ msg, error }) => msg === 'peers may refuse the certificate' && error.code === code);

  it.each([
    ['has expired', 'tls.expired', 'expired 20', () => authority.issue(names, { days: -1 })],
    ['is for another name', 'tls.name', 'is not for cl-o.alice.test', () => authority.issue(['alice.test'])],
    [
      'lacks its chain',
      'tls.untrusted',
      'full chain',
      async () => (await authority.intermediate('Between')).issue(names),
    ],
  ] as const)('is served with a warning when it %s', async (_, code, text, make) => {
    const home = await makeHome('alice.test');
    const server = await serve(home, ...install(home, await make()));
    server.child.kill('SIGTERM');
    const { stderr } = await server.done;
    const [warning] = warned(stderr, code);
    // pino's number for a warning.
    expect(warning).toMatchObject({ level: 40 });
    expect(`${warning.error.message} ${warning.error.hint}`).toContain(text);
  });

  it('is warned of where it is the own one of an identity', async () => {
    const home = await makeHome('alice.test', 'bob.test');
    const flags = install(home, await authority.issue(names));
    const { cert, key } = await authority.issue(['cl-o.bob.test', 'bob.test'], { days: -1 });
    const directory = join(home, 'identities/bob.test/tls');
    mkdirSync(directory);
    writeFileSync(join(directory, 'cert.pem'), cert);
    writeFileSync(join(directory, 'key.pem'), key);
    const server = await serve(home, ...flags);
    server.child.kill('SIGTERM');
    const { stderr } = await server.done;
    expect(warned(stderr, 'tls.expired')).toMatchObject([
      { error: { message: expect.stringContaining(join('bob.test/tls', 'cert.pem')) } },
    ]);
  });

  it('never takes the place of one that they take', async () => {
    const home = await makeHome('alice.test');
    const server = await serve(home, ...install(home, await authority.issue(names)));
    const first = await serialOf(server.ready.port);
    const refused = () => (logs.get(server.child) ?? '').split('certificate not loaded').length - 1;
    for (const bad of [await authority.issue(names, { days: -1 }), await authority.issue(['cl-o.eve.test'])]) {
      const before = refused();
      install(home, bad);
      await vi.waitUntil(() => logged(server, 'certificate not loaded') && refused() > before, { timeout: 30_000 });
      expect(await serialOf(server.ready.port)).toBe(first);
    }
  });
});

it.each([
  ['a handshake that is never done', true],
  ['a connection that asks for nothing', false],
])('%s doesn’t delay a stop', async (_, tls) => {
  const home = await makeHome('alice.test');
  const files = { cert: join(home, '..', 'cert.pem'), key: join(home, '..', 'key.pem') };
  const issued = await authority.issue(['alice.test', 'cl-o.alice.test']);
  writeFileSync(files.cert, issued.cert);
  writeFileSync(files.key, issued.key);
  const server = await serve(home, ...(tls ? ['--tls-cert', files.cert, '--tls-key', files.key] : ['--plain-http']));
  const address = { port: server.ready.port, host: '127.0.0.1' };
  const silent = connect(address).on('error', () => {});
  onTestFinished(() => void silent.destroy());
  await once(silent, 'connect');
  const busy = tls ? tlsConnect({ ...address, servername: 'cl-o.alice.test', ca: authority.ca }) : connect(address);
  onTestFinished(() => void busy.destroy());
  await once(busy, tls ? 'secureConnect' : 'connect');
  busy.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n');
  await once(busy, 'data');
  server.child.kill('SIGTERM');
  // The request in work has its time still.
  await once(silent.resume(), 'close');
  busy.write('Host: x\r\n\r\n');
  expect(String((await once(busy, 'data'))[0])).toMatch(/^HTTP\/1\.1 /);
  expect((await server.done).code).toBe(0);
});

describe('the connections of one address', () => {
  const MOST = 256;

  /** Opens one more than may be. @returns whether the last one is answered */
  async function lastIsAnswered(port: number): Promise<boolean> {
    const open = async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
      return socket;
    };
    for (let count = 0; count < MOST; count += 1) await open();
    const last = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void last.destroy());
    last.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    return new Promise((resolve) => {
      last.once('data', () => resolve(true)).once('close', () => resolve(false));
    });
  }

  it.each([
    ['are limited', ['--plain-http'], false],
    ['are not limited without rate limits', ['--plain-http', '--no-rate-limits'], true],
    ['are not limited when it is a proxy', ['--behind-proxy', '--trusted-proxy', '127.0.0.1'], true],
  ])('%s', async (_, flags, answered) => {
    const server = await serve(await makeHome('alice.test'), ...flags);
    expect(await lastIsAnswered(server.ready.port)).toBe(answered);
    server.child.kill('SIGTERM');
    const { stderr } = await server.done;
    expect(stderr.includes('"most":256')).toBe(!answered);
  });
});

describe('what can’t be served', () => {
  const failure = async (home: string, ...flags: string[]) => {
    const { code, json } = await runCli(['serve', '--home', home, '--json', ...flags]);
    return { code, error: json.error.code, hint: json.error.hint };
  };

  it('a port in use is named, with what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const home = await makeHome('alice.test');
    const { code, json } = await runCli(['serve', '--home', home, '--json', '--plain-http', '--port', String(port)]);
    expect([code, json.error.code]).toEqual([4, 'network.port-in-use']);
    expect(json.error.message).toContain(String(port));
    expect(json.error.hint).toContain('--port');
    // It didn't keep the home.
    expect((await serve(home, '--plain-http')).ready.port).toBeGreaterThan(0);
  });

  it('where nobody can be told that it is ready: it ends, and lets the home go', async () => {
    const home = await makeHome('alice.test');
    const unopened = ['--plain-http', '--port', '0', '--ready-fd', '99'];
    expect(await failure(home, ...unopened)).toMatchObject({ code: 2, error: 'usage.ready-fd' });
    expect((await serve(home, '--plain-http')).ready.port).toBeGreaterThan(0);
  });

  it('a home that is served already', async () => {
    const home = await makeHome('alice.test');
    await serve(home, '--plain-http');
    expect(await failure(home, '--plain-http', '--port', '0')).toMatchObject({ code: 8, error: 'home.busy' });
  });

  it('without a certificate, or with a bad one, or in the open', async () => {
    const home = await makeHome('alice.test');
    expect(await failure(home)).toMatchObject({ code: 2, error: 'usage.tls' });
    expect(await failure(home, '--plain-http', '--host', '0.0.0.0')).toMatchObject({
      code: 2,
      error: 'usage.plain-http',
    });
    expect(await failure(home, '--behind-proxy')).toMatchObject({ code: 2, error: 'usage.trusted-proxy' });
    const nonsense = ['--behind-proxy', '--trusted-proxy', 'nonsense'];
    expect(await failure(home, ...nonsense)).toMatchObject({ code: 2, error: 'usage.setting' });
    const missing = ['--tls-cert', join(home, 'none.pem'), '--tls-key', join(home, 'none.pem')];
    expect(await failure(home, ...missing)).toMatchObject({ code: 6, error: 'tls.unreadable' });
    const [one, two] = [await authority.issue(['a.test']), await authority.issue(['a.test'])];
    const [cert, key] = [join(home, '..', 'a.pem'), join(home, '..', 'b.pem')];
    writeFileSync(cert, one.cert);
    writeFileSync(key, two.key);
    expect(await failure(home, '--tls-cert', cert, '--tls-key', key)).toMatchObject({
      code: 6,
      error: 'tls.certificate',
    });
    expect(await failure(join(home, 'nothing'), '--plain-http')).toMatchObject({ code: 8, error: 'home.missing' });
  });
});

async function refuses(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

function logged({ child }: RunningCli, text: string): boolean {
  return logs.get(child)?.includes(text) ?? watch(child);
}

const logs = new WeakMap<object, string>();
function watch(child: RunningCli['child']): boolean {
  logs.set(child, '');
  child.stderr?.on('data', (chunk: string) => logs.set(child, `${logs.get(child)}${chunk}`));
  child.kill('SIGHUP');
  return false;
}

function secureGet(port: number, servername: string, host: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });
    const options = { port, host: '127.0.0.1', servername, headers: { host }, ca: authority.ca, agent };
    const request = httpsRequest({ ...options, path: '/api/me' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject).end();
  });
}

async function serialOf(port: number): Promise<string> {
  const socket = tlsConnect({ port, host: '127.0.0.1', servername: 'cl-o.alice.test', ca: authority.ca });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function rawGet(port: number, path: string, host: string): Promise<string> {
  const text = await raw(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}
