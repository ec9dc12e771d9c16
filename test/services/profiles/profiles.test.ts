import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { exportPublicKey, generateKeyPair } from '../../../src/protocol/keys.ts';
import { addFile } from '../../../src/services/files/add-file.ts';
import { keysFromCache } from '../../../src/services/keys/home-keys.ts';
import { createRefreshState, refreshDue } from '../../../src/services/peers/refresh-profiles.ts';
import { runProfileRefresh } from '../../../src/services/peers/refresh-worker.ts';
import { setTreatment } from '../../../src/services/peers/treatment.ts';
import { setProfile } from '../../../src/services/profiles/set-profile.ts';
import { showProfile } from '../../../src/services/profiles/show-profile.ts';
import { json, type Peer, refuse, startLab } from '../../support/lab.ts';
import { type OwnInstance, ownInstance } from '../../support/own-instance.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';
import { codeOf } from '../../support/store-fixtures.ts';

const HOUR = 3_600_000;
const wire = () => exportPublicKey(generateKeyPair().publicKey, 'wire');
const [OLD, NEW] = [wire(), wire()];

interface Published {
  name: string;
  keys: { keyId: string; publicKey: string; expiresAt?: string }[];
  down?: boolean;
}

/** A peer that publishes what the test says, with an ETag. */
async function setUp(...idTags: string[]) {
  const lab = await startLab();
  const own = await ownInstance(lab, ['alice.test', 'anna.test']);
  const published = new Map<string, Published>();
  const peers = new Map<string, Peer>();
  for (const idTag of idTags) {
    published.set(idTag, { name: 'First', keys: [{ keyId: 'k1', publicKey: OLD }] });
    const peer = await lab.peer(idTag, ({ headers }, response) => {
      const { down, ...profile } = published.get(idTag) as Published;
      if (down) return refuse(response, 503, 'E-SYS-UNAVAIL');
      const etag = `"${Buffer.from(JSON.stringify(profile)).toString('base64url').slice(-24)}"`;
      if (headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
      json(response, { data: { idTag, type: 'person', ...profile } }, { headers: { etag } });
    });
    peers.set(idTag, peer);
  }
  const state = createRefreshState();
  return {
    own,
    state,
    published,
    asked: (idTag: string) => peers.get(idTag)?.requests.length ?? 0,
    headersOf: (idTag: string) => peers.get(idTag)?.requests.map(({ headers }) => headers['if-none-match'] ?? null),
    round: (options = {}) => refreshDue(own, state, options),
  };
}

async function relate({ store, clock }: OwnInstance, tenant: string, peer: string, flags = { following: true }) {
  const none = { following: false, follower: false, connected: false };
  await store.append([{ kind: 'relation', tenant, peer, ...none, ...flags, at: clock.wall() }]);
}

describe('known profiles', () => {
  it('are asked for when nothing is known, then once a day, conditionally, and told to each tenant', async () => {
    const { own, round, published, asked, headersOf } = await setUp('bob.test', 'carol.test');
    await relate(own, 'alice.test', 'bob.test');
    await relate(own, 'anna.test', 'bob.test');
    expect(await round()).toMatchObject({ asked: 1, failed: 0 });
    for (const tenant of ['alice.test', 'anna.test']) expect(own.store.peer(tenant, 'bob.test')?.name).toBe('First');
    const { nextAt, asked: again } = await round();
    expect(again).toBe(0);
    expect(nextAt - own.clock.wall()).toBeGreaterThan(21 * HOUR);
    expect(nextAt - own.clock.wall()).toBeLessThanOrEqual(24 * HOUR);
    own.pass(24 * HOUR);
    const records = own.store.stats().records;
    expect(await round()).toMatchObject({ asked: 1, failed: 0 });
    expect(own.store.stats().records).toBe(records);
    (published.get('bob.test') as Published).name = 'Second';
    own.pass(24 * HOUR);
    await round();
    expect(own.store.peer('anna.test', 'bob.test')?.name).toBe('Second');
    expect(headersOf('bob.test')).toEqual([null, expect.any(String), expect.any(String)]);
    expect(asked('carol.test')).toBe(0);
  });

  it('the oldest come first, so many in a round; relations that ended and blocked peers are left alone', async () => {
    const names = ['p1.test', 'p2.test', 'p3.test', 'p4.test'];
    const { own, round, asked } = await setUp(...names);
    for (const name of names) await relate(own, 'alice.test', name);
    await relate(own, 'alice.test', 'p3.test', { following: false });
    await setTreatment(own, { as: 'alice.test', peer: 'p4.test', blocked: true });
    expect(await round({ limit: 1 })).toMatchObject({ asked: 1 });
    expect([asked('p1.test'), asked('p2.test')]).toEqual([1, 0]);
    own.pass(12 * HOUR);
    await round();
    own.pass(15 * HOUR);
    expect(await round({ limit: 1 })).toMatchObject({ asked: 1 });
    expect(names.map(asked)).toEqual([2, 1, 0, 0]);
  });

  it('one that fails is asked later and later, and disturbs nobody', async () => {
    const { own, round, published, asked, state } = await setUp('bob.test', 'carol.test');
    await relate(own, 'alice.test', 'bob.test');
    await relate(own, 'alice.test', 'carol.test');
    (published.get('bob.test') as Published).down = true;
    expect(await round()).toMatchObject({ asked: 2, failed: 1 });
    expect(own.store.peer('alice.test', 'carol.test')?.name).toBe('First');
    const waits: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      const until = state.failures.get('bob.test')?.until ?? 0;
      waits.push(Math.round((until - own.clock.wall()) / (HOUR / 4)));
      own.pass(until - own.clock.wall() - 60_000);
      const before = asked('bob.test');
      await round();
      expect(asked('bob.test')).toBe(before);
      own.pass(61_000);
      await round();
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 96, 96]);
    (published.get('bob.test') as Published).down = false;
    own.pass(24 * HOUR);
    expect(await round()).toMatchObject({ failed: 0 });
    expect(state.failures.size).toBe(0);
  });

  it('one that this machine can’t ask is asked again after the first pause, and its failures stay as they were', async () => {
    const { own, state } = await setUp('bob.test');
    await relate(own, 'alice.test', 'bob.test');
    const refresh = async () => {
      throw new CloudilloError('network.local', 'the network is down', { retryable: true });
    };
    const deps = { ...own, profiles: { ...own.profiles, refresh } };
    for (let n = 0; n < 3; n += 1) {
      expect(await refreshDue(deps, state, {})).toMatchObject({ failed: 1 });
      const { count, until = 0 } = state.failures.get('bob.test') ?? {};
      // The clock goes on meanwhile.
      expect([count, Math.round((until - own.clock.monotonic()) / (HOUR / 4))]).toEqual([0, 1]);
      own.pass(HOUR / 4 + 1000);
    }
  });

  it('give a tenant that knows no name the one that is cached, without asking', async () => {
    const { own, round, asked } = await setUp('bob.test');
    await own.keyResolver.resolve('bob.test', 'k1');
    await relate(own, 'alice.test', 'bob.test');
    await round();
    expect([own.store.peer('alice.test', 'bob.test')?.name, asked('bob.test')]).toEqual(['First', 1]);
  });

  it('share a question with the key resolver, and what it learnt', async () => {
    const { own, round, asked } = await setUp('bob.test');
    await relate(own, 'alice.test', 'bob.test');
    await Promise.all([round(), own.keyResolver.resolve('bob.test', 'k1')]);
    expect(asked('bob.test')).toBe(1);
    await own.keyResolver.resolve('bob.test', 'k1');
    expect(asked('bob.test')).toBe(1);
  });

  it('a rotation is seen; the key that vanished verifies what it signed before, offline, and nothing that arrives', async () => {
    const { own, round, published } = await setUp('bob.test');
    await relate(own, 'alice.test', 'bob.test');
    await round();
    const seenAt = own.keyCache.get('bob.test')?.fetchedAt ?? 0;
    (published.get('bob.test') as Published).keys = [{ keyId: 'k2', publicKey: NEW }];
    own.pass(24 * HOUR);
    await round();
    expect(own.logged.map(({ message }) => message).filter((text) => / k\d /.test(text))).toEqual([
      'bob.test k1 gone',
      'bob.test k2 added',
    ]);
    const offline = await keysFromCache(own.keyCache)('bob.test', 'k1');
    expect(offline.key?.expiresAt).toBe(Math.floor(seenAt / 1000));
    expect((await keysFromCache(own.keyCache)('bob.test', 'k2')).key?.expiresAt).toBeUndefined();
    expect((await own.keyResolver.resolve('bob.test', 'k1')).key).toBeNull();
  });

  it('an expired key that is published still is kept as it is, and with its own end when it goes', async () => {
    const { own, round, published } = await setUp('bob.test');
    await relate(own, 'alice.test', 'bob.test');
    const expiresAt = '2026-01-01T00:00:00Z';
    const bob = published.get('bob.test') as Published;
    bob.keys = [
      { keyId: 'k1', publicKey: OLD, expiresAt },
      { keyId: 'k2', publicKey: NEW },
    ];
    await round();
    const end = Date.parse(expiresAt) / 1000;
    expect((await keysFromCache(own.keyCache)('bob.test', 'k1')).key?.expiresAt).toBe(end);
    bob.keys = bob.keys.slice(1);
    own.pass(24 * HOUR);
    await round();
    expect((await keysFromCache(own.keyCache)('bob.test', 'k1')).key?.expiresAt).toBe(end);
  });

  it('a key replaced under its ID is noticed, and the one before is shown', async () => {
    const { own, round, published } = await setUp('bob.test');
    await relate(own, 'alice.test', 'bob.test');
    await round();
    (published.get('bob.test') as Published).keys = [{ keyId: 'k1', publicKey: NEW }];
    const shown = await showProfile(own, { as: 'alice.test', idTag: 'bob.test', refresh: true });
    expect(own.logged).toContainEqual({ level: 'info', message: 'bob.test k1 replaced' });
    expect(shown).toMatchObject({
      own: false,
      following: true,
      keys: [
        { keyId: 'k1', state: 'published' },
        { keyId: 'k1', state: 'replaced', lastSeenAt: expect.any(String) },
      ],
    });
  });

  it('the worker pauses between rounds, and ends when told to', async () => {
    const { own, asked } = await setUp('bob.test');
    await relate(own, 'alice.test', 'bob.test');
    const stop = new AbortController();
    const pauses: number[] = [];
    await runProfileRefresh(own, stop.signal, async (ms) => {
      pauses.push(ms);
      if (pauses.length === 2) own.pass(24 * HOUR);
      if (pauses.length === 3) stop.abort();
    });
    expect(pauses).toEqual([60_000, HOUR, HOUR]);
    expect(asked('bob.test')).toBe(2);
    await runProfileRefresh(own, stop.signal);
  });
});

