import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentId } from '../../../src/protocol/content-id.ts';
import { errorToObject } from '../../../src/protocol/errors.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { certificateFacts } from '../../../src/services/certificates/certificate-facts.ts';
import { certificateDirectory } from '../../../src/services/certificates/certificate-files.ts';
import { status } from '../../../src/services/home/status.ts';
import { findProblems } from '../../../src/services/home/status-problems.ts';
import { addKey } from '../../../src/services/keys/add-key.ts';
import { revokeKey } from '../../../src/services/keys/revoke-key.ts';
import type { Settings } from '../../../src/store/settings/settings.ts';
import { startLab, trustedAuthority } from '../../support/lab.ts';
import { type OwnInstance, ownInstance } from '../../support/own-instance.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';
import { valuesRead } from '../../support/values-read.ts';

const DAY = 86_400_000;

async function setUp(idTags?: string[]) {
  return ownInstance(await startLab(), idTags);
}

function run(own: OwnInstance) {
  own.server.facts = { pid: 1234, url: 'https://127.0.0.1:8443', startedAt: own.clock.wall() - 5000 };
  own.server.since = own.clock.monotonic() - 5000;
}

const problems = async (own: OwnInstance) => (await status(own)).problems.map(({ code }) => code);

describe('status', () => {
  it('finds nothing wrong with an instance that is well', async () => {
    const own = await setUp();
    run(own);
    const result = await status(own);
    expect(result).toMatchObject({
      home: own.home,
      server: { pid: 1234, url: 'https://127.0.0.1:8443', uptimeSeconds: 5, logDropped: 0, connectionsDropped: 0 },
      network: 'sandbox',
      identities: [{ idTag: 'alice.test', keyProblem: null, following: 0, followers: 0 }],
      certificate: null,
      queue: { queued: 0, nextAt: null, oldestAt: null, parked: 0 },
      failures: [],
      problems: [],
    });
  });

  it('says that the disk takes no writes, whoever asks first', async () => {
    const own = await setUp();
    run(own);
    rmSync(join(own.home, 'index'), { recursive: true });
    writeFileSync(join(own.home, 'index'), 'in the way');
    const [problem, ...others] = (await status(own)).problems;
    expect(problem).toMatchObject({ code: 'store.io', message: expect.stringContaining('ENOTDIR') });
    expect(others).toEqual([]);
    rmSync(join(own.home, 'index'));
    mkdirSync(join(own.home, 'index'));
    own.pass(2000);
    expect(await problems(own)).toEqual([]);
  });

  it('notices that no server runs', async () => {
    expect(await problems(await setUp())).toEqual(['server.stopped']);
  });

  it('shows the background workers of the running server, and notices one that failed', async () => {
    const own = await setUp();
    run(own);
    const error = errorToObject(new Error('the disk is gone'));
    const nextStartAt = own.clock.wall() + 2000;
    own.server.workers = () => [
      { name: 'parked', state: 'running', restarts: 0, error: null, nextStartAt: null },
      { name: 'delivery', state: 'paused', restarts: 3, error, nextStartAt },
    ];
    const result = await status(own);
    expect(result.workers).toEqual([
      { name: 'parked', state: 'running', restarts: 0, error: null, nextStartAt: null },
      {
        name: 'delivery',
        state: 'paused',
        restarts: 3,
        error: { code: 'internal.unexpected', message: expect.stringContaining('the disk is gone') },
        nextStartAt: new Date(nextStartAt).toISOString(),
      },
    ]);
    expect(result.problems).toMatchObject([{ code: 'server.worker', message: expect.stringContaining('"delivery"') }]);
  });

  it('notices keys that are gone, open to others, revoked, or about to expire', async () => {
    const own = await setUp();
    run(own);
    const [key] = (await own.identities.read('alice.test'))?.keys ?? [];
    const path = own.identities.privateKeyPath('alice.test', key?.keyId ?? '');
    chmodSync(path, 0o640);
    expect(await problems(own)).toEqual(['key.mode']);
    expect((await status(own)).problems[0]?.hint).toContain(`chmod 600 ${path}`);
    rmSync(path);
    expect(await problems(own)).toEqual(['key.missing']);
    await addKey(own, { rotate: true, expireOld: 0 });
    expect(await problems(own)).toEqual([]);
    const expiry = new Date(own.clock.wall() + 10 * DAY).toISOString();
    await own.identities.update('alice.test', (draft) => {
      for (const each of draft.keys) each.expiresAt = expiry;
      return draft;
    });
    expect(await problems(own)).toEqual(['key.expires']);
    const keyIds = (await own.identities.read('alice.test'))?.keys.map(({ keyId }) => keyId) ?? [];
    for (const keyId of keyIds) await revokeKey(own, { keyId, force: true });
    expect(await problems(own)).toEqual(['key.none']);
  });

  it('names the peers that fail, and those that are left out of broadcasts for it', async () => {
    const own = await setUp();
    run(own);
    const tenant = 'alice.test';
    const at = own.clock.wall();
    const error = { code: 'network.refused', message: 'no' } as const;
    const failed = { tenant, state: 'queued', attempts: 1, error, at, nextAt: at + 60_000 } as const;
    const actionId = contentId('a1', 'a post');
    await own.store.append([{ kind: 'delivery', actionId, to: 'bob.test', ...failed }]);
    const since = new Date(at).toISOString();
    const bob = { peer: 'bob.test', since, attempts: 1, code: 'network.refused', unreachable: false };
    expect((await status(own)).queue.failing).toMatchObject([bob]);
    own.pass(DAY);
    const later = await status(own);
    expect(later.queue.failing).toMatchObject([{ ...bob, unreachable: true }]);
    expect(later.problems.map(({ code }) => code)).toEqual(['queue.waiting', 'queue.unreachable']);
    await own.store.append([{ kind: 'delivery', actionId, to: 'bob.test', ...failed, state: 'dropped' }]);
    expect((await status(own)).failures).toEqual([]);
  });

  it('lists a hundred of the peers that fail, and tells how many there are', async () => {
    const own = await setUp();
    run(own);
    const at = own.clock.wall();
    const error = { code: 'network.refused', message: 'no' } as const;
    const failed = { tenant: 'alice.test', state: 'queued', attempts: 1, error, at, nextAt: at + 60_000 } as const;
    const actionId = contentId('a1', 'a post');
    const peers = Array.from({ length: 130 }, (_, n) => `p${n}.test`);
    await own.store.append(peers.map((to) => ({ kind: 'delivery', actionId, to, ...failed }) as const));
    own.pass(DAY);
    const { queue, problems: found } = await status(own);
    expect(queue.failing.map(({ peer }) => peer)).toEqual(peers.slice(0, 100));
    expect(queue.failingCount).toBe(130);
    expect(found.find(({ code }) => code === 'queue.unreachable')?.message).toContain('p0.test and at least 99 more');
  });

  it('counts relations, and shows the queue and what failed last', async () => {
    const own = await setUp();
    const tenant = 'alice.test';
    const token = await own.signer.sign(tenant, { t: 'POST', c: 'x' });
    const { actionId } = decodeToken(token);
    const at = own.clock.wall();
    const error = { code: 'network.refused', message: 'refused' } as const;
    const nextAt = at + 60_000;
    await own.store.append([
      { kind: 'relation', tenant, peer: 'bob.test', following: true, follower: true, connected: false, at },
      { kind: 'action', tenant, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
      { kind: 'delivery', tenant, actionId, to: 'bob.test', state: 'queued', attempts: 1, nextAt, error, at },
    ]);
    const result = await status(own);
    expect(result.identities).toMatchObject([{ following: 1, followers: 1 }]);
    expect(result.queue).toMatchObject({ queued: 1, nextAt: new Date(nextAt).toISOString() });
    expect(result.failures).toMatchObject([{ to: 'bob.test', code: 'network.refused', attempts: 1 }]);
    expect(result.problems.map(({ code }) => code)).toEqual(['server.stopped', 'queue.waiting']);
    // A server is at it: that it waits a while is no problem yet, an hour is.
    run(own);
    expect(await problems(own)).toEqual([]);
    own.pass(3_700_000);
    expect(await problems(own)).toEqual(['queue.waiting']);
  });

  it('looks at no more of the deliveries of a large home than of a small one', async () => {
    const readIn = async (posts: number): Promise<number> => {
      const own = await setUp();
      const at = own.clock.wall();
      const tenant = 'alice.test';
      for (let post = 0; post < posts; post += 1) {
        const made = { tenant, actionId: contentId('a1', `${post}`), at };
        const end = { kind: 'delivery', ...made, to: 'bob.test', state: 'delivered', attempts: 1 } as const;
        await own.store.append([{ kind: 'deliveries', ...made, to: ['bob.test', 'carol.test'], nextAt: at }, end]);
        await own.store.append([{ ...end, to: 'carol.test', state: post < 9 ? 'refused' : 'delivered', error }]);
      }
      expect((await status(own)).failures).toHaveLength(5);
      return valuesRead(() => status(own));
    };
    const error = { code: 'peer.refused', message: 'no' } as const;
    expect(await readIn(500)).toBeLessThan((await readIn(50)) * 2);
  });

  it('notices that the server lacks the passphrase of a key', async () => {
    const own = await setUp();
    await addKey(own, { rotate: true, expireOld: 0, passphrase: 'secret' });
    expect(await problems(own)).toEqual(['server.stopped']);
    run(own);
    expect(await problems(own)).toEqual(['key.passphrase']);
  });

  it('does not count a follow that was taken back in time as a failure', async () => {
    const own = await setUp();
    const tenant = 'alice.test';
    const token = await own.signer.sign(tenant, { t: 'POST', c: 'x' });
    const { actionId } = decodeToken(token);
    const at = own.clock.wall();
    const error = { code: 'check.superseded', message: 'unfollowed before it was delivered' } as const;
    await own.store.append([
      { kind: 'action', tenant, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
      { kind: 'delivery', tenant, actionId, to: 'bob.test', state: 'superseded', attempts: 1, error, at },
    ]);
    expect((await status(own)).failures).toEqual([]);
  });

  it('looks at the certificate', async () => {
    const own = await setUp();
    run(own);
    const { issue } = await trustedAuthority();
    const path = join(temporaryDirectory(), 'cert.pem');
    const withCert = {
      ...own,
      settings: { ...own.settings, tls: { cert: path, key: null, directory: null } } as Settings,
    };
    const codes = async () => (await status(withCert)).problems.map(({ code }) => code);
    expect(await codes()).toEqual(['tls.unreadable']);
    const directory = await certificateFacts(temporaryDirectory(), null, ['alice.test'], own.clock.wall());
    expect(directory.problem).not.toContain('EISDIR');
    writeFileSync(path, 'not a certificate');
    expect(await codes()).toEqual(['tls.unreadable']);
    writeFileSync(path, (await issue(['alice.test', 'cl-o.alice.test'])).cert);
    const { daysLeft, missing } = await certificateFacts(path, null, ['alice.test'], own.clock.wall());
    expect(missing).toEqual([]);
    expect(await codes()).toEqual((daysLeft ?? 0) < 30 ? ['tls.expires'] : []);
    writeFileSync(path, (await issue(['alice.test', 'cl-o.alice.test'], { startsInDays: 5, days: 90 })).cert);
    expect(await codes()).toEqual(['tls.expired']);
    writeFileSync(path, (await issue(['alice.test', 'cl-o.alice.test'])).cert);
    own.pass(400 * DAY);
    expect(await codes()).toEqual(['tls.expired']);
    writeFileSync(path, (await issue(['alice.test'])).cert);
    const wrong = await certificateFacts(path, null, ['alice.test', 'münchen.test'], own.clock.wall());
    expect(wrong.missing).toEqual(['cl-o.alice.test', 'cl-o.xn--mnchen-3ya.test', 'xn--mnchen-3ya.test']);
  });

  it('tells of a certificate whose key is another one, or is gone, also of a tenant’s own', async () => {
    const own = await setUp(['alice.test']);
    run(own);
    const { issue } = await trustedAuthority();
    const names = ['alice.test', 'cl-o.alice.test'];
    const [renewed, before] = await Promise.all([issue(names, { days: 60 }), issue(names, { days: 60 })]);
    const directory = temporaryDirectory();
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    writeFileSync(cert, renewed.cert);
    const withPair = { ...own, settings: { ...own.settings, tls: { cert, key, directory: null } } as Settings };
    const problems = async (deps: typeof own) => (await status(deps)).problems.map(({ message }) => message);
    expect(await problems(withPair)).toEqual([expect.stringContaining(`the key ${key}`)]);
    writeFileSync(key, before.key);
    expect(await problems(withPair)).toEqual([expect.stringContaining('is not that of the certificate')]);
    writeFileSync(key, renewed.key);
    expect(await problems(withPair)).toEqual([]);

    const tls = certificateDirectory(own.home, null, 'alice.test');
    mkdirSync(tls, { recursive: true });
    writeFileSync(join(tls, 'cert.pem'), renewed.cert);
    writeFileSync(join(tls, 'key.pem'), before.key);
    expect(await problems(own)).toEqual([expect.stringContaining('is not that of the certificate')]);
  });

  it('tells of damage before anything else', async () => {
    const own = await setUp([]);
    for (const name of ['identities', 'journal', 'index', 'blobs', 'cache'])
      mkdirSync(join(own.home, name), { recursive: true });
    const facts = await status({ ...own, identities: { ...own.identities, list: async () => [] } });
    expect(facts.problems.map(({ code }) => code)).toEqual(['identity.none']);
    const damaged = [{ segment: '000001.ndjson', offset: 512, reason: 'hash' }];
    const recovery = { ...facts.store.recovery, damaged, tornBytes: 7, keptAt: '000001.torn-900' };
    const store = { ...facts.store, recovery, writable: false };
    expect(findProblems({ ...facts, store }, own.clock.wall()).map(({ code }) => code)).toEqual([
      'store.damaged',
      'store.read-only',
      'store.torn',
      'identity.none',
    ]);
  });
});

it('looks at an identity’s own certificate, which the common one needn’t name then', async () => {
  const own = await setUp(['alice.test', 'anna.test']);
  run(own);
  const { issue } = await trustedAuthority();
  const directory = temporaryDirectory();
  const common = join(directory, 'common.pem');
  writeFileSync(common, (await issue(['alice.test', 'cl-o.alice.test'], { days: 60 })).cert);
  const settings = { ...own.settings, tls: { cert: common, key: null, directory } } as Settings;
  const look = () => status({ ...own, settings });
  expect((await look()).problems.map(({ code }) => code)).toEqual(['tls.name']);
  mkdirSync(join(directory, 'anna.test'));
  const files = { cert: join(directory, 'anna.test/cert.pem'), key: join(directory, 'anna.test/key.pem') };
  const pair = await issue(['cl-o.anna.test', 'anna.test'], { days: 60 });
  writeFileSync(files.cert, pair.cert);
  writeFileSync(files.key, pair.key);
  expect(await look()).toMatchObject({
    problems: [],
    certificate: { path: common, missing: [] },
    ownCertificates: [{ path: files.cert, missing: [] }],
  });
  writeFileSync(files.cert, 'no certificate');
  expect((await look()).problems).toMatchObject([{ code: 'tls.unreadable' }]);
});
