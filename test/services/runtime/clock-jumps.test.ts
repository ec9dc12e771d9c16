import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createKeyResolver } from '../../../src/federation/keys/key-resolver.ts';
import { createMemoryProfileCache } from '../../../src/federation/keys/profile-cache.ts';
import { createAccessTokens } from '../../../src/federation/peer/access-tokens.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { exportPublicKey, generateKeyPair } from '../../../src/protocol/keys.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { deliverOne } from '../../../src/services/delivery/deliver.ts';
import { isDue, isExpired } from '../../../src/services/delivery/delivery-policy.ts';
import { findDelivery } from '../../../src/services/delivery/delivery-report.ts';
import { startDeliveryWorker } from '../../../src/services/delivery/delivery-worker.ts';
import { runParkedWorker } from '../../../src/services/inbox/parked-worker.ts';
import { createRefreshState, refreshDue } from '../../../src/services/peers/refresh-profiles.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { movedClock } from '../../support/clock.ts';
import { type Instance, refusal, START, startInstance } from '../../support/instance.ts';
import { startLab } from '../../support/lab.ts';
import { makeIdentity, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, type OwnInstance, ownInstance, posted } from '../../support/own-instance.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const JUMPS = [10 * DAY, -30 * MINUTE] as const;
const ALICE = 'alice.test';

const open: Instance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((instance) => instance.close()));
});

it('the monotonic clock of the machine begins with its wall clock, and says whole milliseconds', () => {
  expect(Math.abs(systemClock.monotonic() - systemClock.wall())).toBeLessThan(10_000);
  expect(Number.isInteger(systemClock.monotonic())).toBe(true);
});

