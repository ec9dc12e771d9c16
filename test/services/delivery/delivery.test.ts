import { describe, expect, it, onTestFinished } from 'vitest';
import { contentId } from '../../../src/protocol/content-id.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { deliverOne } from '../../../src/services/delivery/deliver.ts';
import { deliverNow } from '../../../src/services/delivery/deliver-now.ts';
import type { DeliveryReport } from '../../../src/services/delivery/delivery-report.ts';
import { findDelivery } from '../../../src/services/delivery/delivery-report.ts';
import { DELIVERY_STAGES } from '../../../src/services/delivery/delivery-stages.ts';
import { startDeliveryWorker } from '../../../src/services/delivery/delivery-worker.ts';
import { listDeliveries } from '../../../src/services/delivery/list-deliveries.ts';
import { retryDeliveries } from '../../../src/services/delivery/retry-deliveries.ts';
import type { Delivery } from '../../../src/store/model/rows.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { answer, type Handler, refuse, startLab } from '../../support/lab.ts';
import { makeIdentity, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, type OwnInstance, ownInstance, posted } from '../../support/own-instance.ts';
import { valuesRead } from '../../support/values-read.ts';

const bob = makeIdentity('bob.test');
const carol = makeIdentity('carol.test');

async function setUp() {
  const lab = await startLab();
  return { lab, own: await ownInstance(lab) };
}

/** Stores an action of alice with a delivery; returns what was queued. */
async function queue(own: OwnInstance, to: string, { nextAt = own.clock.wall(), related = [] as string[] } = {}) {
  const token = await own.signer.sign('alice.test', { t: 'POST', c: `hello ${to} ${Math.random()}` });
  const { actionId } = decodeToken(token);
  const at = own.clock.wall();
  await own.store.append([
    { kind: 'action', tenant: 'alice.test', actionId, token, direction: 'out', receivedAt: at, status: 'A' },
    {
      kind: 'delivery',
      tenant: 'alice.test',
      actionId,
      to,
      state: 'queued',
      attempts: 0,
      nextAt,
      ...(related.length > 0 && { related }),
      at,
    },
  ]);
  return { token, actionId, delivery: findDelivery(own.store, 'alice.test', actionId, to) as Delivery };
}

/** The same for bob, made at a time. @param iat unix seconds */
async function queueAt(own: OwnInstance, iat: number) {
  const token = await own.signer.sign('alice.test', { t: 'POST', c: 'hello', iat });
  const { actionId } = decodeToken(token);
  const at = own.clock.wall();
  const delivery = { kind: 'delivery', tenant: 'alice.test', actionId, to: 'bob.test', state: 'queued' } as const;
  await own.store.append([
    { kind: 'action', tenant: 'alice.test', actionId, token, direction: 'out', receivedAt: at, status: 'A' },
    { ...delivery, attempts: 0, nextAt: own.clock.monotonic(), at },
  ]);
  return { actionId };
}

/** A worker that runs until the test ends; resolves the promise of each attempt in turn. */
function startWorker(own: OwnInstance) {
  const stop = new AbortController();
  const reports: DeliveryReport[] = [];
  const waiting: { count: number; resolve: (reports: DeliveryReport[]) => void }[] = [];
  const done = startDeliveryWorker(own, stop.signal, {
    onAttempt(report) {
      reports.push(report);
      for (const { count, resolve } of waiting) if (reports.length >= count) resolve(reports);
    },
  });
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  const attempts = (count: number) =>
    new Promise<DeliveryReport[]>((resolve) => {
      waiting.push({ count, resolve });
      if (reports.length >= count) resolve(reports);
    });
  return { stop, done, reports, attempts };
}

