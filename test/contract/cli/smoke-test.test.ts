import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LARGE_PROBE_TOKEN, PROBE_TOKEN } from '../../../src/protocol/probe-token.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { startBlackhole } from '../../support/blackhole.ts';
import { makeAuthority } from '../../support/certificates.ts';
import {
  answer,
  type Handler,
  json,
  type Lab,
  type Peer,
  refuse,
  startLab,
  trustedAuthority,
} from '../../support/lab.ts';
import { makeIdentity, networkFile, save } from '../../support/lab-identity.ts';
import { startNameServer } from '../../support/name-server.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { type Oddity, serveWell, wellHandler } from '../../support/well-server.ts';

const alice = makeIdentity('alice.test');

const smokeTest = (lab: Lab, ...args: string[]) =>
  runCli(['smoke-test', '--network', networkFile(lab), '--timeout', '5s', ...args]);

/** An instance that is well, but for what `odd` answers in its own way. */
const serve = (lab: Lab, odd?: Oddity['odd']): Promise<Peer> =>
  serveWell(lab, { identity: alice, ...(odd && { odd }) });

/** Answers `/api/me` with other keys. */
const withKeys = (keys: object[]) => (lab: Lab) =>
  serve(lab, ({ url, headers }, response) => {
    if (url !== '/api/me' || headers['if-none-match'] !== undefined) return false;
    answer(response, { ...alice.profile, keys }, { headers: { etag: '"v1"' } });
    return true;
  });

/** Answers one path in its own way. */
const withAnswer = (path: string, reply: Handler) => (lab: Lab) =>
  serve(lab, (request, response) => {
    if (!request.url.startsWith(path)) return false;
    reply(request, response);
    return true;
  });

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });

