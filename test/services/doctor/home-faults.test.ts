import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentId } from '../../../src/protocol/content-id.ts';
import type { ErrorCode } from '../../../src/protocol/error-table.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { createReputation } from '../../../src/server/guard/reputation.ts';
import type { FaultId } from '../../../src/services/doctor/faults.ts';
import { examineHomeOn } from '../../../src/services/doctor/local/examine-home.ts';
import type { Machine } from '../../../src/services/doctor/local/machine.ts';
import { addKey } from '../../../src/services/keys/add-key.ts';
import type { FileSystem } from '../../../src/store/disk/file-systems.ts';
import { emptyNote } from '../../../src/store/model/arrival-note.ts';
import type { JournalEvent } from '../../../src/store/model/events.ts';
import { fileSystem } from '../../support/file-system.ts';
import { answer, type Lab, refuse, startLab, trustedAuthority } from '../../support/lab.ts';
import { makeIdentity, save } from '../../support/lab-identity.ts';
import { type OwnInstance, ownInstance } from '../../support/own-instance.ts';
import { at, serveWell } from '../../support/well-server.ts';

const MIB = 1024 * 1024;
const HOUR = 3_600_000;

const roomy: Machine = {
  descriptors: async () => ({ open: 20, limit: 1_024 }),
};

/** A home that is well: its server runs, and the network reaches it. */
async function setUp(): Promise<{ lab: Lab; own: OwnInstance }> {
  const lab = await startLab();
  const own = await ownInstance(lab);
  own.server.facts = { pid: 1234, url: 'https://127.0.0.1:8443', startedAt: own.clock.wall() - 5_000 };
  await serveWell(lab, { identity: await published(own), onPost: noted(own) });
  return { lab, own };
}

/** Notes a probe, as the inbox of the home does. */
const noted = (own: OwnInstance) => () =>
  own.arrivals.note(
    emptyNote({ at: own.clock.wall(), outcome: 'refused', tenant: 'alice.test', bytes: 600, probe: true }),
  );

/** What the server of the home publishes. */
async function published(own: OwnInstance) {
  const identity = await own.identities.read('alice.test');
  const keys = (identity?.keys ?? []).map(({ keyId, publicKey }) => ({ keyId, publicKey }));
  return { ...makeIdentity('alice.test'), profile: { idTag: 'alice.test', name: 'Alice', type: 'person', keys } };
}

const failed = (own: OwnInstance, code: 'store.full' | 'store.io', cause: string) => {
  const error = new CloudilloError(code, 'The home could not be written', { cause: new Error(cause) });
  return { ...own, disk: { ...own.disk, writeProblems: async () => [error] } };
};

/** The home on other disks. */
const onDisks = (own: OwnInstance, ...disks: Partial<FileSystem>[]) => ({
  ...own,
  disk: { ...own.disk, rooms: async () => disks.map(fileSystem) },
});

/** A delivery to a peer that failed so long ago. */
async function deliveryFailed(own: OwnInstance, to: string, ago: number, rest: object): Promise<undefined> {
  const at = own.clock.wall() - ago;
  const actionId = contentId('a1', 'a post');
  const failed = {
    kind: 'delivery',
    tenant: 'alice.test',
    actionId,
    to,
    attempts: 1,
    at,
    nextAt: at + 2 * ago,
  } as const;
  await own.store.append([{ ...failed, ...rest } as JournalEvent]);
  return undefined;
}

const refused = { code: 'network.refused', message: 'bob.test refused the connection' };

const bannedThere = { code: 'peer.refused', message: '403', facts: { status: 403, peerCode: 'E-RATE-BANNED' } };

/** Notes a request that a limit ended. */
async function limited(own: OwnInstance, code: ErrorCode): Promise<undefined> {
  const why = { check: null, stage: null, blame: 'sender', retryAt: null, message: 'enough', step: null } as const;
  const from = { address: '192.0.2.9', issuer: 'bob.test' };
  own.arrivals.note(
    emptyNote({ at: own.clock.wall(), outcome: 'rate-limited', times: 312, ...from, refusal: { ...why, code } }),
  );
  return undefined;
}