describe('deliverOne', () => {
  it('posts the token byte for byte, with the tokens that go along', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    const { token, delivery } = await queue(own, 'bob.test', { related: ['a.b.c', 'd.e.f'] });
    expect(await deliverOne(own, delivery)).toMatchObject({
      state: 'delivered',
      attempts: 1,
      status: 202,
      error: null,
    });
    expect(JSON.parse(peer.requests.at(-1)?.body ?? '')).toEqual({ token, related: ['a.b.c', 'd.e.f'] });
  });

  it('makes one request of several calls at the same time', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    const { delivery } = await queue(own, 'bob.test');
    await Promise.all([deliverOne(own, delivery), deliverOne(own, delivery), deliverOne(own, delivery)]);
    expect(posted(peer)).toHaveLength(1);
  });

  it('waits longer after each failure, and gives up after three days', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, inboxAnswers(503));
    let { delivery } = await queue(own, 'bob.test');
    const started = own.clock.wall();
    const pauses: number[] = [];
    let last: DeliveryReport = await deliverOne(own, delivery);
    while (last.state === 'queued') {
      const pause = (last.nextAt ?? 0) - own.clock.wall();
      pauses.push(Math.round(pause / 60_000));
      own.pass(pause);
      delivery = findDelivery(own.store, 'alice.test', delivery.actionId, 'bob.test') as Delivery;
      last = await deliverOne(own, delivery);
    }
    expect(pauses.slice(0, 10)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360]);
    expect(last.state).toBe('expired');
    expect(own.clock.wall() - started).toBeGreaterThan(2.5 * 86_400_000);
    expect(own.clock.wall() - started).toBeLessThan(3 * 86_400_000 + 60_000);
    // The post itself is as it was: that somebody never got it doesn't undo it.
    expect(own.store.row('alice.test', delivery.actionId)?.status).toBe('A');
  });

  it.each([400, 401, 403, 404, 410])('ends with %i at once', async (status) => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, inboxAnswers(status));
    const { delivery } = await queue(own, 'bob.test');
    expect(await deliverOne(own, delivery)).toMatchObject({
      state: 'refused',
      nextAt: null,
      error: { code: 'peer.refused' },
    });
    expect(own.store.deliveries({ state: 'queued' })).toEqual([]);
  });

  it('is tried again when a ban is over', async () => {
    const { lab, own } = await setUp();
    const bobs = await servePeer(lab, bob, ({ url }, response) => {
      if (!url.startsWith('/api/inbox')) return refuse(response, 404, 'E-CORE-NOTFOUND');
      if (posted(bobs).length > 1) return answer(response, {}, { status: 202 });
      const error = { code: 'E-RATE-BANNED', message: 'banned', details: { remainingSecs: 3000 } };
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    });
    const { delivery } = await queue(own, 'bob.test');
    const report = await deliverOne(own, delivery, { retry: false });
    expect(report).toMatchObject({ state: 'queued', attempts: 1 });
    expect(Math.round(((report.nextAt ?? 0) - own.clock.wall()) / 1000)).toBe(3_000);
    own.pass(3_000_000);
    const again = findDelivery(own.store, 'alice.test', delivery.actionId, 'bob.test') as Delivery;
    expect((await deliverOne(own, again)).state).toBe('delivered');
  });

  it('signed while our clock was ahead goes out as it is once the peer’s clock has come to it', async () => {
    const { lab, own } = await setUp();
    let theirs = own.clock.wall() - 900_000;
    const bobs = await servePeer(lab, bob, ({ url }, response) => {
      if (!url.startsWith('/api/inbox')) return refuse(response, 404, 'E-CORE-NOTFOUND');
      const sent = posted(bobs).at(-1) ?? '';
      const tooEarly = Number(decodeToken(sent).claims.iat) * 1000 > theirs + 300_000;
      const date = new Date(theirs).toUTCString();
      const error = { code: 'E-VAL-INVALID', message: 'issued in the future' };
      const body = tooEarly ? { error } : { data: {} };
      response.writeHead(tooEarly ? 400 : 202, { 'content-type': 'application/json', date }).end(JSON.stringify(body));
    });
    const { token, delivery } = await queue(own, 'bob.test');
    const report = await deliverOne(own, delivery);
    expect(report).toMatchObject({ state: 'queued', error: { code: 'peer.refused' } });
    expect(Math.abs(Number(report.error?.details?.['clockAhead']) - 900)).toBeLessThanOrEqual(5);
    const pause = (report.nextAt ?? 0) - own.clock.wall();
    expect(Math.abs(pause / 1000 - 600)).toBeLessThanOrEqual(5);
    own.pass(pause);
    theirs += pause + 5_000;
    const again = findDelivery(own.store, 'alice.test', delivery.actionId, 'bob.test') as Delivery;
    expect((await deliverOne(own, again)).state).toBe('delivered');
    expect(posted(bobs)).toEqual([token, token]);
  });

  it('signed while our clock was ahead isn’t ended by a retry when the clock is right again', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, inboxAnswers(400, 400, 202));
    own.jump(7_200_000);
    const { actionId } = await queueAt(own, Math.floor(own.clock.wall() / 1000));
    own.jump(-7_200_000);
    const stored = () => findDelivery(own.store, 'alice.test', actionId, 'bob.test') as Delivery;
    await retryDeliveries(own, { actionId }, () => {});
    for (const attempts of [1, 2]) {
      expect(stored()).toMatchObject({ state: 'queued', attempts, error: { code: 'peer.refused' } });
      const pause = (stored().nextAt ?? 0) - own.clock.monotonic();
      expect(Math.abs(pause / 60_000 - 115)).toBeLessThan(1);
      // The peer answered: it isn't failing.
      expect(own.store.openCircuit('bob.test')).toBeNull();
      if (attempts === 1) await retryDeliveries(own, { actionId }, () => {});
    }
    own.pass(6_901_000);
    expect((await deliverOne(own, stored())).state).toBe('delivered');
  });

  it('of which one issuer has too many for the day waits alone: others are sent, and a list says why its own wait', async () => {
    const { lab, own } = await setUp();
    const bobs = await servePeer(lab, bob, ({ url }, response) => {
      if (!url.startsWith('/api/inbox')) return refuse(response, 404, 'E-CORE-NOTFOUND');
      refuse(response, 429, 'E-RATE-LIMITED', { 'retry-after': '18000' });
    });
    const first = await queue(own, 'bob.test');
    const second = await queue(own, 'bob.test');
    await deliverOne(own, first.delivery, { retry: false });
    expect(own.store.openCircuit('bob.test')).toBeNull();
    expect([...own.store.dueDeliveries('alice.test', own.clock.monotonic())]).toEqual([]);
    expect(posted(bobs)).toEqual([first.token]);
    const { deliveries } = await listDeliveries(own, { limit: 5 });
    expect(deliveries.find(({ actionId }) => actionId === second.actionId)).toMatchObject({
      attempts: 0,
      error: { code: 'peer.refused', details: { status: 429 } },
      nextAt: deliveries.find(({ actionId }) => actionId === first.actionId)?.nextAt,
    });
    own.pass(18_001_000);
    expect([...own.store.dueDeliveries('alice.test', own.clock.monotonic())]).toHaveLength(1);
  });

  it('shows why it waits while the peer’s circuit is open', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, inboxAnswers(503));
    const first = await queue(own, 'bob.test');
    const { actionId } = await queue(own, 'bob.test');
    await deliverOne(own, first.delivery, { retry: false });
    const { deliveries } = await listDeliveries(own, { actionId, limit: 1 });
    expect(deliveries).toMatchObject([{ attempts: 0, error: { code: 'peer.error' } }]);
  });

  it('fails at the same cost however much was delivered to the peer before, and ends what would be tried too late', async () => {
    const readIn = async (posts: number): Promise<number> => {
      const { own } = await setUp();
      const [tenant, to] = ['alice.test', 'bob.test'];
      for (let post = 0; post < posts; post += 1) {
        const made = {
          kind: 'delivery',
          tenant,
          actionId: contentId('a1', `${post}`),
          to,
          at: own.clock.wall(),
        } as const;
        await own.store.append([{ ...made, state: 'delivered', attempts: 1 }]);
      }
      const old = contentId('a1', 'an old one');
      await own.store.append([
        { kind: 'deliveries', tenant, actionId: old, to: [to], nextAt: own.clock.wall(), at: own.clock.wall() },
      ]);
      own.pass(3 * 86_400_000);
      const { delivery, token } = await queue(own, to);
      const fail = async () => {
        throw new CloudilloError('network.refused', 'no', { stage: 'connect', retryable: true });
      };
      const deps = { ...own, api: { ...own.api, postInbox: fail } };
      const read = await valuesRead(() => deliverOne(deps, delivery, { readToken: async () => token }));
      expect(findDelivery(own.store, tenant, old, to)).toMatchObject({ state: 'expired', attempts: 0 });
      expect(findDelivery(own.store, tenant, delivery.actionId, to)).toMatchObject({ state: 'queued', attempts: 1 });
      return read;
    };
    // A hash table looks at a few more or less.
    expect(await readIn(2000)).toBeLessThan((await readIn(60)) * 2);
  });

  it('takes back a follow that was given up', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, inboxAnswers(503));
    const token = await own.signer.sign('alice.test', { t: 'FLLW', aud: 'bob.test', v: 'F' });
    const { actionId } = decodeToken(token);
    const tenant = 'alice.test';
    const at = own.clock.wall();
    const delivery = { tenant, actionId, to: 'bob.test', state: 'queued', attempts: 0, nextAt: at, at } as const;
    await own.store.append([
      { kind: 'action', tenant, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
      { kind: 'relation', tenant, peer: 'bob.test', following: true, follower: true, connected: false, at },
      { kind: 'delivery', ...delivery },
    ]);
    own.pass(3 * 86_400_000);
    await deliverOne(own, findDelivery(own.store, tenant, actionId, 'bob.test') as Delivery);
    expect(own.store.relation(tenant, 'bob.test')).toMatchObject({ following: false, follower: true });
    expect(own.store.row(tenant, actionId)?.status).toBe('D');
  });

  it('keeps what a peer answered as data: code, time to come again, status', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, (_request, response) => {
      refuse(response, 429, 'E-RATE-LIMITED', { 'retry-after': '600' });
    });
    const { delivery, actionId } = await queue(own, 'bob.test');
    const before = Date.now();
    const report = await deliverOne(own, delivery);
    const kept = findDelivery(own.store, 'alice.test', actionId, 'bob.test')?.error;
    const data = { code: 'peer.refused', stage: 'response', blame: 'us' };
    expect(kept).toEqual({
      ...data,
      message: expect.any(String),
      retryAt: expect.any(Number),
      facts: { status: 429, peerCode: 'E-RATE-LIMITED' },
    });
    expect(kept?.retryAt).toBeGreaterThanOrEqual(before + 600_000);
    const retryAt = new Date(kept?.retryAt ?? 0).toISOString();
    expect(report.error).toMatchObject({ ...data, retryAfter: 600, retryAt, details: { status: 429 } });
    const { deliveries } = await listDeliveries(own, { limit: 1 });
    expect(deliveries[0]?.error).toMatchObject({ ...data, retryable: true, retryAt, details: { status: 429 } });
  });

  it('tells whoever waited for a failed attempt why it failed', async () => {
    const { lab, own } = await setUp();
    lab.know('bob.test', 1);
    const { delivery } = await queue(own, 'bob.test');
    const reports = await Promise.all([deliverOne(own, delivery), deliverOne(own, delivery)]);
    const failure = { state: 'queued', attempts: 1, error: { code: 'network.refused', retryable: true } };
    expect(reports).toMatchObject([failure, failure]);
  });

  it('ends a delivery whose action is not there', async () => {
    const { own } = await setUp();
    const { delivery } = await queue(own, 'bob.test');
    const lost = { ...delivery, actionId: `a1~${'A'.repeat(43)}` };
    expect(await deliverOne(own, lost)).toMatchObject({ state: 'refused', error: { code: 'token.missing' } });
  });
});

