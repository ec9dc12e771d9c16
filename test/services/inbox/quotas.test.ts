import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { retryParked } from '../../../src/services/inbox/parked-worker.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { fileSystem } from '../../support/file-system.ts';
import { makeWorld, TENANT, type World } from '../../support/inbox-samples.ts';
import { type Instance, type Peer, refusal, startInstance } from '../../support/instance.ts';

const DAY = 86_400_000;
let alice: Instance;
let world: World;
let bob: Peer;
const logged: { message: string; fields: unknown }[] = [];

beforeEach(async () => {
  logged.length = 0;
  alice = await startInstance({ log: (_level, message, fields) => void logged.push({ message, fields }) });
  const started = alice;
  onTestFinished(() => started.close());
  world = await makeWorld(alice);
  bob = alice.peer('bob.test');
});

const limit = (limits: object) => Object.assign(alice.settings.limits, limits);
const comment = (peer: Peer, c: string) => peer.sign({ t: 'CMNT', aud: TENANT, p: world.post, c });
const sent = async (peer: Peer, c: string) => (await alice.send(await comment(peer, c))).statusCode;
const relate = (peer: string, flags: object) =>
  alice.store.append([
    {
      kind: 'relation',
      tenant: TENANT,
      peer,
      ...{ following: false, follower: false, connected: false },
      ...flags,
      at: alice.clock.now,
    },
  ]);
const use = (issuer: string | null) => alice.store.strangerUse(issuer, alice.clock.now + alice.clock.ahead);

describe('a stranger', () => {
  it('is answered 429 past its actions of the day, with the time to come back', async () => {
    limit({ issuerActions: 2 });
    expect([await sent(bob, '1'), await sent(bob, '2')]).toEqual([201, 201]);
    const third = await comment(bob, '3');
    const answer = await alice.send(third);
    expect(refusal(answer)).toEqual({ status: 429, code: 'E-RATE-LIMITED' });
    // The tests begin at 18:00.
    expect(answer.headers['retry-after']).toBe(`${6 * 3600}`);
    expect(await sent(alice.peer('carol.test'), '1')).toBe(201);
    alice.clock.now += 6 * 3_600_000;
    expect((await alice.send(third)).statusCode).toBe(201);
  });

  it('is refused at /api/inbox, too, and not parked', async () => {
    limit({ issuerActions: 0 });
    const answer = await alice.post('/api/inbox', { token: await comment(bob, '1') });
    expect(answer.statusCode).toBe(429);
    expect(alice.store.parked()).toEqual([]);
    expect(use(null)).toEqual({ actions: 0, bytes: 0 });
  });

  it('is answered 429 past its bytes', async () => {
    const token = await comment(bob, 'x'.repeat(5000));
    limit({ issuerBytes: token.length + 100 });
    expect((await alice.send(token)).statusCode).toBe(201);
    expect(use('bob.test').bytes).toBeGreaterThanOrEqual(token.length);
    expect(await sent(bob, 'y')).toBe(429);
  });

  it('waits when all strangers together have used up the day', async () => {
    limit({ strangerActions: 2 });
    for (const name of ['x.test', 'y.test']) expect(await sent(alice.peer(name), '1')).toBe(201);
    expect(await sent(bob, '1')).toBe(429);
  });

  it('has its reactions, requests and second signatures counted', async () => {
    await alice.send(await bob.sign({ t: 'REACT:LIKE', aud: TENANT, sub: world.post }));
    await alice.send(await bob.sign({ t: 'CONN', aud: TENANT }));
    const claims = { t: 'CMNT', aud: TENANT, p: world.post, c: 'twice' };
    const [first, second] = [await bob.sign(claims), await bob.sign(claims)];
    expect(first).not.toBe(second);
    await alice.send(first);
    await alice.send(second);
    expect(use('bob.test').actions).toBe(4);
    expect(alice.store.aliases(TENANT, actionId(first))).toBe(1);
    limit({ issuerActions: 4 });
    expect((await alice.send(await bob.sign(claims))).statusCode).toBe(429);
    // The same bytes again store nothing.
    expect((await alice.send(first)).statusCode).toBe(201);
    expect(alice.store.aliases(TENANT, actionId(first))).toBe(1);
  });

  it('has counted what others bring along, and is refused there, too', async () => {
    await relate('bob.test', { following: true });
    const carol = alice.peer('carol.test');
    const bring = async (c: string) => {
      const post = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c, v: 'P' });
      const approval = await bob.sign({ t: 'APRV', aud: 'carol.test', sub: actionId(post) });
      expect((await alice.post('/api/inbox/sync', { token: approval, related: [post] })).statusCode).toBe(201);
      return { post, there: alice.store.row(TENANT, actionId(post)) !== null };
    };
    const { post, there } = await bring('first');
    expect(there).toBe(true);
    // With her name, which comes with her key.
    expect(use('carol.test').actions).toBe(1);
    expect(use('carol.test').bytes).toBeGreaterThanOrEqual(post.length);
    expect(use('bob.test')).toEqual({ actions: 0, bytes: 0 });
    limit({ issuerActions: 1 });
    expect((await bring('second')).there).toBe(false);
    expect(use('carol.test').actions).toBe(1);
  });

  it('may always delete what it said', async () => {
    const said = await comment(bob, 'sorry');
    await alice.send(said);
    limit({ issuerActions: 0 });
    const sub = actionId(said);
    const gone = await bob.sign({ t: 'CMNT:DEL', aud: TENANT, p: world.post, sub, c: 'x' });
    expect((await alice.send(gone)).statusCode).toBe(201);
    expect(alice.store.row(TENANT, sub)?.status).toBe('D');
    const again = await bob.sign({ t: 'CMNT:DEL', aud: TENANT, p: world.post, sub, c: 'y' });
    expect((await alice.send(again)).statusCode).toBe(429);
  });

  it('has what it parks counted for all, and nothing for a name that it has not proved', async () => {
    limit({ strangerActions: 1 });
    alice.resolver.failures.set('bob.test', new CloudilloError('network.timeout', 'away', { retryable: true }));
    expect((await alice.post('/api/inbox', { token: await comment(bob, '1') })).statusCode).toBe(202);
    expect([use(null).actions, use('bob.test').actions]).toEqual([1, 0]);
    expect((await alice.post('/api/inbox', { token: await comment(bob, '2') })).statusCode).toBe(429);
    // The parked token waits for the next day.
    alice.resolver.failures.clear();
    const [parked] = alice.store.parked();
    if (parked) await retryParked(alice.inbox, parked);
    expect(alice.store.parked()).toMatchObject([{ attempts: 2 }]);
    const retried = logged.find(({ message }) => message === 'arrival parked again');
    expect(retried?.fields).toMatchObject({ refusal: { code: 'rate.quota', check: 'quota', blame: 'sender' } });
  });
});