/** A fault, how it is planted in a home, and what is to be found first. */
const FAULTS: [
  what: string,
  first: FaultId,
  plant: (lab: Lab, own: OwnInstance) => Promise<[Machine?, OwnInstance?]> | Promise<void>,
][] = [
  ['a full disk', 'disk-full', async (_, own) => [roomy, failed(own, 'store.full', 'ENOSPC: no space left on device')]],
  [
    'a disk that is mounted read-only',
    'disk-broken',
    async (_, own) => [roomy, failed(own, 'store.io', 'EROFS: read-only file system')],
  ],
  [
    'no file descriptors',
    'no-descriptors',
    async (_, own) => [roomy, failed(own, 'store.io', 'EMFILE: too many open files')],
  ],
  [
    'as many descriptors as may be open',
    'no-descriptors',
    async () => [{ ...roomy, descriptors: async () => ({ open: 1_024, limit: 1_024 }) }],
  ],
  [
    'few descriptors',
    'descriptors-low',
    async () => [{ ...roomy, descriptors: async () => ({ open: 900, limit: 1_024 }) }],
  ],
  ['little room', 'disk-low', async (_, own) => [roomy, onDisks(own, {}, { mount: '/home/alice/blobs', free: MIB })]],
  [
    'few inodes',
    'inodes-low',
    async (_, own) => [roomy, onDisks(own, {}, { mount: '/home/alice/blobs', freeInodes: 1 })],
  ],
  [
    'a log that can not be written',
    'log-full',
    async (_, own) => void Object.assign(own.server, { logDropped: () => 12 }),
  ],
  [
    'a worker that fails',
    'worker-failed',
    async (_, own) => {
      const error = { code: 'store.io', message: 'the disk is gone', retryable: true } as const;
      const nextStartAt = own.clock.wall() + 2_000;
      own.server.workers = () => [{ name: 'delivery', state: 'paused', restarts: 3, error, nextStartAt }];
    },
  ],
  ['no server', 'server-stopped', async (_, own) => void Object.assign(own.server, { facts: null })],
  [
    'an unreadable certificate',
    'certificate-unreadable',
    async (_, own) => void Object.assign(own.settings.tls, { cert: join(own.home, 'identities'), key: '/gone.pem' }),
  ],
  [
    'an unreadable key of a certificate',
    'certificate-unreadable',
    async (_, own) => {
      const { cert } = await (await trustedAuthority()).issue(['alice.test', 'cl-o.alice.test'], { days: 60 });
      Object.assign(own.settings.tls, { cert: save('cert.pem', cert), key: '/gone.pem' });
    },
  ],
  [
    'the key of another certificate',
    'certificate-unreadable',
    async (_, own) => {
      const { issue } = await trustedAuthority();
      const names = ['alice.test', 'cl-o.alice.test'];
      const [{ cert }, { key }] = await Promise.all([issue(names, { days: 60 }), issue(names)]);
      Object.assign(own.settings.tls, { cert: save('cert.pem', cert), key: save('key.pem', key) });
    },
  ],
  [
    'an expired certificate',
    'own-certificate',
    async (_, own) => {
      const { cert, key } = await (await trustedAuthority()).issue(['alice.test', 'cl-o.alice.test'], { days: -1 });
      Object.assign(own.settings.tls, { cert: save('cert.pem', cert), key: save('key.pem', key) });
    },
  ],
  [
    'a key file that is gone',
    'key-unusable',
    async (_, own) => void rmSync(join(own.home, 'identities/alice.test/keys'), { recursive: true }),
  ],
  [
    'a rotated key that is not published',
    'key-unpublished',
    async (_, own) => {
      await addKey(own, { as: 'alice.test', rotate: true });
    },
  ],
  [
    'a closed port',
    'port-closed',
    async (lab) => void Object.assign(lab.network.endpoints, { 'alice.test': { address: '127.0.0.1', port: 1 } }),
  ],
  [
    'a copy of the home that gets its traffic',
    'other-server',
    async (lab, own) => {
      noted(own)();
      await new Promise((resolve) => setTimeout(resolve, 20));
      await serveWell(lab, { identity: await published(own) });
    },
  ],
  [
    'a proxy that drops Authorization',
    'authorization-dropped',
    async (lab, own) => {
      const odd = at('/api/actions?', (_, response) => answer(response, []));
      await serveWell(lab, { odd, identity: await published(own), onPost: noted(own) });
    },
  ],
  [
    'connections from here that hang, while a token waits for a key',
    'egress',
    async (_, own) => {
      const refusal = { check: 'key', stage: null, blame: 'network', retryAt: null, step: 'connect' } as const;
      const why = { ...refusal, code: 'network.timeout', message: 'cl-o.bob.test timed out' } as const;
      own.arrivals.note(
        emptyNote({ at: own.clock.wall(), outcome: 'parked', issuer: 'bob.test', bytes: 600, refusal: why }),
      );
    },
  ],
  [
    'a proxy that is not trusted',
    'proxy-untrusted',
    async (lab, own) => {
      const { profile } = await published(own);
      const odd = at('/api/me', (request, response) => {
        if (request.headers['if-none-match']) response.writeHead(304).end();
        else answer(response, profile, { headers: { etag: '"v1"', server: 'nginx/1.25' } });
      });
      await serveWell(lab, { odd, onPost: noted(own) });
    },
  ],
  [
    'a queue behind a dead peer',
    'queue-stuck',
    (_, own) => deliveryFailed(own, 'bob.test', 2 * HOUR, { state: 'queued', error: refused }),
  ],
  [
    'a peer that demands much work',
    'work-demanded',
    async (_, own) => {
      const error = { code: 'check.work', message: 'bob.test asks for 5 letters', facts: { work: 5 } };
      await deliveryFailed(own, 'bob.test', HOUR, { state: 'refused', error });
    },
  ],
  [
    'a peer that has banned this address',
    'banned',
    async (_, own) => {
      await deliveryFailed(own, 'bob.test', 60_000, { state: 'refused', error: bannedThere });
    },
  ],
  [
    'a peer that has banned this address a moment ago, and is asked again after the ban',
    'banned',
    (_, own) => deliveryFailed(own, 'bob.test', 60_000, { state: 'queued', error: bannedThere, peerFailures: 1 }),
  ],
  [
    'an address that this server bans',
    'addresses-banned',
    async (_, own) => {
      const reputation = createReputation(own.clock.monotonic);
      for (let n = 0; n < 3; n += 1) reputation.badSignature('192.0.2.9');
      own.server.addresses = reputation;
    },
  ],
  [
    'an address that has to do proof of work',
    'work-raised',
    async (_, own) => {
      const reputation = createReputation(own.clock.monotonic);
      reputation.troublesomeConn('192.0.2.9');
      own.server.addresses = reputation;
    },
  ],
  ...(['rate.limited', 'rate.quota', 'rate.busy'] as const).map((code): (typeof FAULTS)[0] => [
    `a limit that is reached: ${code}`,
    'limit-reached',
    async (_, own) => limited(own, code),
  ]),
  ['a clock that is ahead', 'clock-ahead', async (lab, own) => clockOff(lab, own, 10 * 60_000)],
  ['a clock that is behind', 'clock-behind', async (lab, own) => clockOff(lab, own, -10 * 60_000)],
];