describe('the delivery worker', () => {
  it('delivers what was queued before it started, and what is queued while it runs', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    // Reserved for later, never tried: a server that starts doesn't wait.
    const first = await queue(own, 'bob.test', { nextAt: own.clock.wall() + 60_000 });
    const { attempts } = startWorker(own);
    await attempts(1);
    const second = await queue(own, 'bob.test');
    own.deliveryQueued.wake();
    await attempts(2);
    expect(posted(peer)).toEqual([first.token, second.token]);
  });

  it('tries again when it is time', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, bob, inboxAnswers(503, 202));
    const { token } = await queue(own, 'bob.test');
    const { attempts } = startWorker(own);
    await attempts(1);
    own.pass(60_000);
    own.deliveryQueued.wake();
    const [, last] = await attempts(2);
    expect(last).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(posted(peer)).toEqual([token, token]);
  });

  it('sleeps until the next one is due, without being woken', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, inboxAnswers(202));
    const { attempts } = startWorker(own);
    const { delivery } = await queue(own, 'bob.test', { nextAt: own.clock.wall() + 300 });
    own.deliveryQueued.wake();
    const [report] = await attempts(1);
    expect(report).toMatchObject({ state: 'delivered' });
    expect(own.clock.wall()).toBeGreaterThanOrEqual(delivery.nextAt ?? 0);
  });

  it('goes on with the others while a peer hangs', async () => {
    const { lab, own } = await setUp();
    let release = () => {};
    const hangs = new Promise<void>((resolve) => {
      release = resolve;
    });
    const hang: Handler = async (_request, response) => {
      await hangs;
      refuse(response, 503, 'E-SYS-UNAVAIL');
    };
    const stuck = await servePeer(lab, bob, hang);
    const peer = await servePeer(lab, carol, inboxAnswers(202));
    await queue(own, 'bob.test');
    await queue(own, 'bob.test');
    const { attempts } = startWorker(own);
    const { token } = await queue(own, 'carol.test');
    own.deliveryQueued.wake();
    await attempts(1);
    expect(posted(peer)).toEqual([token]);
    // One request at a time for a peer.
    expect(posted(stuck)).toHaveLength(1);
    release();
    await attempts(2);
    // The second for bob waits as long as the first: it isn't tried in vain.
    const waiting = own.store.deliveries({ state: 'queued' });
    expect(waiting.map(({ attempts: made }) => made).sort()).toEqual([0, 1]);
    expect(new Set(waiting.map(({ nextAt }) => nextAt)).size).toBe(1);
    expect(posted(stuck)).toHaveLength(1);
  });

  it('serves more peers than it talks to at once', async () => {
    const { lab, own } = await setUp();
    const names = Array.from({ length: 20 }, (_, i) => `peer${i}.test`);
    const peers = await Promise.all(names.map((name) => servePeer(lab, makeIdentity(name), inboxAnswers(202))));
    for (const name of names) await queue(own, name);
    const { attempts } = startWorker(own);
    await attempts(20);
    expect(peers.map((peer) => posted(peer).length)).toEqual(names.map(() => 1));
  });

  it('ends when told to, and leaves the rest queued', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    await servePeer(lab, carol, inboxAnswers(202));
    const { stop, done, reports } = startWorker(own);
    stop.abort();
    await done;
    await queue(own, 'bob.test');
    own.deliveryQueued.wake();
    // By the time that another peer has answered, a worker would have sent it.
    await deliverOne(own, (await queue(own, 'carol.test')).delivery);
    expect([posted(peer), reports]).toEqual([[], []]);
    expect(own.store.deliveries({ state: 'queued' })).toMatchObject([{ to: 'bob.test', attempts: 0 }]);
  });
});