describe.each(JUMPS)('the wall clock jumps by %i ms and back', (jump) => {
  async function server(): Promise<Instance> {
    const alice = await startInstance({ settings: { rateLimits: true } });
    open.push(alice);
    return alice;
  }

  it('an address that asked too often stays limited, and is free as soon as ever', async () => {
    const alice = await server();
    const ask = () => alice.get('/api/me', { address: '203.0.113.7' });
    for (let index = 0; index < 500; index += 1) await ask();
    alice.clock.ahead = jump;
    expect((await ask()).statusCode).toBe(429);
    alice.clock.now += MINUTE;
    expect((await ask()).statusCode).toBe(200);
    alice.clock.ahead = 0;
    expect((await ask()).statusCode).toBe(200);
  });

  it('a ban lasts its hour, no longer and no shorter', async () => {
    const alice = await server();
    const mallory = alice.peer('mallory.test');
    alice.peer('bob.test');
    const send = async (c: string) =>
      alice.post(
        '/api/inbox/sync',
        { token: await mallory.sign({ iss: 'bob.test', t: 'FLLW', aud: ALICE, c }) },
        { address: '203.0.113.7' },
      );
    for (const c of ['1', '2', '3']) await send(c);
    alice.clock.ahead = jump;
    expect(refusal(await send('4')).code).toBe('E-RATE-BANNED');
    alice.clock.now += HOUR;
    expect(refusal(await send('5')).code).not.toBe('E-RATE-BANNED');
    alice.clock.ahead = 0;
    expect(refusal(await send('6')).code).not.toBe('E-RATE-BANNED');
  });

  it('an address that guessed passwords is held back as long as ever', async () => {
    const alice = await server();
    const guess = async () => {
      const login = { idTag: ALICE, password: 'wrong-guess-1' };
      return (await alice.post('/api/auth/login', login, { address: '203.0.113.7' })).statusCode;
    };
    for (let index = 0; index < 11; index += 1) expect(await guess()).toBe(403);
    alice.clock.ahead = jump;
    expect(await guess()).toBe(429);
    alice.clock.now += MINUTE;
    expect(await guess()).toBe(403);
    alice.clock.ahead = 0;
    expect(await guess()).toBe(429);
  });

  it('an access token is used as long as it lasts, and no longer', async () => {
    const clock = movedClock(START);
    let asked = 0;
    const tokens = createAccessTokens({
      clock,
      sign: async () => 'proxy',
      api: { getAccessToken: async () => `opaque-${++asked}` },
    });
    const get = () => tokens.get(ALICE, 'bob.test');
    await get();
    clock.jump(jump);
    expect(await get()).toBe('opaque-1');
    clock.pass(5 * MINUTE);
    expect(await get()).toBe('opaque-2');
    clock.jump(-jump);
    expect(await get()).toBe('opaque-2');
  });

  it('an issuer that failed is left alone for its five minutes', async () => {
    const clock = movedClock(START);
    let asked = 0;
    const fetchProfile = async () => {
      asked += 1;
      throw new CloudilloError('network.timeout', 'late', { retryable: true });
    };
    const resolver = createKeyResolver({ api: { fetchProfile }, clock });
    const resolve = () => expect(resolver.resolve('bob.test', 'k1')).rejects.toThrow();
    await resolve();
    clock.jump(jump);
    await resolve();
    expect(asked).toBe(1);
    clock.pass(5 * MINUTE);
    await resolve();
    expect(asked).toBe(2);
  });

  it('a delivery that failed is tried again after its pause, and not given up', async () => {
    const { own } = await home();
    const delivery = await queue(own, 'bob.test');
    expect(await deliverOne(own, delivery)).toMatchObject({ state: 'queued', attempts: 1 });
    const isReady = () => [...own.store.dueDeliveries(ALICE, own.clock.monotonic(), 'half-open')].length;
    own.jump(jump);
    expect(isReady()).toBe(0);
    own.pass(MINUTE);
    expect(isReady()).toBe(1);
    const [again] = own.store.dueDeliveries(ALICE, own.clock.monotonic(), 'half-open');
    expect(await deliverOne(own, again as typeof delivery)).toMatchObject({ state: 'queued', attempts: 2 });
    own.jump(-jump);
    own.pass(2 * MINUTE);
    expect(isReady()).toBe(1);
  });

  it('the failures of a peer count alike: together one, each later one more', async () => {
    const { own } = await home();
    own.jump(jump);
    const one = await queue(own, 'bob.test');
    // Later, or the two would be one.
    own.pass(1000);
    const other = await queue(own, 'bob.test');
    const failures = () => own.store.openCircuit('bob.test')?.failures;
    await Promise.all([deliverOne(own, one), deliverOne(own, other)]);
    expect(failures()).toBe(1);
    for (let count = 2; count <= 4; count += 1) {
      own.pass(HOUR);
      const [again] = own.store.dueDeliveries(ALICE, own.clock.monotonic(), 'half-open');
      await deliverOne(own, again as typeof one);
      expect(failures()).toBe(count);
    }
    await own.store.rebuild();
    expect(failures()).toBe(4);
  });
});

