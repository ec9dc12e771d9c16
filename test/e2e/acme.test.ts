import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openAuthority } from '../../src/federation/acme/authority.ts';
import { authorityNetwork } from '../../src/federation/acme/authority-network.ts';
import { createRequester } from '../../src/federation/http/request.ts';
import { labPort } from '../support/lab-port.ts';
import { type NameServer, startNameServer } from '../support/name-server.ts';
import { HAS_PEBBLE, type Intercept, type Pebble, startAcmeProxy, startPebble } from '../support/pebble.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';
import { schemaProblems } from '../support/schemas.ts';

const WAIT = { timeout: 60_000, interval: 100 };

async function makeHome(...idTags: string[]): Promise<string> {
  const home = join(temporaryDirectory(), 'home');
  for (const idTag of idTags) await init(home, idTag);
  return home;
}

async function init(home: string, idTag: string): Promise<void> {
  const { code, stderr } = await runCli(['init', idTag, '--home', home, '--yes']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

/** A name server to which both names of each identity are known. */
function namesOf(...idTags: string[]): Promise<NameServer> {
  return startNameServer(
    Object.fromEntries(idTags.flatMap((idTag) => [idTag, `cl-o.${idTag}`].map((name) => [name, ['127.0.0.1']]))),
  );
}

interface Served extends RunningCli {
  port: number;
  /** Resolves with the parsed log line of a message, after so many others of it. */
  logged(message: string, count?: number): Promise<Record<string, unknown>>;
}

interface ServeOptions {
  port: number;
  directory: string;
  caFile: string;
  flags?: string[];
  env?: Record<string, string>;
}

async function serve(home: string, options: ServeOptions): Promise<Served> {
  const { port, directory, caFile, flags = ['--acme-agree'], env = {} } = options;
  const running = startCli(
    ['serve', '--home', home, '--port', String(port), '--json', '--acme', '--acme-directory', directory, ...flags],
    { env: { CLOUDILLO_ACME_CA: caFile, ...env }, timeout: 150_000 },
  );
  onTestFinished(() => void running.child.kill('SIGKILL'));
  await running.line((line) => line.startsWith('{"ready"'));
  const logged = (message: string, count = 1) =>
    vi.waitFor(() => {
      const lines = running
        .stderr()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const found = lines.filter(({ msg }) => msg === message);
      expect(found.length, running.stderr()).toBeGreaterThanOrEqual(count);
      return found[count - 1];
    }, WAIT);
  return { ...running, port, logged };
}

/** The certificate that is shown for a name, when a client that trusts this root only takes it. */
function shown(port: number, name: string, ca?: string): Promise<{ serial: string; names: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      servername: name,
      host: '127.0.0.1',
      ...(ca ? { ca } : { rejectUnauthorized: false }),
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const { serialNumber, subjectaltname } = socket.getPeerCertificate();
      socket.destroy();
      resolve({ serial: serialNumber, names: subjectaltname ?? '' });
    });
  });
}