describe('deliverNow', () => {
  it('tries what is queued, due or not, and only what was asked for', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    await Promise.all([servePeer(lab, bob, inboxAnswers(202)), servePeer(lab, carol, inboxAnswers(202))]);
    await queue(own, 'bob.test', { nextAt: own.clock.wall() + 3_600_000 });
    await queue(own, 'carol.test');
    expect((await deliverNow(own, { dueOnly: true, peers: ['BOB.test'] }, own.emit)).reports).toEqual([]);
    const due = await deliverNow(own, { dueOnly: true }, own.emit);
    expect(due.reports).toMatchObject([{ to: 'carol.test', state: 'delivered' }]);
    const all = await deliverNow(own, {}, own.emit);
    expect(all.reports).toMatchObject([{ to: 'bob.test', state: 'delivered' }]);
    expect((await deliverNow(own, {}, own.emit)).reports).toEqual([]);
  });

  it('leaves what is behind a delivery that a command is just making, when only what is due was asked for', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    await queue(own, 'bob.test', { nextAt: own.clock.wall() + 30_000 });
    await queue(own, 'bob.test');
    expect((await deliverNow(own, { dueOnly: true }, own.emit)).reports).toEqual([]);
    const { reports } = await deliverNow(own, {}, own.emit);
    expect(reports.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    expect(posted(peer)).toHaveLength(2);
  });

  it('asks a peer that fails once, not once for each action', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(503));
    for (let i = 0; i < 3; i += 1) await queue(own, 'bob.test');
    const { reports } = await deliverNow(own, {}, own.emit);
    expect(reports.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['queued 1', 'queued 0', 'queued 0']);
    expect(posted(peer)).toHaveLength(1);
  });

  it('sends nothing while the own profile does not answer in public', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    await queue(own, 'bob.test');
    const { reports } = await deliverNow(own, {}, own.emit);
    expect(reports).toMatchObject([{ state: 'queued', attempts: 0, error: { code: 'dns.nxdomain' } }]);
    expect(posted(peer)).toEqual([]);
    // The reason is kept for who looks later, and the peer isn't blamed.
    const { deliveries } = await listDeliveries(own, { limit: 1 });
    expect(deliveries).toMatchObject([{ state: 'queued', attempts: 0, error: { code: 'dns.nxdomain' } }]);
    expect(own.store.openCircuit('bob.test')).toBeNull();
    expect((await deliverNow(own, { preflight: false }, own.emit)).reports).toMatchObject([{ state: 'delivered' }]);
  });

  it('refuses names that are none', async () => {
    const { own } = await setUp();
    expect(await codeOfAsync(deliverNow(own, { peers: ['-'] }, own.emit))).toBe('usage.id-tag');
    expect(await codeOfAsync(deliverNow(own, { as: 'bob.test' }, own.emit))).toBe('home.identity-missing');
  });
});