describe('showing a profile', () => {
  it('an own one has its keys and counts; the only one, the one named, or the one that --as says', async () => {
    const { own } = await setUp('bob.test');
    await relate(own, 'alice.test', 'bob.test');
    await setTreatment(own, { as: 'alice.test', peer: 'carol.test', muted: true });
    const shown = await showProfile(own, { idTag: 'ALICE.test' });
    expect(shown).toMatchObject({
      own: true,
      idTag: 'alice.test',
      keys: [{ state: 'signing' }],
      counts: { following: 1, followers: 0, connected: 0, blocked: 0, muted: 1 },
    });
    expect(await showProfile(own, { as: 'alice.test' })).toEqual(shown);
    expect(await showProfile(own, { as: 'anna.test', idTag: 'alice.test' })).toMatchObject({
      own: false,
      as: 'anna.test',
    });
  });

  it('a peer that nothing is known of has nothing', async () => {
    const { own, asked } = await setUp('bob.test');
    const shown = await showProfile(own, { as: 'alice.test', idTag: 'bob.test' });
    expect(shown).toMatchObject({
      name: null,
      type: null,
      following: false,
      blocked: false,
      checkedAt: null,
      keys: [],
    });
    expect(asked('bob.test')).toBe(0);
    const now = await showProfile(own, { as: 'alice.test', idTag: 'bob.test', refresh: true });
    expect(now).toMatchObject({ name: 'First', type: 'person', keys: [{ keyId: 'k1', state: 'published' }] });
  });

  it('a broken key of a peer is shown as such', async () => {
    const { own, published } = await setUp('bob.test');
    (published.get('bob.test') as Published).keys = [{ keyId: 'k1', publicKey: 'MHYw' }];
    const shown = await showProfile(own, { as: 'alice.test', idTag: 'bob.test', refresh: true });
    expect(shown.keys).toMatchObject([{ keyId: 'k1', fingerprint: null }]);
  });

  it.each([
    [{}, 'usage.as'],
    [{ as: 'nobody.test' }, 'home.identity-missing'],
    [{ as: 'alice.test', idTag: 'not a name' }, 'usage.id-tag'],
    [{ as: 'alice.test', refresh: true }, 'usage.refresh'],
    [{ as: 'alice.test', idTag: 'gone.test', refresh: true }, 'dns.nxdomain'],
    [{ as: 'alice.test', idTag: 'down.test', refresh: true }, 'peer.error'],
  ])('%j is refused with %s', async (input, code) => {
    const { own, published } = await setUp('down.test');
    (published.get('down.test') as Published).down = true;
    expect(await codeOf(showProfile(own, input))).toBe(code);
  });
});

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('setting a profile', () => {
  it('changes what is given and keeps the rest', async () => {
    const { own } = await setUp();
    const path = join(temporaryDirectory('file-'), 'me.png');
    writeFileSync(path, PNG);
    const named = await setProfile(own, { as: 'alice.test', name: '  Alice L. ' });
    expect(named).toMatchObject({ name: 'Alice L.', type: 'person', profilePic: null, changed: true });
    const pictured = await setProfile(own, { as: 'alice.test', picture: { path, fileName: 'me.png' } });
    expect(pictured).toMatchObject({ name: 'Alice L.', profilePic: expect.stringMatching(/^f1~/), changed: true });
    const { profilePic } = pictured;
    expect(own.store.file('alice.test', profilePic as string)?.contentType).toBe('image/png');
    expect(await setProfile(own, { as: 'alice.test', picture: { fileId: profilePic as string } })).toMatchObject({
      changed: false,
    });
    expect(await setProfile(own, { as: 'alice.test', picture: null, type: 'community' })).toMatchObject({
      name: 'Alice L.',
      type: 'community',
      profilePic: null,
    });
    expect((await own.identities.read('alice.test'))?.keys).toHaveLength(1);
    expect((await own.identities.read('anna.test'))?.name).toBe('anna');
  });

  it.each([
    ['an empty name', { name: '  ' }, 'usage.name'],
    ['a control character', { name: 'A\u001b[31m' }, 'usage.name'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'usage.name'],
    ['no such file', { picture: { path: '/nowhere/me.png', fileName: 'me.png' } }, 'usage.file'],
    ['a file that is no picture', { picture: { path: '/etc/hosts', fileName: 'hosts.txt' } }, 'usage.picture'],
    ['a file ID of nobody', { picture: { fileId: `f1~${'A'.repeat(43)}` } }, 'usage.picture'],
    ['no file ID', { picture: { fileId: 'a1~x' } }, 'usage.picture'],
  ])('%s is refused, and nothing changes', async (_, input, code) => {
    const { own } = await setUp();
    const before = await own.identities.read('alice.test');
    expect(await codeOf(setProfile(own, { as: 'alice.test', ...input }))).toBe(code);
    expect(await own.identities.read('alice.test')).toEqual(before);
  });

  it('another tenant’s file is no picture of ours', async () => {
    const { own } = await setUp();
    const input = { tenant: 'anna.test', fileName: 'a.png', contentType: 'image/png', source: PNG, preset: 'file' };
    const { fileId } = await addFile(own, { ...input, maxBytes: 1000 } as Parameters<typeof addFile>[1]);
    expect(await codeOf(setProfile(own, { as: 'alice.test', picture: { fileId } }))).toBe('usage.picture');
    expect((await setProfile(own, { as: 'anna.test', picture: { fileId } })).profilePic).toBe(fileId);
  });
});

