import { describe, expect, it } from 'vitest';
import { decodeToken } from '../../../src/protocol/token.ts';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { deleteAction } from '../../../src/services/actions/delete-action.ts';
import { deliverOne } from '../../../src/services/delivery/deliver.ts';
import { deliverOnce } from '../../../src/services/delivery/deliver-once.ts';
import { startDeliveryWorker } from '../../../src/services/delivery/delivery-worker.ts';
import { dropDeliveries } from '../../../src/services/delivery/drop-deliveries.ts';
import { listDeliveries } from '../../../src/services/delivery/list-deliveries.ts';
import { retryDeliveries } from '../../../src/services/delivery/retry-deliveries.ts';
import { setTreatment } from '../../../src/services/peers/treatment.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import type { Delivery } from '../../../src/store/model/rows.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { answer, startLab } from '../../support/lab.ts';
import { makeIdentity, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, type OwnInstance, ownInstance, posted } from '../../support/own-instance.ts';

const ALICE = 'alice.test';
const FOLLOW = { type: 'FLLW', audienceTag: 'bob.test' };

async function setUp() {
  const lab = await startLab();
  return { lab, own: await ownInstance(lab, [ALICE, 'zoe.test']) };
}

async function post(own: OwnInstance, to: string[], tenant = ALICE): Promise<string> {
  const token = await own.signer.sign(tenant, { t: 'POST', c: `hello ${Math.random()}` });
  const { actionId } = decodeToken(token);
  const at = own.clock.wall();
  await own.store.append([
    { kind: 'action', tenant, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
    { kind: 'deliveries', tenant, actionId, to, nextAt: at, at },
  ]);
  return actionId;
}

async function follow(own: OwnInstance, to: string): Promise<string> {
  const token = await own.signer.sign(ALICE, { t: 'FLLW', aud: to, v: 'F' });
  const { actionId } = decodeToken(token);
  const at = own.clock.wall();
  await own.store.append([
    { kind: 'action', tenant: ALICE, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
    { kind: 'relation', tenant: ALICE, peer: to, following: true, follower: false, connected: false, at },
    { kind: 'deliveries', tenant: ALICE, actionId, to: [to], nextAt: at, at },
  ]);
  return actionId;
}

describe('deliverOnce', () => {
  it('tries each peer once, and reports in the order given', async () => {
    const { lab, own } = await setUp();
    lab.know('dead.test', 1);
    const bob = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    await servePeer(lab, makeIdentity('carol.test'), inboxAnswers(403));
    await post(own, ['dead.test', 'bob.test', 'carol.test']);
    await post(own, ['bob.test', 'dead.test']);
    const reports = await deliverOnce(own, own.store.deliveries({ state: 'queued' }), { concurrency: 2 });
    expect(reports.map(({ to, state, attempts, status }) => [to, state, attempts, status])).toEqual([
      ['dead.test', 'queued', 1, null],
      ['bob.test', 'delivered', 1, 202],
      ['carol.test', 'refused', 1, null],
      ['bob.test', 'delivered', 1, 202],
      ['dead.test', 'queued', 0, null],
    ]);
    expect(reports[4]?.error).toMatchObject({ code: 'network.refused' });
    expect(posted(bob)).toHaveLength(2);
    expect(await deliverOnce(own, [])).toEqual([]);
  });

  it('sends nothing to a peer that is blocked while the action is signed', async () => {
    const { lab, own } = await setUp();
    const bob = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    const relation = { following: false, follower: true, connected: false, at: own.clock.wall() };
    await own.store.append([{ kind: 'relation', tenant: ALICE, peer: 'bob.test', ...relation }]);
    await Promise.all([
      createAction(own, ALICE, { type: 'POST', content: 'hello' }),
      setTreatment(own, { as: ALICE, peer: 'bob.test', blocked: true }),
    ]);
    await deliverOnce(own, own.store.deliveries());
    expect(posted(bob)).toEqual([]);
    expect(own.store.deliveries().filter(({ state }) => state !== 'dropped')).toEqual([]);
  });

  it('waits for what the worker sends to the same peer', async () => {
    const { lab, own } = await setUp();
    let [underWay, most] = [0, 0];
    const bob = await servePeer(lab, makeIdentity('bob.test'), (_request, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        answer(response, {}, { status: 202 });
      }, 50);
    });
    await post(own, ['bob.test']);
    const stop = new AbortController();
    const worker = startDeliveryWorker(own, stop.signal);
    await expect.poll(() => posted(bob).length, { interval: 1 }).toBe(1);
    const actionId = await post(own, ['bob.test']);
    await deliverOnce(own, own.store.deliveries({ actionId }));
    stop.abort();
    await worker;
    expect(posted(bob)).toHaveLength(2);
    expect(most).toBe(1);
  });

  it('asks for the verdict when told to', async () => {
    const { lab, own } = await setUp();
    const bob = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(201));
    await post(own, ['bob.test']);
    await deliverOnce(own, own.store.deliveries(), { sync: true });
    expect(bob.requests.at(-1)?.url).toBe('/api/inbox/sync');
  });
});

