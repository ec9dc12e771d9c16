import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRequester } from '../../../src/federation/http/request.ts';
import { examinePeer, type PeerExamination } from '../../../src/services/doctor/examine-peer.ts';
import type { FaultId } from '../../../src/services/doctor/faults.ts';
import type { PeerMemory } from '../../../src/services/doctor/local/peer-memory.ts';
import type { LookInput } from '../../../src/services/doctor/remote/look.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { startBlackhole } from '../../support/blackhole.ts';
import { makeAuthority, selfSignedServer } from '../../support/certificates.ts';
import { authority, record, reply, scripted, zone } from '../../support/dns-servers.ts';
import { startInstance } from '../../support/instance.ts';
import { answer, type Lab, refuse, startLab, trustedAuthority } from '../../support/lab.ts';
import { makeIdentity } from '../../support/lab-identity.ts';
import { labPort } from '../../support/lab-port.ts';
import { at, type Oddity, serveWell, wellHandler } from '../../support/well-server.ts';

const NAMES = ['alice.test', 'cl-o.alice.test'];
const alice = makeIdentity('alice.test');
const MINUTE = 60_000;

/** How to look at what was planted. */
interface Way extends Partial<LookInput> {
  /** How far ahead the clock here is, milliseconds. */
  ahead?: number;
  timeout?: number;
  /** What the home remembers of the peer. */
  memory?: Partial<PeerMemory>;
}

const NOTHING: PeerMemory = { circuit: null, waiting: 0, refusals: [], blockedBy: [], keys: [] };
const circuit = {
  since: '2026-11-29T18:00:00.000Z',
  attempts: 3,
  nextAt: '2026-11-29T20:00:00.000Z',
  code: 'network.refused',
  message: 'alice.test refused the connection',
} as const;

async function look(lab: Lab, { ahead = 0, timeout = 5_000, memory, ...input }: Way): Promise<PeerExamination> {
  const { network } = lab;
  const clock = { ...systemClock, wall: () => systemClock.wall() + ahead };
  const open = async () => {
    const requester = createRequester({ network, timeout, clock: clock.wall });
    const recall = memory && (async () => ({ ...NOTHING, ...memory }));
    return { network, requester, signIn: null, clock, recall, close: async () => requester.close() };
  };
  return examinePeer(open, { idTag: 'alice.test', minValidity: 7 * 86_400_000, ...input });
}

const records = (lab: Lab, said: Parameters<Lab['dns']['names']['set']>[1]) => {
  for (const name of NAMES) lab.dns.names.set(name, said);
};

/** A name server that is asked for the zone, with these addresses. @returns its place for `--root` or `--resolver` */
async function zoneWith(address: string): Promise<string> {
  const { port } = await authority([zone('', ...NAMES.map((name) => record(name, 'A', address)))]);
  return `127.0.0.1:${port}`;
}

const inDays = (days: number) => new Date(Date.now() + days * 24 * 60 * MINUTE).toISOString();
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });
const withProfile = (profile: object, headers = {}) =>
  at('/api/me', (request, response) => {
    const status = request.headers['if-none-match'] === undefined ? 200 : 304;
    if (status === 304) response.writeHead(304).end();
    else answer(response, profile, { headers: { etag: '"v1"', ...headers } });
  });
const withKeys = (keys: object[]) => withProfile({ ...alice.profile, keys });
const dated = (ahead: number) => withProfile(alice.profile, { date: new Date(Date.now() + ahead).toUTCString() });