async function authorityFor(...idTags: string[]): Promise<{ port: number; dns: NameServer; pebble: Pebble }> {
  const port = await labPort();
  const dns = await namesOf(...idTags);
  return { port, dns, pebble: await startPebble({ tlsPort: port, dns }) };
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe.skipIf(!HAS_PEBBLE)('certificates by themselves', { timeout: 180_000 }, () => {
  it('gets one for both names of each identity, also of a new one, and serves meanwhile', async () => {
    const { port, pebble } = await authorityFor('alice.test', 'anna.test');
    const home = await makeHome('alice.test');
    const server = await serve(home, { ...pebble, port });
    expect((await shown(port, 'alice.test')).names).not.toContain('nobody');
    await server.logged('certificate issued');
    const root = await pebble.root();
    for (const name of ['alice.test', 'cl-o.alice.test']) {
      expect((await shown(port, name, root)).names).toBe('DNS:alice.test, DNS:cl-o.alice.test');
    }
    const own = join(home, 'identities/alice.test');
    expect([mode(join(own, 'acme.pem')), mode(join(own, 'acme.json')), mode(join(home, 'acme'))]).toEqual([
      '600',
      '600',
      '700',
    ]);
    await init(home, 'anna.test');
    await server.logged('certificate issued', 2);
    await expect(shown(port, 'cl-o.anna.test', root)).resolves.toMatchObject({});
    server.child.kill('SIGTERM');
    expect((await server.done).code).toBe(0);
    // Nothing is ordered again after a restart.
    const before = readFileSync(join(own, 'acme.pem'), 'utf8');
    const again = await serve(home, { ...pebble, port });
    await expect(shown(port, 'alice.test', root)).resolves.toMatchObject({});
    expect(again.stderr()).not.toContain('certificate issued');
    expect(readFileSync(join(own, 'acme.pem'), 'utf8')).toBe(before);
  });

  it('says why it failed, serves meanwhile, and gets one after SIGHUP', async () => {
    const { port, dns, pebble } = await authorityFor('alice.test');
    dns.names.set('cl-o.alice.test', []);
    const home = await makeHome('alice.test');
    const server = await serve(home, { ...pebble, port, flags: [] });
    await expect(server.logged(FAILED)).resolves.toMatchObject({ idTag: 'alice.test', error: { code: 'acme.terms' } });
    await expect(shown(port, 'alice.test')).resolves.toMatchObject({ names: '' });
    expect((await runCli(['config', 'set', 'acme.agree', 'true', '--home', home])).code).toBe(0);
    server.child.kill('SIGHUP');
    await expect(server.logged(FAILED, 2)).resolves.toMatchObject({
      error: { code: 'acme.challenge', details: { name: 'cl-o.alice.test' } },
    });
    server.child.kill('SIGTERM');
    await server.done;

    // The pause after a failure holds over a restart.
    const again = await serve(home, { ...pebble, port, flags: [] });
    const { json } = await runCli(['status', '--home', home, '--json']);
    expect(schemaProblems('status', json)).toEqual([]);
    expect(json.renewals).toMatchObject([{ idTag: 'alice.test', failures: 2, error: { code: 'acme.challenge' } }]);
    expect(json.problems.map(({ code }: { code: string }) => code)).toContain('tls.renewal');
    expect((await runCli(['status', '--home', home])).stdout).toMatch(
      /renewal +alice\.test: next try in .*acme\.challenge/,
    );
    const doctor = await runCli(['doctor', '--home', home, '--json']);
    expect(schemaProblems('doctor', doctor.json)).toEqual([]);
    expect(doctor.stdout).toContain('"certificate-not-renewed"');
    expect(again.stderr()).not.toContain(FAILED);

    dns.names.set('cl-o.alice.test', ['127.0.0.1']);
    again.child.kill('SIGHUP');
    await again.logged('certificate issued');
    await expect(shown(port, 'cl-o.alice.test', await pebble.root())).resolves.toMatchObject({});
    const well = (await runCli(['status', '--home', home, '--json'])).json;
    expect(well.renewals).toMatchObject([{ failures: 0, error: null }]);
    expect(well.problems.map(({ code }: { code: string }) => code)).not.toContain('tls.renewal');
  });

  it('binds the account to one that the owner has, with a key that nobody else may read', async () => {
    const port = await labPort();
    const dns = await namesOf('alice.test');
    const key = randomBytes(32).toString('base64url');
    const pebble = await startPebble({ tlsPort: port, dns, external: { 'kid-1': key } });
    const home = await makeHome('alice.test');
    const file = join(home, 'eab.key');
    writeFileSync(file, `${key}\n`, { mode: 0o644 });
    const server = await serve(home, { ...pebble, port });
    await expect(server.logged(FAILED)).resolves.toMatchObject({ error: { code: 'acme.account' } });
    server.child.kill('SIGTERM');
    await server.done;
    const env = { CLOUDILLO_ACME_EAB_KID: 'kid-1', CLOUDILLO_ACME_EAB_KEY: file };
    const bound = await serve(home, { ...pebble, port, env });
    bound.child.kill('SIGHUP');
    await expect(bound.logged(FAILED)).resolves.toMatchObject({ error: { code: 'key.mode' } });
    chmodSync(file, 0o600);
    bound.child.kill('SIGHUP');
    await bound.logged('certificate issued');
    expect(bound.stderr() + server.stderr()).not.toContain(key);
  });

  it('proves its names over HTTP, at a port that answers nothing else', async () => {
    const [port, httpPort, dns] = [await labPort(), await labPort(), await namesOf('alice.test')];
    const pebble = await startPebble({ httpPort, dns });
    const home = await makeHome('alice.test');
    const server = await serve(home, { ...pebble, port, flags: ['--acme-agree', '--acme-http', String(httpPort)] });
    await server.logged('certificate issued');
    for (const path of ['/', '/healthz', '/.well-known/acme-challenge/', '/.well-known/acme-challenge/x']) {
      expect((await fetch(`http://127.0.0.1:${httpPort}${path}`)).status).toBe(404);
    }
  });

  it('proves its names in DNS by a command, and says why that failed', async () => {
    const [port, dns] = [await labPort(), await namesOf('alice.test')];
    const pebble = await startPebble({ dns });
    const home = await makeHome('alice.test');
    const zone = join(home, '..', 'zone');
    writeFileSync(zone, '');
    dns.texts = (name) =>
      readFileSync(zone, 'utf8')
        .split('\n')
        .flatMap((line) => (line.split(' ')[0] === name ? [line.split(' ')[1] ?? ''] : []));
    const hook = join(home, '..', 'hook');
    writeFileSync(hook, '#!/bin/sh\necho "no such zone" >&2\nexit 3\n', { mode: 0o755 });
    const env = { CLOUDILLO_ACME_DNS_HOOK: hook, CLOUDILLO_KEY_PASSPHRASE: 'not for the hook' };
    const server = await serve(home, { ...pebble, port, env });
    const { error } = await server.logged(FAILED);
    expect(error).toMatchObject({ code: 'acme.challenge', message: expect.stringContaining('no such zone') });
    const script = [
      `[ "$1" = remove ] && sed -i "/$3/d" '${zone}'`,
      `[ "$1" = add ] && echo "$2 $3" >> '${zone}'`,
      `env >> '${zone}.env'`,
    ];
    writeFileSync(hook, `#!/bin/sh\n${script.join('\n')}\n`);
    server.child.kill('SIGHUP');
    await server.logged('certificate issued');
    expect(readFileSync(zone, 'utf8')).toBe('');
    expect(readFileSync(`${zone}.env`, 'utf8')).not.toContain('CLOUDILLO_');
  });

  it('renews twice under load, when the authority says so, without a failed request', async () => {
    const port = await labPort();
    const dns = await namesOf('alice.test');
    // A new certificate is used for a tenth of its lifetime at least.
    const pebble = await startPebble({ tlsPort: port, dns, lifetime: 60 });
    const proxy = await startAcmeProxy(pebble);
    const window = { start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z' };
    proxy.intercept = withRenewalInfo(proxy, () => ({ suggestedWindow: window }));
    const home = await makeHome('alice.test');
    const server = await serve(home, { ...pebble, directory: proxy.directory, port });
    await server.logged('certificate issued');
    const first = nameByOpenssl(join(home, 'identities/alice.test/acme.pem'));
    const root = await pebble.root();
    const load = keepAsking(port, root);
    await server.logged('certificate issued', 3);
    const { statuses, serials } = await load.end();
    expect(statuses.length).toBeGreaterThan(20);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(serials.size).toBeGreaterThanOrEqual(3);
    // The name of a certificate: its issuer's key and its number, as openssl reads them.
    expect(proxy.asked).toContain(`GET /renewal/${first}`);
  });

  it('comes back when the authority was away, set up anew, or has had enough', async () => {
    const port = await labPort();
    const dns = await namesOf('alice.test');
    const first = await startPebble({ tlsPort: port, dns });
    await first.stop();
    const home = await makeHome('alice.test');
    const certificate = join(home, 'identities/alice.test/acme.pem');
    const server = await serve(home, { ...first, port });
    await expect(server.logged(FAILED)).resolves.toMatchObject({ error: { code: 'network.refused' } });

    const second = await startPebble({ tlsPort: port, dns, again: first });
    server.child.kill('SIGHUP');
    await server.logged('certificate issued');
    await second.stop();

    // It knows the account no longer.
    const third = await startPebble({ tlsPort: port, dns, again: first });
    rmSync(certificate);
    server.child.kill('SIGHUP');
    await server.logged('certificate issued', 2);

    await deactivateAccount(home, first);
    rmSync(certificate);
    server.child.kill('SIGHUP');
    await expect(server.logged(FAILED, 2)).resolves.toMatchObject({ error: { code: 'acme.account' } });
    await third.stop();
  });

  it('waits as long as the authority says', async () => {
    const { port, pebble } = await authorityFor('alice.test');
    const proxy = await startAcmeProxy(pebble);
    proxy.intercept = ({ url }, response) => {
      if (url !== '/order-plz') return false;
      const problem = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many certificates' };
      response.writeHead(429, { 'retry-after': '7200', 'replay-nonce': 'none' }).end(JSON.stringify(problem));
      return true;
    };
    const home = await makeHome('alice.test');
    const server = await serve(home, { ...pebble, directory: proxy.directory, port });
    const { nextAt, error, time } = await server.logged(FAILED);
    expect(error).toMatchObject({ code: 'acme.limited', retryAfter: 7200 });
    const wait = Date.parse(String(nextAt)) - Date.parse(String(time));
    expect(wait).toBeGreaterThan(7_100_000);
    expect(wait).toBeLessThanOrEqual(7_200_000);
  });
});

const FAILED = 'no new certificate: what is there stays in use';

/** Adds ARI to the directory, which this authority lacks. */
function withRenewalInfo(proxy: { directory: string }, info: () => object): Intercept {
  return ({ url }, response) => {
    const base = new URL(proxy.directory).origin;
    const paths = { newNonce: 'nonce-plz', newAccount: 'sign-me-up', newOrder: 'order-plz', renewalInfo: 'renewal' };
    const directory = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `${base}/${path}`]));
    const answer = url === '/dir' ? directory : url?.startsWith('/renewal/') ? info() : null;
    if (answer) response.writeHead(200, { 'retry-after': '21600' }).end(JSON.stringify(answer));
    return answer !== null;
  };
}