describe('listDeliveries', () => {
  it('shows the newest first, of all identities or one', async () => {
    const { own } = await setUp();
    const first = await post(own, ['bob.test', 'carol.test']);
    await post(own, ['bob.test'], 'zoe.test');
    const { deliveries, hasMore } = await listDeliveries(own, { as: ALICE, limit: 1 });
    expect(deliveries).toMatchObject([
      { actionId: first, type: 'POST', to: 'carol.test', state: 'queued', attempts: 0, error: null },
    ]);
    expect(hasMore).toBe(true);
    expect((await listDeliveries(own, { limit: 3 })).deliveries).toHaveLength(3);
    expect((await listDeliveries(own, { limit: 3 })).hasMore).toBe(false);
    const found = await listDeliveries(own, { actionId: first.slice(0, 12), to: 'BOB.test', limit: 9 });
    expect(found.deliveries).toMatchObject([{ actionId: first, to: 'bob.test' }]);
    expect((await listDeliveries(own, { actionId: first, state: 'refused', limit: 9 })).deliveries).toEqual([]);
  });

  it.each([
    ['usage.action-id', { actionId: 'nothing' }],
    ['usage.action-id', { actionId: 'a1~' }],
    ['store.no-action', { actionId: `a1~${'A'.repeat(43)}` }],
    ['store.no-action', { actionId: 'a1~-------' }],
    ['usage.id-tag', { to: 'a b' }],
    ['home.identity-missing', { as: 'bob.test' }],
  ])('%s: %o', async (code, input) => {
    const { own } = await setUp();
    await post(own, ['bob.test']);
    await post(own, ['bob.test']);
    expect(await codeOfAsync(listDeliveries(own, { ...input, limit: 9 }))).toBe(code);
  });
});

describe('what the peer has just taken, and is being written down', () => {
  /** Delivers the follow of a home on disk, and does something in the turn after the peer's answer. */
  async function whileStored(task: (own: OwnInstance) => Promise<unknown>) {
    const { lab, own: inMemory } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    const own = { ...inMemory, store: await openFileStore(inMemory.home) };
    await follow(own, 'bob.test');
    const done: Promise<unknown>[] = [];
    const onAnswer = () => void done.push(Promise.resolve().then(() => task(own)));
    await deliverOne(own, own.store.deliveries()[0] as Delivery, { onAnswer });
    expect(done).toHaveLength(1);
    await Promise.all(done);
    const [delivery] = own.store.deliveries();
    const { following } = own.store.relation(ALICE, 'bob.test');
    await own.store.close();
    return { state: delivery?.state, following };
  }

  it('is not given up any more, and its follow not taken back', async () => {
    expect(await whileStored((own) => dropDeliveries(own, {}))).toEqual({ state: 'delivered', following: true });
  });

  it('is not queued again', async () => {
    const retry = async (own: OwnInstance) => {
      own.server.facts = { pid: 1, url: 'https://127.0.0.1', startedAt: 0 };
      await retryDeliveries(own, {}, own.emit);
    };
    expect(await whileStored(retry)).toEqual({ state: 'delivered', following: true });
  });
});