/** A fault, how it is planted, and what is to be found first. */
const FAULTS: [what: string, first: FaultId, plant: (lab: Lab) => Promise<Way | undefined>][] = [
  ['no record', 'no-record', async () => undefined],
  [
    'a wrong A record',
    'wrong-address',
    async (lab) => {
      await serveWell(lab);
      records(lab, ['127.0.0.77']);
      return {};
    },
  ],
  [
    'a CNAME record to elsewhere',
    'cname-elsewhere',
    async (lab) => {
      await serveWell(lab);
      lab.dns.names.set('old.test', ['127.0.0.77']);
      records(lab, { alias: 'old.test' });
      return {};
    },
  ],
  [
    'a CNAME record to nowhere',
    'cname-nowhere',
    async (lab) => {
      await serveWell(lab);
      records(lab, { alias: 'gone.test' });
      return {};
    },
  ],
  [
    'a private address',
    'private-address',
    async (lab) => {
      records(lab, ['10.0.0.5']);
      return {};
    },
  ],
  [
    'a stale resolver',
    'stale-resolver',
    async (lab) => {
      await serveWell(lab);
      return { resolvers: [await zoneWith('127.0.0.77')], root: await zoneWith('127.0.0.1') };
    },
  ],
  [
    'SERVFAIL',
    'servfail',
    async (lab) => {
      await serveWell(lab);
      records(lab, 'SERVFAIL');
      return {};
    },
  ],
  [
    'SERVFAIL for AAAA alone',
    'half-answered',
    async (lab) => {
      await serveWell(lab);
      for (const name of ['alice.test', 'cl-o.alice.test']) lab.dns.names.set(`${name}/AAAA`, 'SERVFAIL');
      return {};
    },
  ],
  [
    'a silent resolver',
    'resolver-silent',
    async (lab) => {
      records(lab, 'silence');
      return { timeout: 300 };
    },
  ],
  [
    'a resolver that fails beside one that does not',
    'resolver-fails',
    async (lab) => {
      await serveWell(lab);
      const { port } = await scripted((query) => [reply(query, 2)]);
      return { resolvers: [`127.0.0.1:${port}`] };
    },
  ],
  [
    'a lame delegation',
    'lame',
    async (lab) => {
      await serveWell(lab);
      const { port } = await authority([
        zone('', record('alice.test', 'NS', 'ns.lame.test'), record('ns.lame.test', 'A', '127.0.0.3')),
      ]);
      await scripted((query) => [reply(query, 5)], { address: '127.0.0.3', port });
      return { root: `127.0.0.1:${port}` };
    },
  ],
  ['a closed port', 'port-closed', async (lab) => void (await (await serveWell(lab)).close())],
  [
    'a filtered port',
    'port-filtered',
    async (lab) => {
      lab.know('alice.test', await startBlackhole('127.0.0.1'));
      return { timeout: 300 };
    },
  ],
  [
    'a dead address beside a good one',
    'address-dead',
    async (lab) => {
      const { port } = await serveWell(lab);
      lab.network.endpoints['alice.test'] = { address: '127.0.0.1', port, others: [{ address: '127.0.0.9', port }] };
      records(lab, ['127.0.0.1', '127.0.0.9']);
      return {};
    },
  ],
  ['an AAAA record of another server', 'address-elsewhere', (lab) => besideBob(lab, ['bob.test', 'cl-o.bob.test'])],
  [
    'an AAAA record of another server with a certificate for every name',
    'address-elsewhere',
    (lab) => besideBob(lab, NAMES),
  ],
  ['an expired certificate', 'certificate-expired', withCertificate({ days: -1 })],
  ['a certificate of tomorrow', 'certificate-not-yet', withCertificate({ startsInDays: 1 })],
  ['a certificate that ends soon', 'certificate-ends', withCertificate({ days: 3 })],
  ['a certificate for other names', 'certificate-name', withCertificate({}, ['bob.test'])],
  ['a certificate without the app domain', 'certificate-name', withCertificate({}, ['cl-o.alice.test'])],
  [
    'a missing intermediate certificate',
    'chain-incomplete',
    async (lab) => {
      const between = await (await trustedAuthority()).intermediate('Between');
      await serveWell(lab, { tls: await between.issue(NAMES) });
      return {};
    },
  ],
  [
    'a self-signed certificate',
    'self-signed',
    async (lab) => void (await serveWell(lab, { tls: await selfSignedServer(NAMES) })),
  ],
  [
    'an authority that nobody knows',
    'untrusted',
    async (lab) => {
      const other = await makeAuthority('Other CA');
      const { cert, key } = await other.issue(NAMES);
      await serveWell(lab, { tls: { cert: cert + other.ca, key } });
      return {};
    },
  ],
  [
    'TLS 1.1 only',
    'tls-too-old',
    async (lab) => {
      const tls = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      await serveWell(lab, { tls });
      return {};
    },
  ],
  [
    'a server that takes connections and says nothing',
    'tls-silent',
    async (lab) => {
      const port = await labPort();
      const server = createNetServer(() => {}).listen(port, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      lab.know('alice.test', port);
      return { timeout: 300 };
    },
  ],
  [
    'plain HTTP at the port of HTTPS',
    'no-tls',
    async (lab) => {
      const port = await labPort();
      const server = createServer((_, response) => response.end('hello')).listen(port, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      lab.know('alice.test', port);
      return {};
    },
  ],
  [
    'the web page of a proxy',
    'not-cloudillo',
    odd(
      at(
        '/',
        (_, response) => void response.writeHead(200, { server: 'nginx/1.25' }).end('<html>Welcome to nginx!</html>'),
      ),
    ),
  ],
  [
    'a redirect of the profile',
    'redirect',
    odd(
      at('/api/me', (_, response) => void response.writeHead(301, { location: 'https://www.alice.test/api/me' }).end()),
    ),
  ],
  [
    'a redirect of the inbox',
    'redirect',
    odd(at('/api/inbox', (_, response) => void response.writeHead(301, { location: '/api/inbox/' }).end())),
  ],
  [
    'a proxy without its server',
    'gateway',
    odd(at('/', (_, response) => void response.writeHead(502, { server: 'nginx' }).end('<h1>502 Bad Gateway</h1>'))),
  ],
  ['a server that fails', 'server-error', odd(at('/', (_, response) => refuse(response, 500, 'E-CORE-INTERNAL')))],
  [
    'an answer that breaks off',
    'truncated',
    odd(
      at('/api/me', (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 5_000 }).write('{"data":');
        setImmediate(() => response.socket?.destroy());
      }),
    ),
  ],
  [
    'no answer',
    'silent',
    async (lab) => {
      await serveWell(lab, { odd: at('/api/me', () => {}) });
      return { timeout: 500 };
    },
  ],
  [
    'a proxy that passes another Host',
    'unknown-host',
    async (lab) => {
      const instance = await startInstance({ idTags: ['alice.test'] });
      onTestFinished(() => instance.close());
      await lab.peer('alice.test', async ({ url }, response) => {
        const passed = await instance.get(url, { host: '127.0.0.1:8080' });
        response.writeHead(passed.statusCode, { 'content-type': 'application/json' }).end(passed.body);
      });
      return {};
    },
  ],
  [
    'a proxy that cuts the path',
    'path-changed',
    async (lab) => {
      const instance = await startInstance({ idTags: ['alice.test'] });
      onTestFinished(() => instance.close());
      await lab.peer('alice.test', async ({ url }, response) => {
        const passed = await instance.get(url.replace(/^\/api/, ''), { host: 'cl-o.alice.test' });
        response.writeHead(passed.statusCode, { 'content-type': 'application/json' }).end(passed.body);
      });
      return {};
    },
  ],
  [
    'a proxy that drops Authorization',
    'bearer-ignored',
    odd(at('/api/actions?', (_, response) => answer(response, []))),
  ],
  [
    'a proxy that limits the size of a body',
    'large-body',
    odd(large((response) => response.writeHead(413, { server: 'nginx' }).end('<html>413</html>'))),
  ],
  [
    'a way that drops large packets',
    'large-body',
    async (lab) => ({ ...(await odd(large(() => {}))(lab)), timeout: 4_000 }),
  ],
  [
    'the profile of another identity',
    'other-identity',
    odd(at('/api/me', (_, response) => answer(response, makeIdentity('bob.test').profile))),
  ],
  [
    'a profile in another form',
    'profile-form',
    odd(at('/api/me', (_, response) => answer(response, { idTag: 'alice.test' }))),
  ],
  ['a key of another curve', 'key-curve', odd(withKeys([{ keyId: '260101', publicKey: p256.toString('base64') }]))],
  ['an expired key', 'keys-expired', odd(withKeys([{ ...alice.profile.keys[0], expiresAt: inDays(-1) }]))],
  ['no key', 'no-key', odd(withKeys([]))],
  ['a ban', 'banned', odd(at('/', (_, response) => refuse(response, 403, 'E-RATE-BANNED')))],
  [
    'an inbox that a proxy keeps',
    'no-inbox',
    odd(at('/api/inbox', (_, response) => void response.writeHead(405).end('Not allowed'))),
  ],
  [
    'a proxy that drops the body of a request',
    'no-inbox',
    async (lab) => {
      const instance = await startInstance({ idTags: ['alice.test'] });
      onTestFinished(() => instance.close());
      const dropped = at('/api/inbox', async ({ url }, response) => {
        const passed = await instance.post(url, '');
        response.writeHead(passed.statusCode, { 'content-type': 'application/json' }).end(passed.body);
      });
      await serveWell(lab, { odd: dropped, identity: alice });
      return {};
    },
  ],
  [
    'an app domain of somebody else',
    'app-domain-other',
    odd(at('/.well-known/', (_, response) => void response.end('{"idTag":"bob.test"}'))),
  ],
  ['a proxy that passes no upgrade', 'no-upgrade', async (lab) => void (await serveWell(lab, { noBus: true }))],
  ['a clock here that is 10 minutes ahead', 'clock-ahead', (lab) => clocks(lab, { ahead: 10 * MINUTE })],
  ['a clock here that is 10 minutes behind', 'clock-behind', (lab) => clocks(lab, { ahead: -10 * MINUTE })],
  [
    'a clock of the peer that is off',
    'peer-clock',
    async (lab) => {
      await serveWell(lab, { odd: dated(10 * MINUTE) });
      await serveWell(lab, { identity: makeIdentity('carol.test') });
      return { witnesses: ['carol.test'] };
    },
  ],
  [
    'clocks that differ, without a witness',
    'clocks-differ',
    async (lab) => {
      await serveWell(lab);
      return { ahead: 10 * MINUTE };
    },
  ],
];