describe('the way of a delivery', () => {
  const NAMES = ['current', 'wanted', 'send', 'record', 'expire', 'report'];

  async function wayOf(own: OwnInstance, delivery: Delivery): Promise<string[]> {
    const stages: string[] = [];
    const watch = (stage: string) => {
      stages.push(stage);
      return () => {};
    };
    const { state } = await DELIVERY_STAGES.run(own, { delivery, options: { retry: false } }, watch);
    return [...stages, state];
  }

  it('has these stages, in this order', () => {
    expect(DELIVERY_STAGES.names).toEqual(NAMES);
  });

  it('leads to the peer once, and ends at the first stage after that', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, inboxAnswers());
    const { delivery } = await queue(own, 'bob.test');
    expect(await wayOf(own, delivery)).toEqual([...NAMES, 'delivered']);
    expect(await wayOf(own, delivery)).toEqual(['current', 'delivered']);
  });

  it('ends before anything is sent to a blocked peer', async () => {
    const { own } = await setUp();
    const { delivery } = await queue(own, 'bob.test');
    await own.store.append([
      { kind: 'treatment', tenant: 'alice.test', peer: 'bob.test', blocked: true, muted: false, at: own.clock.wall() },
    ]);
    expect(await wayOf(own, delivery)).toEqual(['current', 'wanted', 'dropped']);
  });
});