async function clockOff(lab: Lab, own: OwnInstance, ms: number): Promise<undefined> {
  for (const peer of ['bob.test', 'carol.test']) {
    await serveWell(lab, { identity: makeIdentity(peer) });
    const related = { following: true, follower: true, connected: true, at: own.clock.wall() };
    await own.store.append([{ kind: 'relation', tenant: 'alice.test', peer, ...related }]);
  }
  own.jump(ms);
  return undefined;
}

describe('doctor of a home', () => {
  it('finds nothing where nothing is wrong', async () => {
    const { own } = await setUp();
    const { findings, healthy } = await examineHomeOn(roomy, own, { minValidity: 0 });
    expect({ findings, healthy }).toEqual({ findings: [], healthy: true });
  });

  it('says of the journal what was read', async () => {
    const { own } = await setUp();
    const store = async () => {
      const { checks } = await examineHomeOn(roomy, own, { minValidity: 0 });
      return checks.find(({ id }) => id === 'store')?.reason;
    };
    expect(await store()).toMatch(/^the journal was read and is whole/);
    own.store.recovery.unread = 7;
    expect(await store()).toMatch(/^0 records .* are whole; 7 before them were not.*cloudillo store check/);
  });

  it('tells the address, the time and the number of what it turned away', async () => {
    const { own } = await setUp();
    const reputation = createReputation(own.clock.monotonic);
    for (let n = 0; n < 3; n += 1) reputation.badSignature('192.0.2.9');
    own.server.addresses = reputation;
    await limited(own, 'rate.limited');
    const { findings, healthy } = await examineHomeOn(roomy, own, { minValidity: 0 });
    expect(healthy).toBe(true);
    expect(findings.map(({ evidence }) => evidence[0])).toEqual([
      expect.stringMatching(/^192\.0\.2\.9 with 192\.0\.2\.0\/24: since .*Z, until .*Z$/),
      expect.stringMatching(/^rate\.limited: 312 times in the last hour, by 192\.0\.2\.9; last at .*Z$/),
    ]);
    expect(findings[0]?.next).toContain('cloudillo bans lift 192.0.2.9');
    expect(findings[1]?.next).toContain('cloudillo inbox log --code rate.limited');
  });

  it('names first what breaks, where a cache keeps an old profile', async () => {
    const { lab, own } = await setUp();
    const { profile } = await published(own);
    await addKey(own, { as: 'alice.test', rotate: true });
    const odd = at('/api/me', (_, response) => answer(response, profile, { headers: { etag: '"v1"', age: '20' } }));
    await serveWell(lab, { odd, onPost: noted(own) });
    const { findings } = await examineHomeOn(roomy, own, { minValidity: 0 });
    expect(findings.map(({ fault, severity }) => [fault, severity])).toEqual([
      ['key-unpublished', 'error'],
      ['profile-uncached', 'warning'],
    ]);
    expect(findings[0]?.evidence).toContain('the answer is one that a cache has kept for 20 s');
  });

  it('names first a ban of an address that all share', async () => {
    const { lab, own } = await setUp();
    const reputation = createReputation(own.clock.monotonic);
    for (let n = 0; n < 3; n += 1) reputation.badSignature('192.0.2.9');
    own.server.addresses = reputation;
    const odd = at('/api/inbox', (_, response) => refuse(response, 403, 'E-RATE-BANNED'));
    await serveWell(lab, { odd, identity: await published(own) });
    const [first] = (await examineHomeOn(roomy, own, { minValidity: 0 })).findings;
    expect(first).toMatchObject({ fault: 'shared-address-banned', check: 'reach', severity: 'error' });
    expect(first?.evidence[0]).toContain('192.0.2.9');
    expect(first?.next).toMatch(/--behind-proxy.*cloudillo bans lift 192\.0\.2\.9/);
  });

  it('forgets what no peer still holds against it', async () => {
    const { own } = await setUp();
    await deliveryFailed(own, 'bob.test', 11 * HOUR, { state: 'refused', error: bannedThere });
    expect((await examineHomeOn(roomy, own, { minValidity: 0 })).findings).toEqual([]);
  });

  it.each(FAULTS)('names %s first: %s', async (_what, first, plant) => {
    const { lab, own } = await setUp();
    const [machine = roomy, deps = own] = (await plant(lab, own)) ?? [];
    const { findings } = await examineHomeOn(machine, deps, { minValidity: 0 });
    expect(findings.map(({ fault }) => fault)).toEqual([first]);
    const [{ evidence, next, cause }] = findings as [(typeof findings)[0]];
    for (const text of [...evidence, next, cause]) expect(text).not.toMatch(/\{|undefined|^hint$/);
  });
});