/** What is well there, and is remembered otherwise here. */
const MEMORIES: [what: string, first: FaultId, memory: Partial<PeerMemory>][] = [
  ['a circuit that is open since the peer was mended', 'circuit-open', { circuit, waiting: 2 }],
  [
    'proof of work that is not worth it',
    'work-demanded',
    { refusals: [{ code: 'peer.refused', message: 'alice.test wants 5 letters', facts: { work: 5 } }] },
  ],
  ['a block of our own', 'blocked-here', { blockedBy: ['carol.test'] }],
  [
    'a key that was replaced under its ID',
    'key-replaced',
    { keys: [{ keyId: alice.keyId, publicKey: makeIdentity('alice.test').publicKey }] },
  ],
];

/** The server of bob stands at the IPv6 address of alice, with a certificate for these names. */
async function besideBob(lab: Lab, names: string[]): Promise<Way> {
  const { port } = await serveWell(lab);
  const certificate = await (await trustedAuthority()).issue(names);
  const other = await lab.stranger('::1', wellHandler(makeIdentity('bob.test')), certificate);
  const others = [{ address: '::1', port: other.port }];
  lab.network.endpoints['alice.test'] = { address: '127.0.0.1', port, others };
  records(lab, ['127.0.0.1', '::1']);
  return {};
}

