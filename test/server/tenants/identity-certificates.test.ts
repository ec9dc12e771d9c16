import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { dirname, join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiHost, idTagToAscii } from '../../../src/protocol/id-tag.ts';
import { type ListenOptions, type RunningServer, startServer } from '../../../src/server/listen.ts';
import { certificateFilesOf } from '../../../src/services/certificates/certificate-files.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { type CertificateAuthority, makeAuthority } from '../../support/certificates.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, START, startInstance } from '../../support/instance.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await makeAuthority();
});

const IDENTITIES = ['alice.test', 'münchen.test'];
const LOOK = 2_000;
let home: Instance;
let server: RunningServer;
let logged: string[];
let now: number;
let certs: string;

beforeEach(async () => {
  home = await startInstance({ idTags: IDENTITIES });
  certs = temporaryDirectory();
  logged = [];
  now = Date.now();
  server = await start(null);
});
afterEach(async () => {
  await server.stop();
  await home.close();
});

async function start(
  directory: string | null,
  identityTls: ListenOptions['identityTls'] = (idTag) => certificateFilesOf(home.home, directory, idTag),
  trusted: CertificateAuthority[] = [],
): Promise<RunningServer> {
  const fallback = { cert: join(certs, 'cert.pem'), key: join(certs, 'key.pem') };
  write(fallback, await authority.issue(['default.test']));
  return startServer(
    {
      ...home,
      signer: home.inbox.signer,
      pictures: { make: async () => null },
      api: { postInbox: () => Promise.reject(new Error('nobody is there')) },
      profiles: { refresh: () => Promise.reject(new Error('nobody is there')) },
      clock: clockOf(() => now),
      log: (level, message) => logged.push(`${level} ${message}`),
      rateLimits: false,
      trustedProxies: [],
      maxFileBytes: () => 1024,
      ready: () => true,
    },
    {
      host: '127.0.0.1',
      port: 0,
      tls: fallback,
      identityTls,
      ...(trusted.length > 0 && { authorities: trusted.map(({ ca }) => new X509Certificate(ca)) }),
    },
  );
}

function write(files: { cert: string; key: string }, pair: { cert: string; key: string }): void {
  mkdirSync(dirname(files.cert), { recursive: true });
  writeFileSync(files.key, pair.key);
  writeFileSync(files.cert, pair.cert);
}

/** The files of an identity where they lie without a setting. */
function filesOf(idTag: string) {
  const directory = join(home.home, 'identities', idTagToAscii(idTag), 'tls');
  return { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
}

async function install(idTag: string, names = [apiHost(idTag), idTagToAscii(idTag)], options = {}): Promise<void> {
  write(filesOf(idTag), await authority.issue(names, options));
}

/** The common name that a client is shown; it checks nothing. */
function shown(servername: string | undefined, session?: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      port: server.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(servername !== undefined && { servername }),
      ...(session && { session }),
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
  });
}

/** A request as a peer makes it: the chain and the name are checked. */
function profile(idTag: string, agent?: Agent): Promise<{ status: number; idTag: string }> {
  const host = apiHost(idTag);
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port: server.port,
      servername: host,
      headers: { host },
      path: '/api/me',
      ca: authority.ca,
      ...(agent && { agent }),
    });
    sent.once('error', reject);
    sent.once('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, idTag: JSON.parse(text).data?.idTag });
    });
    sent.end();
  });
}