/** Asks over new connections and kept ones until it ends. */
function keepAsking(port: number, ca: string) {
  const statuses: (number | string)[] = [];
  const serials = new Set<string>();
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  let ended = false;
  const loop = async (agent: Agent | false): Promise<void> => {
    while (!ended) {
      const target = { host: '127.0.0.1', port, path: '/healthz', servername: 'cl-o.alice.test', ca, agent };
      const sent = request({ ...target, headers: { host: 'cl-o.alice.test' } }).end();
      try {
        const [answer] = (await once(sent, 'response')) as [IncomingMessage];
        serials.add((answer.socket as TLSSocket).getPeerCertificate().serialNumber);
        for await (const _chunk of answer);
        statuses.push(answer.statusCode ?? 0);
      } catch (error) {
        statuses.push(String(error));
      }
    }
  };
  const loops = [loop(false), loop(kept)];
  return {
    async end() {
      ended = true;
      await Promise.all(loops);
      kept.destroy();
      return { statuses, serials };
    },
  };
}

function nameByOpenssl(path: string): string {
  const args = ['x509', '-in', path, '-noout', '-serial', '-ext', 'authorityKeyIdentifier'];
  const text = execFileSync('openssl', args, { encoding: 'utf8' });
  const serial = /serial=([0-9A-F]+)/.exec(text)?.[1] ?? '';
  const keyId = (/((?:[0-9A-F]{2}:)+[0-9A-F]{2})/.exec(text)?.[1] ?? '').replaceAll(':', '');
  const padded = Number.parseInt(serial.slice(0, 2), 16) >= 0x80 ? `00${serial}` : serial;
  return [keyId, padded].map((hex) => Buffer.from(hex, 'hex').toString('base64url')).join('.');
}

/** What an owner does whose account key was stolen. */
async function deactivateAccount(home: string, { directory, authority }: Pebble): Promise<void> {
  const [name = ''] = readdirSync(join(home, 'acme'));
  const { account, privateKey } = JSON.parse(readFileSync(join(home, 'acme', name), 'utf8'));
  const requester = createRequester({ network: authorityNetwork(directory, authority.ca) });
  onTestFinished(() => requester.close());
  const key = createPrivateKey(privateKey);
  const { ask } = await openAuthority({
    ...{ requester, url: directory, key, publicKey: createPublicKey(key), account },
    now: Date.now,
    signal: new AbortController().signal,
  });
  expect((await ask(account, { status: 'deactivated' })).status).toBe(200);
}

describe('settings with which no certificate can be ordered', () => {
  it.each([
    ['--plain-http'],
    ['--behind-proxy', '--trusted-proxy', '127.0.0.1'],
    ['--acme-directory', 'http://acme.test/directory'],
  ])('%s', async (...flags) => {
    const home = await makeHome('alice.test');
    const { code, json } = await runCli(['serve', '--home', home, '--port', '0', '--acme', ...flags, '--json']);
    expect({ code, error: json.error.code }).toEqual({ code: 2, error: 'usage.acme' });
  });
});