function withCertificate(options: { days?: number; startsInDays?: number }, names = NAMES) {
  return async (lab: Lab): Promise<Way> => {
    await serveWell(lab, { tls: await (await trustedAuthority()).issue(names, options) });
    return {};
  };
}

function odd(answers: NonNullable<Oddity['odd']>) {
  return async (lab: Lab): Promise<Way> => {
    await serveWell(lab, { odd: answers, identity: alice });
    return {};
  };
}

/** Answers what is larger than a small proxy takes. */
function large(reply: (response: ServerResponse) => unknown): NonNullable<Oddity['odd']> {
  return (request, response) => {
    if (request.body.length < 1_024) return false;
    reply(response);
    return true;
  };
}

async function clocks(lab: Lab, way: Way): Promise<Way> {
  await serveWell(lab);
  await serveWell(lab, { identity: makeIdentity('carol.test') });
  return { ...way, witnesses: ['carol.test'] };
}

describe('doctor', () => {
  it('finds nothing where nothing is wrong', async () => {
    const lab = await startLab();
    await serveWell(lab);
    const { healthy, findings, checks } = await look(lab, {});
    expect({ healthy, findings }).toEqual({ healthy: true, findings: [] });
    expect(checks.map(({ status }) => status)).toEqual([...Array(12).fill('pass'), 'skip']);
  });

  it.each(FAULTS)('names %s first: %s', async (_what, first, plant) => {
    const lab = await startLab();
    const found = await look(lab, (await plant(lab)) ?? {});
    expect(found.findings.map(({ fault }) => fault)).toEqual([first]);
    const [{ evidence, next, cause }] = found.findings as [PeerExamination['findings'][0]];
    for (const text of [...evidence, next, cause]) expect(text).not.toMatch(/\{|undefined/);
    expect(evidence).not.toEqual([]);
  });

  it.each(MEMORIES)('names %s first: %s', async (_what, first, memory) => {
    const lab = await startLab();
    await serveWell(lab, { identity: alice });
    const { findings } = await look(lab, { memory });
    expect(findings.map(({ check, fault }) => [check, fault])).toEqual([['memory', first]]);
    for (const text of [...(findings[0]?.evidence ?? []), findings[0]?.next]) expect(text).not.toMatch(/\{|undefined/);
  });

  it('folds an open circuit under what opened it', async () => {
    const lab = await startLab();
    await (await serveWell(lab)).close();
    const { findings } = await look(lab, { memory: { circuit } });
    expect(findings.map(({ fault }) => fault)).toEqual(['port-closed']);
    expect(findings[0]?.follows.at(-1)).toMatchObject({ check: 'memory', fault: 'circuit-open' });
  });
});

it.each(['yesterday', '', '\u009b2J'])(
  'a Date that is none is no fault of the clock, and stops nothing: %j',
  async (date) => {
    const lab = await startLab();
    await serveWell(lab, { odd: withProfile(alice.profile, { date }), identity: alice });
    const { findings, checks } = await look(lab, {});
    expect(findings).toEqual([]);
    expect(checks.find(({ id }) => id === 'clock')).toMatchObject({ status: 'pass' });
  },
);

it('a check tells of every address that fails, each with its own reason', async () => {
  const lab = await startLab();
  const { port } = await serveWell(lab);
  const others = ['127.0.0.8', '127.0.0.9'].map((address) => ({ address, port }));
  lab.network.endpoints['alice.test'] = { address: '127.0.0.1', port, others };
  records(lab, ['127.0.0.1', ...others.map(({ address }) => address)]);
  const { checks } = await look(lab, {});
  const { reason } = checks.find(({ id }) => id === 'tcp') ?? {};
  for (const { address } of others) expect(reason).toContain(`${address} refused the connection`);
  expect(reason).toContain('1 of 3 addresses answer');
});