describe('what is given up', () => {
  /** A disk that writes nothing down until it is released. */
  function heldDisk({ store }: OwnInstance) {
    const append = store.append.bind(store);
    let release = () => {};
    let disk = new Promise<void>((resolve) => {
      release = resolve;
    });
    let waiting = 0;
    store.append = (events) => {
      waiting += 1;
      disk = disk.then(() => append(events));
      return disk;
    };
    return { asked: (times: number) => expect.poll(() => waiting, { interval: 1 }).toBe(times), release };
  }

  /** How a delivery ends whose attempt fails while `giveUp` is being written down. */
  async function whileFailing(own: OwnInstance, giveUp: () => Promise<unknown>) {
    const [delivery] = own.store.deliveries();
    const disk = heldDisk(own);
    const givenUp = giveUp();
    await disk.asked(1);
    const report = await deliverOne(own, delivery as Delivery, { onAnswer: () => setImmediate(disk.release) });
    await givenUp;
    return [report.state, own.store.deliveries({ actionId: report.actionId })[0]?.state];
  }

  it('while it is being written down that the peer has it is delivered all the same', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    await post(own, ['bob.test']);
    const disk = heldDisk(own);
    const delivered = deliverOne(own, own.store.deliveries()[0] as Delivery);
    await disk.asked(1);
    const blocked = setTreatment(own, { as: ALICE, peer: 'bob.test', blocked: true });
    await disk.asked(2);
    disk.release();
    await Promise.all([delivered, blocked]);
    expect(own.store.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  });

  it('for a later action is not queued again by an attempt that fails at the same moment', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(503));
    const like = { type: 'REACT', subject: `a1~${'A'.repeat(43)}`, audienceTag: 'bob.test' };
    await createAction(own, ALICE, { ...like, subType: 'LIKE' });
    const unlike = () => createAction(own, ALICE, { ...like, subType: 'DEL' });
    expect(await whileFailing(own, unlike)).toEqual(['superseded', 'superseded']);
  });

  it.each([
    ['a post', post, (own: OwnInstance, actionId: string) => deleteAction(own, ALICE, actionId)],
    [
      'a follow',
      (own: OwnInstance) => createAction(own, ALICE, FOLLOW).then(({ actionId }) => actionId),
      (own: OwnInstance) => createAction(own, ALICE, { ...FOLLOW, subType: 'DEL' }),
    ],
  ])('with what is taken back while it is to be tried again is not sent: %s', async (_, say, takeBack) => {
    const { lab, own } = await setUp();
    const bob = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    const actionId = await say(own, ['bob.test']);
    const disk = heldDisk(own);
    const withdrawal = takeBack(own, actionId);
    await disk.asked(1);
    const retried = retryDeliveries(own, {}, own.emit);
    await disk.asked(2);
    disk.release();
    await withdrawal;
    const [report] = (await retried).reports;
    expect(report).toMatchObject({ actionId, state: 'superseded', error: { code: 'check.superseded' } });
    expect(own.store.deliveries({ actionId })).toMatchObject([{ state: 'superseded' }]);
    expect(posted(bob)).toEqual([]);
  });

  it('with its peer, which is blocked, is not queued again either', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(503));
    await post(own, ['bob.test']);
    const block = () => setTreatment(own, { as: ALICE, peer: 'bob.test', blocked: true });
    expect(await whileFailing(own, block)).toEqual(['dropped', 'dropped']);
    // What is known of the peer is known all the same.
    expect(own.store.openCircuit('bob.test')).toMatchObject({ failures: 1 });
  });
});

describe('retryDeliveries', () => {
  it('tries what waits and what is over, without a server by itself', async () => {
    const { lab, own } = await setUp();
    const bob = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(403, 503, 202));
    await post(own, ['bob.test']);
    await deliverOnce(own, own.store.deliveries());
    expect(own.store.deliveryCounts().refused).toBe(1);
    const again = await retryDeliveries(own, {}, own.emit);
    expect(again).toMatchObject({
      byServer: false,
      reports: [{ state: 'queued', attempts: 1, error: { code: 'peer.error' } }],
    });
    const last = await retryDeliveries(own, { to: 'bob.test' }, own.emit);
    expect(last.reports).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    expect(posted(bob)).toHaveLength(3);
    expect((await retryDeliveries(own, {}, own.emit)).reports).toEqual([]);
  });

  it('leaves it to a running server', async () => {
    const { lab, own } = await setUp();
    const bob = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    await post(own, ['bob.test']);
    own.server.facts = { pid: 1, url: 'https://127.0.0.1', startedAt: 0 };
    expect(await retryDeliveries(own, {}, own.emit)).toMatchObject({ byServer: true, reports: [{ state: 'queued' }] });
    expect(posted(bob)).toEqual([]);
  });

  it('tries only what was asked for, and nothing that was undone', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    const undone = await follow(own, 'bob.test');
    const kept = await post(own, ['bob.test', 'carol.test']);
    await dropDeliveries(own, {});
    const { reports } = await retryDeliveries(own, { state: 'dropped', to: 'bob.test' }, own.emit);
    expect(reports).toMatchObject([{ actionId: kept, to: 'bob.test', state: 'delivered' }]);
    expect(own.store.deliveries({ actionId: undone })).toMatchObject([{ state: 'dropped' }]);
    expect(own.store.deliveries({ to: 'carol.test' })).toMatchObject([{ state: 'dropped' }]);
  });
});

describe('dropDeliveries', () => {
  it('gives up what waits, and with it a follow that never arrived', async () => {
    const { own } = await setUp();
    const actionId = await follow(own, 'bob.test');
    const kept = await post(own, ['carol.test']);
    const { reports } = await dropDeliveries(own, { actionId });
    expect(reports).toMatchObject([{ actionId, state: 'dropped', nextAt: null }]);
    expect(own.store.relation(ALICE, 'bob.test').following).toBe(false);
    expect(own.store.deliveries({ state: 'queued' })).toMatchObject([{ actionId: kept }]);
    expect((await dropDeliveries(own, { actionId })).reports).toEqual([]);
  });

  it('drops a thousand at once', async () => {
    const { own } = await setUp();
    await post(
      own,
      Array.from({ length: 1200 }, (_, i) => `peer${i}.test`),
    );
    expect((await dropDeliveries(own, {})).reports).toHaveLength(1200);
    expect(own.store.deliveryCounts()).toMatchObject({ queued: 0, dropped: 1200 });
  });
});