describe('certificates by SNI', () => {
  it('each identity shows its own, and answers clients that check it', async () => {
    await Promise.all(IDENTITIES.map((idTag) => install(idTag)));
    for (const idTag of IDENTITIES) {
      expect(await shown(apiHost(idTag))).toBe(apiHost(idTag));
      expect(await shown(idTagToAscii(idTag))).toBe(apiHost(idTag));
      expect(await profile(idTag)).toEqual({ status: 200, idTag });
    }
    // One agent for both: a session of the one must not open the other's door.
    const agent = new Agent({ keepAlive: true, maxCachedSessions: 10 });
    for (const idTag of [...IDENTITIES, ...IDENTITIES]) {
      expect(await profile(idTag, agent)).toEqual({ status: 200, idTag });
    }
    agent.destroy();
  });

  it.each([
    ['no name', undefined],
    ['an unknown name', 'cl-o.nobody.test'],
    ['no identity’s name', 'localhost'],
    ['a path for a name', '..'],
  ])('%s is shown the default', async (_, name) => {
    await install('alice.test');
    expect(await shown(name)).toBe('default.test');
  });

  it('an identity without a pair, or with half of one, is shown the default', async () => {
    await install('alice.test');
    const { cert, key } = filesOf('münchen.test');
    mkdirSync(dirname(key), { recursive: true });
    copyFileSync(filesOf('alice.test').key, key);
    expect(await shown(apiHost('münchen.test'))).toBe('default.test');
    expect(await shown(apiHost('alice.test'))).toBe(apiHost('alice.test'));
    expect(cert).not.toBe(key);
  });

  it('a renewed pair is shown after a moment, or at once when told to reload', async () => {
    await install('alice.test');
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    await install('alice.test', ['alice.test', 'cl-o.alice.test']);
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    now += LOOK;
    expect(await shown('alice.test')).toBe('alice.test');
    await install('alice.test');
    await server.reload();
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    rmSync(dirname(filesOf('alice.test').cert), { recursive: true });
    await server.reload();
    expect(await shown('alice.test')).toBe('default.test');
  });

  it.each([
    ['no PEM', async () => ({ cert: 'x', key: 'y' })],
    ['another key', async () => ({ ...(await authority.issue(['cl-o.alice.test'])), key: (await pairFor()).key })],
    ['another name', async () => authority.issue(['mallory.test'])],
    ['the app domain only', async () => authority.issue(['alice.test'])],
    ['an end in the past', async () => authority.issue(['cl-o.alice.test'], { days: -1 })],
  ])('a pair with %s is logged, and the one before stays', async (_, make) => {
    write(filesOf('alice.test'), await make());
    expect(await shown('alice.test')).toBe('default.test');
    expect(logged).toEqual(['error certificate not loaded: the one before stays in use']);
    await install('alice.test');
    now += LOOK;
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    write(filesOf('alice.test'), await make());
    now += LOOK;
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    // Once, not at each handshake.
    now += LOOK;
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    expect(logged.filter((line) => line.startsWith('error'))).toHaveLength(2);
  });

  it('a renewed pair that lost a name, or its chain, is not taken for one that peers take', async () => {
    await server.stop();
    server = await start(null, (idTag) => certificateFilesOf(home.home, null, idTag), [authority]);
    const files = filesOf('alice.test');
    await install('alice.test');
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    const refused = [
      await authority.issue(['cl-o.alice.test', 'other.test']),
      await (await makeAuthority('Unknown')).issue(['alice.test', 'cl-o.alice.test']),
    ];
    for (const [at, pair] of refused.entries()) {
      write(files, pair);
      now += LOOK;
      await expect(profile('alice.test', new Agent())).resolves.toMatchObject({ idTag: 'alice.test' });
      expect(logged.filter((line) => line.startsWith('error'))).toHaveLength(at + 1);
    }
    // The first one may lack them: no other is for the name at all.
    rmSync(dirname(files.cert), { recursive: true });
    now += LOOK;
    expect(await shown('alice.test')).toBe('default.test');
    write(files, await authority.issue(['cl-o.alice.test', 'other.test']));
    now += LOOK;
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    expect(logged.at(-1)).toBe('warn peers may refuse the certificate');
  });

  it('a pair that went between two looks at it is logged, and the server goes on', async () => {
    await server.stop();
    const files = filesOf('alice.test');
    server = await start(null, () => files);
    await install('alice.test');
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    rmSync(files.cert);
    // Not only gone: a look at it fails.
    symlinkSync('cert.pem', files.cert);
    now += LOOK;
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    expect(logged.at(-1)).toBe('error certificate not loaded: the one before stays in use');
  });

  it('an identity that is made while the server runs is served at once, certificate and all', async () => {
    expect(await shown('cl-o.new.test')).toBe('default.test');
    await initInstance({ home: home.home, clock: clockOf(() => START) }, { idTag: 'new.test' });
    await install('new.test');
    expect(await profile('new.test')).toEqual({ status: 200, idTag: 'new.test' });
  });

  it('a directory of certificates is read as certbot names its files', async () => {
    await server.stop();
    const directory = temporaryDirectory();
    server = await start(directory);
    await install('alice.test');
    expect(await shown('alice.test')).toBe('default.test');
    const target = join(directory, 'alice.test');
    mkdirSync(target);
    renameSync(filesOf('alice.test').cert, join(target, 'fullchain.pem'));
    renameSync(filesOf('alice.test').key, join(target, 'privkey.pem'));
    now += LOOK;
    expect(await shown('alice.test')).toBe('cl-o.alice.test');
    // Somebody's certificate that lies there doesn't make it an identity of this home.
    mkdirSync(join(directory, 'other.test'));
    writeFileSync(join(directory, 'other.test', 'cert.pem'), readFileSync(join(target, 'fullchain.pem')));
    writeFileSync(join(directory, 'other.test', 'key.pem'), readFileSync(join(target, 'privkey.pem')));
    expect(await shown('other.test')).toBe('default.test');
  });
});

function pairFor() {
  return authority.issue(['other.test']);
}