describe('blocking', () => {
  it('ends the relation and what waits, in one record, and doesn’t come back with it', async () => {
    const { own } = await setUp();
    const { store } = own;
    await relate(own, 'alice.test', 'bob.test', { following: true, follower: true, connected: true } as never);
    const waiting = { kind: 'delivery', tenant: 'alice.test', actionId: 'a1~x', state: 'queued', attempts: 2 } as const;
    await store.append([
      { ...waiting, to: 'bob.test', nextAt: 1, at: 1 },
      { ...waiting, to: 'carol.test', nextAt: 1, at: 1 },
    ]);
    const { records } = store.stats();
    const blocked = await setTreatment(own, { as: 'alice.test', peer: 'BOB.test', blocked: true });
    expect(blocked).toEqual({
      as: 'alice.test',
      peer: 'bob.test',
      blocked: true,
      muted: false,
      changed: true,
      ended: { following: true, follower: true, connected: true },
      dropped: 1,
    });
    expect(store.stats().records).toBe(records + 1);
    expect(store.relation('alice.test', 'bob.test')).toMatchObject({
      following: false,
      follower: false,
      connected: false,
    });
    expect(store.deliveries({ state: 'queued' }).map(({ to }) => to)).toEqual(['carol.test']);
    const again = await setTreatment(own, { as: 'alice.test', peer: 'bob.test', blocked: true });
    expect(again).toMatchObject({ changed: false, ended: null, dropped: 0 });
    expect(store.stats().records).toBe(records + 1);
    await setTreatment(own, { as: 'alice.test', peer: 'bob.test', blocked: false });
    expect(store.relation('alice.test', 'bob.test').connected).toBe(false);
    expect(store.treatment('anna.test', 'bob.test').blocked).toBe(false);
  });

  it('and muting don’t know of each other', async () => {
    const { own } = await setUp();
    const set = (wanted: object) => setTreatment(own, { as: 'alice.test', peer: 'bob.test', ...wanted });
    expect(await set({ muted: true })).toMatchObject({ blocked: false, muted: true, ended: null });
    expect(await set({ blocked: true })).toMatchObject({ blocked: true, muted: true });
    expect(await set({ muted: false })).toMatchObject({ blocked: true, muted: false });
    expect(await set({})).toMatchObject({ blocked: true, muted: false, changed: false });
  });

  it('a muted peer keeps its relation', async () => {
    const { own } = await setUp();
    await relate(own, 'alice.test', 'bob.test');
    await setTreatment(own, { as: 'alice.test', peer: 'bob.test', muted: true });
    expect(own.store.relation('alice.test', 'bob.test').following).toBe(true);
  });

  it.each([
    [{ as: 'alice.test', peer: 'alice.test' }, 'usage.self'],
    [{ as: 'alice.test', peer: 'no name' }, 'usage.id-tag'],
    [{ peer: 'bob.test' }, 'usage.as'],
    [{ as: 'nobody.test', peer: 'bob.test' }, 'home.identity-missing'],
  ])('%j is refused with %s', async (input, code) => {
    const { own } = await setUp();
    const { records } = own.store.stats();
    expect(await codeOf(setTreatment(own, { ...input, blocked: true }))).toBe(code);
    expect(own.store.stats().records).toBe(records);
  });
});