describe('what a wrong clock wrote', () => {
  const FAR = 10 * DAY;

  it('a delivery that waits longer than any pause is made when the worker starts', async () => {
    const { own, peer } = await home(202);
    await queue(own, 'bob.test', own.clock.monotonic() + FAR);
    await work((signal) => startDeliveryWorker(own, signal));
    await expect.poll(() => posted(peer).length).toBe(1);
  });

  it('a peer that is left alone longer than any pause is asked when the worker starts', async () => {
    const { own, peer } = await home(202);
    const delivery = await queue(own, 'bob.test', own.clock.monotonic());
    const at = own.clock.wall();
    const failed = { kind: 'delivery', tenant: ALICE, actionId: delivery.actionId, to: 'bob.test' } as const;
    const error = { code: 'network.timeout', message: 'late' } as const;
    const times = { nextAt: own.clock.monotonic(), peerNextAt: own.clock.monotonic() + FAR, at };
    await own.store.append([{ ...failed, state: 'queued', attempts: 1, error, ...times }]);
    expect([...own.store.dueDeliveries(ALICE, own.clock.monotonic(), 'half-open')]).toEqual([]);
    await work((signal) => startDeliveryWorker(own, signal));
    await expect.poll(() => posted(peer).length).toBe(1);
  });

  it('a delivery that failed at a time that is still to come is made when the worker starts', async () => {
    const { own, peer } = await home(202);
    const { actionId } = await queue(own, 'bob.test', own.clock.monotonic());
    const error = { code: 'network.timeout', message: 'late' } as const;
    const late = { at: own.clock.wall() + 2 * HOUR, nextAt: own.clock.monotonic() + 3 * HOUR };
    const failed = { kind: 'delivery', tenant: ALICE, actionId, to: 'bob.test', state: 'queued', attempts: 1 } as const;
    await own.store.append([{ ...failed, error, peerNextAt: late.nextAt, peerFailures: 1, ...late }]);
    await work((signal) => startDeliveryWorker(own, signal));
    await expect.poll(() => posted(peer).length).toBe(1);
  });

  it('a parked token that waits longer than any pause is looked at', async () => {
    const alice = await startInstance();
    open.push(alice);
    const bob = alice.peer('bob.test');
    const token = await bob.sign({ t: 'FLLW', aud: ALICE });
    const { actionId } = decodeToken(token);
    const times = { nextAt: alice.clock.now + FAR, at: alice.clock.now };
    const parked = { kind: 'parked', tenant: ALICE, actionId, token, issuer: 'bob.test', attempts: 1 } as const;
    await alice.store.append([{ ...parked, ...times }]);
    await work((signal) => runParkedWorker(alice.inbox, signal));
    await expect.poll(() => alice.store.row(ALICE, actionId)?.status).toBe('A');
  });

  it('a profile that was fetched later than now is looked at again', async () => {
    const { own } = await home();
    const none = { follower: false, connected: false, at: own.clock.wall() };
    await own.store.append([{ kind: 'relation', tenant: ALICE, peer: 'bob.test', following: true, ...none }]);
    const profile = { idTag: 'bob.test', name: 'Bob', type: 'person' as const, keys: [] };
    own.keyCache.put({ ...profile, fetchedAt: own.clock.wall() + FAR });
    expect(await refreshDue(own, createRefreshState())).toMatchObject({ asked: 1 });
  });

  it('a key that was fetched later than now is asked for again', async () => {
    const clock = movedClock(START);
    const cache = createMemoryProfileCache();
    const publicKey = exportPublicKey(generateKeyPair().publicKey, 'wire');
    const profile = { idTag: 'bob.test', name: 'Bob', type: 'person' as const, keys: [{ keyId: 'k1', publicKey }] };
    cache.put({ ...profile, fetchedAt: START + FAR });
    const fetchProfile = async () => ({ notModified: false as const, profile, etag: null });
    const resolver = createKeyResolver({ api: { fetchProfile: fetchProfile as never }, cache, clock });
    expect(await resolver.resolve('bob.test', 'k1')).toMatchObject({ source: 'profile' });
  });

  it('is due at once, and ends nothing: the policy', () => {
    expect([0, 1, 6 * HOUR, 6 * HOUR + 1].map((ahead) => isDue(1000 + ahead, 1000))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    const clock = movedClock(START);
    const expired = () => isExpired(START, clock.monotonic() + HOUR, clock);
    clock.jump(10 * DAY);
    expect(expired()).toBe(false);
    clock.jump(-10 * DAY);
    clock.pass(10 * DAY);
    clock.jump(-10 * DAY);
    expect(expired()).toBe(false);
    clock.jump(10 * DAY);
    expect(expired()).toBe(true);
  });
});

async function home(status = 503) {
  const lab = await startLab();
  const own = await ownInstance(lab);
  const peer = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(status));
  return { own, peer };
}

async function queue(own: OwnInstance, to: string, nextAt = own.clock.monotonic()) {
  const token = await own.signer.sign(ALICE, { t: 'POST', c: 'hello' });
  const { actionId } = decodeToken(token);
  const at = own.clock.wall();
  await own.store.append([
    { kind: 'action', tenant: ALICE, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
    { kind: 'deliveries', tenant: ALICE, actionId, to: [to], nextAt, at },
  ]);
  const delivery = findDelivery(own.store, ALICE, actionId, to);
  if (!delivery) throw new Error('not queued');
  return delivery;
}

/** Runs a worker until the test ends. */
async function work(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const done = run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
}