describe('whoever the tenant follows or is connected with', () => {
  it.each(['following', 'connected'])('has no quota: %s', async (relation) => {
    limit({ issuerActions: 0, strangerActions: 0, issuerBytes: 0, strangerBytes: 0 });
    alice.disk.free = 0;
    expect(await sent(bob, '1')).toBe(503);
    await relate('bob.test', { [relation]: true });
    expect(await sent(bob, '1')).toBe(201);
    expect(use('bob.test')).toEqual({ actions: 0, bytes: 0 });
  });

  it('a follower is a stranger', async () => {
    limit({ issuerActions: 0 });
    await relate('bob.test', { follower: true });
    expect(await sent(bob, '1')).toBe(429);
  });
});

describe('the disk', () => {
  it('takes nothing of strangers when it is nearly full, and the owner and friends go on', async () => {
    alice.disk.free = alice.settings.limits.minFree - 1;
    const answer = await alice.send(await comment(bob, '1'));
    expect(refusal(answer)).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    expect(answer.headers['retry-after']).toBe('600');
    expect((await alice.post('/api/inbox', { token: await comment(bob, '1') })).statusCode).toBe(503);
    expect(alice.store.parked()).toEqual([]);
    const bearer = await alice.bearer();
    const own = await alice.post('/api/actions', { type: 'POST', content: 'mine' }, { bearer });
    expect(own.statusCode).toBe(201);
    alice.disk.free += 1;
    expect(await sent(bob, '1')).toBe(201);
  });

  it('refuses nobody when the system can not tell how much room there is', async () => {
    alice.inbox.disk = { ...alice.disk, rooms: async () => [] };
    expect(await sent(bob, '1')).toBe(201);
  });

  it('keeps at most a tenth free', async () => {
    const total = alice.settings.limits.minFree;
    alice.inbox.disk = { ...alice.disk, rooms: async () => [fileSystem(), fileSystem({ free: total / 10, total })] };
    expect(await sent(bob, '1')).toBe(201);
    alice.inbox.disk = {
      ...alice.disk,
      rooms: async () => [fileSystem(), fileSystem({ free: total / 10 - 1, total })],
    };
    expect(await sent(bob, '2')).toBe(503);
  });
});

describe('the count', () => {
  it('survives a restart with the saved index, and one without', async () => {
    await sent(bob, '1');
    await sent(bob, '2');
    const before = [use('bob.test'), use(null)];
    expect(before[0]?.actions).toBe(2);
    await alice.store.rebuild();
    expect([use('bob.test'), use(null)]).toEqual(before);
    await alice.store.close();
    const store = await openFileStore(alice.home);
    expect(store.recovery.snapshot).toBe('used');
    expect([store.strangerUse('bob.test', alice.clock.now), store.strangerUse(null, alice.clock.now)]).toEqual(before);
    await store.close();
  });

  it('begins anew each day, and when the clock was days ahead', async () => {
    limit({ issuerActions: 1 });
    alice.clock.ahead = 10 * DAY;
    expect(await sent(bob, '1')).toBe(201);
    expect(await sent(bob, '2')).toBe(429);
    alice.clock.ahead = 0;
    expect(await sent(bob, '3')).toBe(201);
    expect(await sent(bob, '4')).toBe(429);
  });
});