describe('smoke-test', () => {
  it('passes what answers as the network does, and asks for nothing that changes anything', async () => {
    const lab = await startLab();
    const peer = await serve(lab);
    const run = await smokeTest(lab, 'alice.test', '--json');
    expect(run).toMatchObject({ code: 0, stderr: '', json: { idTag: 'alice.test', passed: true } });
    expect(schemaProblems('smoke-test', run.json)).toEqual([]);
    expect(run.json.checks.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`)).toEqual([
      'dns pass',
      'tcp pass',
      'tls pass',
      'http pass',
      'profile pass',
      'keys pass',
      'clock pass',
      'caching pass',
      'app-domain pass',
      'errors pass',
      'inbox pass',
      'websocket pass',
      'access skip',
    ]);
    // What the inbox gets is refused before anything of it is verified.
    const sent = peer.requests.filter(({ method }) => method !== 'GET').map(({ url, body }) => [url, body]);
    const probes = [PROBE_TOKEN, LARGE_PROBE_TOKEN];
    expect(sent).toEqual(probes.map((token) => ['/api/inbox/sync', JSON.stringify({ token })]));
    const text = await smokeTest(lab, 'alice.test');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^✓ alice\.test {2}12 of 12 passed {2}\d+ ms\n\n {2}✓ dns {9}.*127\.0\.0\.1\n/);
    expect(text.stdout.trimEnd().split('\n')).toHaveLength(15);
  });

  it.each<[string, number, Record<string, string>, (lab: Lab) => Promise<unknown>, string[]?]>([
    ['no such name', 3, { dns: 'check.dns' }, async () => {}],
    [
      'an app domain that leads elsewhere',
      3,
      { dns: 'check.dns' },
      async (lab) => {
        await serve(lab);
        lab.dns.names.set('alice.test', ['127.0.0.2']);
      },
    ],
    [
      'a name server that fails',
      5,
      { dns: 'dns.servfail' },
      async (lab) => {
        for (const name of ['alice.test', 'cl-o.alice.test']) lab.dns.names.set(name, 'SERVFAIL');
      },
    ],
    ['no server', 4, { tcp: 'network.refused' }, async (lab) => (await serve(lab)).close()],
    ['a server that hangs', 4, { http: 'network.timeout' }, (lab) => lab.peer('alice.test', () => {})],
    [
      'another authority',
      6,
      { tls: 'tls.untrusted' },
      async (lab) => lab.peer('alice.test', () => {}, await (await makeAuthority('X')).issue(['cl-o.alice.test'])),
    ],
    ['a certificate that ends soon', 3, { tls: 'check.certificate' }, (lab) => serve(lab), ['--min-validity', '30d']],
    [
      "somebody else's profile",
      7,
      { profile: 'peer.mismatch' },
      withAnswer('/api/me', (_, response) => answer(response, makeIdentity('bob.test').profile)),
    ],
    ['no key', 3, { keys: 'check.keys' }, withKeys([])],
    [
      'a broken key beside a good one',
      3,
      { keys: 'check.keys' },
      withKeys([...alice.profile.keys, { keyId: 'x', publicKey: p256.toString('base64') }]),
    ],
    [
      'keys that have expired',
      3,
      { keys: 'check.keys' },
      withKeys([{ ...alice.profile.keys[0], expiresAt: inDays(-1) }]),
    ],
    ['a key that ends soon', 3, { keys: 'check.keys' }, withKeys([{ ...alice.profile.keys[0], expiresAt: inDays(3) }])],
    [
      'no ETag',
      3,
      { caching: 'check.caching' },
      withAnswer('/api/me', (_, response) => answer(response, alice.profile)),
    ],
    [
      'an ETag that counts for nothing',
      3,
      { caching: 'check.caching' },
      withAnswer('/api/me', (_, response) => answer(response, alice.profile, { headers: { etag: '"v1"' } })),
    ],
    [
      'an app domain of somebody else',
      3,
      { 'app-domain': 'check.app-domain' },
      withAnswer('/.well-known/', (_, response) => json(response, { idTag: 'bob.test' })),
    ],
    [
      'an app domain that is a web page',
      7,
      { 'app-domain': 'peer.invalid' },
      withAnswer('/.well-known/', (_, response) => void response.end('<html>')),
    ],
    [
      'an action that nobody made',
      3,
      { errors: 'check.errors' },
      withAnswer('/api/actions/', (_, response) => answer(response, {})),
    ],
    [
      'an error in another form',
      3,
      { errors: 'check.errors' },
      withAnswer('/api/actions/', (_, response) => json(response, { message: 'Not found' }, { status: 404 })),
    ],
    [
      'an error that is no JSON',
      7,
      { errors: 'peer.invalid' },
      withAnswer('/api/actions/', (_, response) => void response.writeHead(404).end('Not found')),
    ],
  ])('tells %s, and nothing else', async (_what, exit, failures, prepare, args = []) => {
    const lab = await startLab();
    await prepare(lab);
    const run = await smokeTest(lab, 'alice.test', '--json', ...args);
    expect(schemaProblems('smoke-test', run.json)).toEqual([]);
    const failed = run.json.checks.filter(({ status }: { status: string }) => status === 'fail');
    expect(Object.fromEntries(failed.map(({ id, code }: { id: string; code: string }) => [id, code]))).toEqual(
      failures,
    );
    expect(run).toMatchObject({ code: exit, stderr: '', json: { passed: false } });
  });

  it('asks each address of a name, and names the one that is dead', async () => {
    const lab = await startLab();
    const peer = await serve(lab);
    const living = { address: '127.0.0.1', port: peer.port };
    const refusing = { address: '127.0.0.9', port: peer.port };
    lab.network.endpoints['alice.test'] = { ...living, others: [refusing] };
    const run = await smokeTest(lab, 'alice.test', '--json');
    expect(schemaProblems('smoke-test', run.json)).toEqual([]);
    expect(run).toMatchObject({ code: 4, json: { passed: false } });
    const failed = run.json.checks.filter(({ status }: { status: string }) => status === 'fail');
    expect(failed).toMatchObject([
      {
        id: 'tcp',
        code: 'network.refused',
        reason: '127.0.0.9 refused the connection; 1 of 2 addresses answer',
        hint: expect.stringContaining('127.0.0.9'),
        addresses: [
          { address: '127.0.0.1', outcome: 'connected' },
          { address: '127.0.0.9', outcome: 'failed', code: 'network.refused' },
        ],
      },
    ]);
    lab.network.endpoints['alice.test'] = {
      address: '127.0.0.2',
      port: await startBlackhole('127.0.0.2'),
      others: [living],
    };
    const silent = await smokeTest(lab, 'alice.test');
    expect(silent.code).toBe(4);
    expect(silent.stdout).toContain('127.0.0.2 did not answer; 1 of 2 addresses answer');
  });

  it('calls a private address wrong, which every peer refuses', async () => {
    const { port } = await startNameServer({ 'alice.test': ['10.0.0.5'], 'cl-o.alice.test': ['10.0.0.5'] });
    const network = save('network.json', {
      version: 1,
      dns: `127.0.0.1:${port}`,
      ca: (await makeAuthority()).ca,
      endpoints: {},
    });
    const run = await runCli(['smoke-test', 'alice.test', '--network', network, '--json']);
    expect(run).toMatchObject({ code: 3, json: { passed: false } });
    expect(run.json.checks[0]).toMatchObject({
      id: 'dns',
      code: 'check.dns',
      reason: 'cl-o.alice.test has 10.0.0.5 (private); alice.test has 10.0.0.5 (private)',
    });
  });

  it('says of several addresses that all of them answer', async () => {
    const lab = await startLab();
    const peer = await serve(lab);
    const certificate = await (await trustedAuthority()).issue(['alice.test', 'cl-o.alice.test']);
    const { port } = await lab.stranger('127.0.0.2', wellHandler(alice), certificate);
    const others = [{ address: '127.0.0.2', port }];
    lab.network.endpoints['alice.test'] = { address: '127.0.0.1', port: peer.port, others };
    const run = await smokeTest(lab, 'alice.test');
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/✓ tcp +each of 127\.0\.0\.1:\d+, 127\.0\.0\.2:\d+ answers\n/);
  });

  it('signs in when told to, and tells when it is not let in', async () => {
    const lab = await startLab();
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'carol.test' });
    let good = true;
    const peer = await serve(lab, ({ url, headers }, response) => {
      if (url.startsWith('/api/auth/access-token')) {
        if (good) answer(response, { token: 'e30.e30.e30' });
        else refuse(response, 401, 'E-AUTH-UNAUTH');
        return true;
      }
      if (url !== '/api/actions?limit=1' || headers.authorization !== 'Bearer e30.e30.e30') return false;
      answer(response, []);
      return true;
    });
    const access = async (as: string) => {
      const { code, json: report } = await smokeTest(lab, 'alice.test', '--home', home, '--as', as, '--json');
      return [code, report.checks?.at(-1) ?? report.error.code];
    };
    expect(await access('carol.test')).toMatchObject([0, { id: 'access', status: 'pass' }]);
    expect(peer.requests.some(({ url }) => url.startsWith('/api/auth/access-token?token='))).toBe(true);
    good = false;
    expect(await access('carol.test')).toMatchObject([7, { id: 'access', status: 'fail', code: 'peer.refused' }]);
    // Nothing is wrong with the instance then.
    expect(await access('dave.test')).toEqual([8, 'home.identity-missing']);
  });

  it('waits until all of it passes, or for as long as it was told', async () => {
    const lab = await startLab();
    let looks = 0;
    await serve(lab, ({ url }, response) => {
      if (!url.startsWith('/api/actions/')) return false;
      looks += 1;
      refuse(response, looks === 1 ? 500 : 404, 'E-CORE-NOTFOUND');
      return true;
    });
    expect(await smokeTest(lab, 'alice.test', '--wait', '20s', '--json')).toMatchObject({
      code: 0,
      json: { passed: true },
    });
    expect(looks).toBe(2);
    const late = await smokeTest(lab, 'alice.test', '--wait', '1s', '--min-validity', '30d', '--json');
    expect(late).toMatchObject({ code: 9, json: { passed: false } });
  });

  it('tests several, in their order, with the most telling exit code', async () => {
    const lab = await startLab();
    await serve(lab);
    const closed = await lab.peer('bob.test', () => {});
    await closed.close();
    const run = await smokeTest(lab, 'bob.test', 'alice.test', '--json');
    expect(run.lines.map(({ idTag, passed }) => [idTag, passed])).toEqual([
      ['bob.test', false],
      ['alice.test', true],
    ]);
    expect(run.code).toBe(4);
    expect(await smokeTest(lab, 'bob.test', 'alice.test', 'nobody.test', '--json')).toMatchObject({ code: 3 });
    expect(await smokeTest(lab, 'bob.test', 'a_b.test', '--json')).toMatchObject({
      code: 2,
      json: { error: { code: 'usage.id-tag' } },
    });
  });

  it('writes reports for CI servers, whatever the instance calls itself', async () => {
    const lab = await startLab();
    await serve(lab, ({ url }, response) => {
      if (url !== '/.well-known/cloudillo/id-tag') return false;
      json(response, { idTag: '<&"\u0007# ]]>' });
      return true;
    });
    const [tap, junit] = await Promise.all(
      ['tap', 'junit'].map((format) => smokeTest(lab, 'alice.test', '--report', `${format}=-`)),
    );
    expect(tap).toMatchObject({ code: 3, stderr: expect.stringMatching(/^✗ alice\.test {2}11 of 12 passed/) });
    const lines = tap?.stdout.trimEnd().split('\n') ?? [];
    expect(lines[0]).toBe('TAP version 14');
    expect(lines.filter((line) => /^(not )?ok \d+ - alice\.test /.test(line))).toHaveLength(13);
    const at = lines.indexOf('not ok 9 - alice.test app-domain');
    expect(lines.slice(at + 1, at + 8)).toEqual([
      '  ---',
      '  code: "check.app-domain"',
      expect.stringMatching(/^ {2}message: "alice\.test names <&\\".*# \]\]>"$/),
      expect.stringMatching(/^ {2}hint: ".+"$/),
      '  evidence:',
      expect.stringMatching(/^ {4}- ".+"$/),
      '  ...',
    ]);
    expect(lines.at(-1)).toBe('1..13');

    expect(junit).toMatchObject({ code: 3 });
    expect(junit?.stdout).toMatch(
      /<testsuite name="alice\.test" tests="13" failures="1" errors="0" skipped="1" time="\d+\.\d{3}" timestamp="[^"]+Z">/,
    );
    expect(junit?.stdout).toMatch(
      /<testcase classname="alice\.test" name="app-domain" time="\d\.\d{3}"><failure type="check\.app-domain" message="alice\.test names &lt;&amp;&quot;[^<>"]*# \]\]&gt;">[^<]+<\/failure><\/testcase>/,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them.
    expect(junit?.stdout).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f]/);
  });
});
