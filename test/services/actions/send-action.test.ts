import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeToken } from '../../../src/protocol/token.ts';
import { afterAttempt, createFollowUps } from '../../../src/services/actions/after-attempt.ts';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { type SendInput, sendAction } from '../../../src/services/actions/send-action.ts';
import { deliverNow } from '../../../src/services/delivery/deliver-now.ts';
import type { DeliveryReport } from '../../../src/services/delivery/delivery-report.ts';
import { startDeliveryWorker } from '../../../src/services/delivery/delivery-worker.ts';
import { dropDeliveries } from '../../../src/services/delivery/drop-deliveries.ts';
import { connect, disconnect } from '../../../src/services/relating/connect.ts';
import type { ActionRow, Delivery } from '../../../src/store/model/rows.ts';
import { type Handler, startLab } from '../../support/lab.ts';
import { makeIdentity, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, type OwnInstance, ownInstance, posted, wantsWork } from '../../support/own-instance.ts';
import { action, fakeToken } from '../../support/store-fixtures.ts';

const names = Array.from({ length: 10 }, (_, index) => `f${index}.test`);

async function setUp(followers: string[] = []) {
  const lab = await startLab();
  const own = await ownInstance(lab);
  await own.serve('alice.test');
  const at = own.clock.wall();
  await own.store.append(
    followers.map((peer) => {
      return { kind: 'relation', tenant: 'alice.test', peer, following: false, follower: true, connected: false, at };
    }),
  );
  return { lab, own };
}

const post = (own: OwnInstance, input: Partial<SendInput> = {}) =>
  sendAction(own, { draft: { type: 'POST', content: 'hello' }, ...input }, own.emit);

/** A signer that waits for `task` when it is asked for proof of work. */
function whileWorking({ signer }: OwnInstance, task: () => Promise<unknown>): OwnInstance['signer'] {
  let done: Promise<unknown> | undefined;
  return {
    async sign(idTag, claims) {
      if (claims._ !== undefined) {
        done ??= task();
        await done;
      }
      return signer.sign(idTag, claims);
    },
  };
}

describe('saying something to many', () => {
  it('is delivered by the command once where no server runs; the rest stays queued', async () => {
    const { lab, own } = await setUp(names);
    for (const name of names.slice(1)) await servePeer(lab, makeIdentity(name), inboxAnswers(202));
    const result = await post(own);
    expect(result).toMatchObject({ outcome: 'queued', sent: { recipients: 10, delivered: 9, queued: 1, left: 0 } });
    expect(result.deliveries[0]).toMatchObject({ to: 'f0.test', state: 'queued' });
    expect(own.store.deliveries({ tenant: 'alice.test', state: 'queued' })).toHaveLength(1);
  });

  it('is left to the server that runs, and says so', async () => {
    const { own } = await setUp(names);
    own.server.facts = { pid: 1, url: 'https://127.0.0.1:1', startedAt: 0 };
    const result = await post(own);
    expect(result).toMatchObject({ outcome: 'sending', sent: { recipients: 10, left: 10 }, deliveries: [] });
    expect(result.stages.at(-1)?.detail).toContain('left to the running server');
    // At once, not when a command's reservation would be over.
    const due = [...own.store.dueDeliveries('alice.test', own.clock.wall())];
    expect(due).toHaveLength(10);
  });

  it('waits where peers could not fetch our key', async () => {
    const lab = await startLab();
    const own = await ownInstance(lab);
    const bob = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    const result = await sendAction(own, { draft: { type: 'MSG', content: 'hi', audienceTag: 'bob.test' } }, own.emit);
    expect(result).toMatchObject({ outcome: 'queued', sent: { queued: 1 } });
    expect(posted(bob)).toEqual([]);
  });
});

describe('connect', () => {
  const ask = (own: OwnInstance, message?: string) => connect(own, { peer: 'bob.test', message }, own.emit);

  it('asks once, tries again what waits, and asks again what was refused', async () => {
    const { lab, own } = await setUp();
    const bob = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(403, 503, 202));
    expect((await ask(own)).outcome).toBe('refused');
    const second = await ask(own);
    expect(second.outcome).toBe('queued');
    const third = await ask(own);
    expect(third).toMatchObject({ outcome: 'accepted', actionId: second.actionId });
    expect((await ask(own)).outcome).toBe('already');
    expect(
      posted(bob)
        .map((token) => decodeToken(token).actionId)
        .at(-1),
    ).toBe(second.actionId);
    expect((await ask(own, 'please')).claims).toMatchObject({ c: 'please' });
  });

  describe('in answer to a request of the peer’s', () => {
    const tenant = 'alice.test';
    async function asked(handler: Handler) {
      const { lab, own } = await setUp();
      await servePeer(lab, makeIdentity('bob.test'), handler);
      const arrived = (t: string, status: 'A' | 'C') => {
        const token = fakeToken({ iss: 'bob.test', t, aud: tenant });
        return { ...action({}, { token, status }), tenant, receivedAt: own.clock.wall() };
      };
      const request = arrived('CONN', 'C');
      await own.store.append([request, arrived('FLLW', 'A')]);
      const relation = () => {
        const { following, follower, connected } = own.store.relation(tenant, 'bob.test');
        return { following, follower, connected };
      };
      return { own, relation, request: () => own.store.row(tenant, request.actionId)?.status };
    }
    const both = { following: true, follower: true, connected: true };

    it('connects; what the peer refuses doesn’t, and leaves the request open', async () => {
      const { own, relation, request } = await asked(inboxAnswers(403, 202));
      expect((await ask(own)).outcome).toBe('refused');
      // The peer's own follow stands.
      expect(relation()).toEqual({ following: false, follower: true, connected: false });
      expect(request()).toBe('C');
      expect((await ask(own)).outcome).toBe('accepted');
      expect(relation()).toEqual(both);
      expect(request()).toBe('A');
    });

    it('connects as well when the peer wants work first', async () => {
      const { own, relation } = await asked(wantsWork);
      expect((await ask(own)).outcome).toBe('accepted');
      expect(relation()).toEqual(both);
    });

    it('stays connected when the peer has accepted, whatever becomes of the delivery', async () => {
      const { own, relation } = await asked(inboxAnswers(503));
      expect((await ask(own)).outcome).toBe('queued');
      const acceptance = fakeToken({ iss: 'bob.test', t: 'CONN:ACC', aud: tenant, iat: 1_900_000_000 });
      await own.store.append([{ ...action({}, { token: acceptance, status: 'N' }), tenant }]);
      await dropDeliveries(own, { to: 'bob.test' });
      expect(relation()).toEqual(both);
    });
  });

  it('lets others speak of the peer while it works for it', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), wantsWork);
    const follow = () => createAction(own, 'alice.test', { type: 'FLLW', audienceTag: 'bob.test' });
    const result = await connect({ ...own, signer: whileWorking(own, follow) }, { peer: 'bob.test' }, own.emit);
    expect(result).toMatchObject({ outcome: 'accepted', relation: { following: true } });
  });

  it('takes the wish back, also while it works for it', async () => {
    const { lab, own } = await setUp();
    const bob = await servePeer(lab, makeIdentity('bob.test'), wantsWork);
    const takeBack = () => createAction(own, 'alice.test', { type: 'CONN', subType: 'DEL', audienceTag: 'bob.test' });
    const result = await connect({ ...own, signer: whileWorking(own, takeBack) }, { peer: 'bob.test' }, own.emit);
    expect(result).toMatchObject({ outcome: 'refused', error: { code: 'check.work' } });
    expect(own.store.byKey('alice.test', 'CONN:alice.test:bob.test')?.subtype).toBe('DEL');
    expect(posted(bob)).toHaveLength(1);
  });

  it('takes the wish back, and ends nothing twice', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    await ask(own);
    expect(await disconnect(own, { peer: 'bob.test' }, own.emit)).toMatchObject({
      type: 'CONN:DEL',
      outcome: 'accepted',
    });
    expect((await disconnect(own, { peer: 'bob.test' }, own.emit)).outcome).toBe('already');
  });
});

describe('a dry run', () => {
  it('counts whom it would go to, and leaves the store as it is', async () => {
    const { own } = await setUp(names);
    const before = own.store.stats();
    const result = await post(own, { dryRun: true });
    expect(result).toMatchObject({ outcome: 'dry-run', sent: { recipients: 10, delivered: 0 } });
    expect(own.store.stats()).toEqual(before);
  });
});

describe('the server', () => {
  it('learns the name of a stranger that took an action, whatever it was', async () => {
    const { lab, own } = await setUp();
    const [bob, carol] = [makeIdentity('bob.test'), makeIdentity('carol.test')];
    const peers = [await servePeer(lab, bob, inboxAnswers(202)), await servePeer(lab, carol, inboxAnswers(503))];
    for (const [type, audienceTag] of [
      ['FLLW', 'bob.test'],
      ['FLLW', 'carol.test'],
    ] as const) {
      await createAction(own, 'alice.test', { type, audienceTag });
    }
    const tried = async () => (await deliverNow(own, {}, own.emit)).reports;
    expect(own.store.peer('alice.test', 'bob.test')).toBeNull();
    for (const report of await tried()) await afterAttempt(own, report, new AbortController().signal);
    expect(own.store.peer('alice.test', 'bob.test')?.name).toBe('bob.test');
    expect(own.store.peer('alice.test', 'carol.test')).toBeNull();
    const asked = () => peers[0]?.requests.filter(({ url }) => url === '/api/me').length;
    const before = asked();
    await createAction(own, 'alice.test', { type: 'POST', content: 'hello', audienceTag: 'bob.test' });
    for (const report of await tried()) await afterAttempt(own, report, new AbortController().signal);
    expect(asked()).toBe(before);
  });

  it('asks again with the work that a peer wants, once', async () => {
    const { lab, own } = await setUp();
    const bob = await servePeer(lab, makeIdentity('bob.test'), wantsWork);
    const stop = new AbortController();
    const followUps = createFollowUps(own, stop.signal);
    const worker = startDeliveryWorker(own, stop.signal, { onAttempt: followUps.onAttempt });
    onTestFinished(async () => {
      stop.abort();
      await worker;
      await followUps.idle();
    });
    const { actionId } = await createAction(own, 'alice.test', {
      type: 'CONN',
      audienceTag: 'bob.test',
      content: 'hi',
    });
    await expect.poll(() => posted(bob).some((token) => token.endsWith('A'))).toBe(true);
    await expect
      .poll(() => own.store.deliveries({ tenant: 'alice.test' }).map(({ state }) => state))
      .toContain('delivered');
    const last = decodeToken(posted(bob).at(-1) ?? '');
    expect(last.claims).toMatchObject({ t: 'CONN', c: 'hi' });
    expect(own.store.row('alice.test', actionId)?.current).toBe(false);
    expect(posted(bob)).toHaveLength(2);
  });

  it('lets others speak of the peer while it works for it', async () => {
    const { own } = await setUp();
    await createAction(own, 'alice.test', { type: 'CONN', audienceTag: 'bob.test' });
    const [delivery] = own.store.deliveries();
    const error = { code: 'peer.refused', message: 'no', retryable: false, details: { work: 1 } } as const;
    const refused: DeliveryReport = {
      ...(delivery as Delivery),
      state: 'refused',
      status: 428,
      parkedUntil: null,
      error,
    };
    const follow = () => createAction(own, 'alice.test', { type: 'FLLW', audienceTag: 'bob.test' });
    await afterAttempt({ ...own, signer: whileWorking(own, follow) }, refused, new AbortController().signal);
    expect(own.store.relation('alice.test', 'bob.test').following).toBe(true);
    const { actionId } = own.store.byKey('alice.test', 'CONN:alice.test:bob.test') as ActionRow;
    expect((await own.store.action('alice.test', actionId))?.token.endsWith('A')).toBe(true);
  });

  it('doesn’t ask again when the wish is taken back at the same moment', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    const conn = { type: 'CONN', audienceTag: 'bob.test' };
    await createAction(own, 'alice.test', conn);
    const [delivery] = own.store.deliveries();
    const error = { code: 'peer.refused', message: 'no', retryable: false, details: { work: 1 } } as const;
    const refused: DeliveryReport = {
      ...(delivery as Delivery),
      state: 'refused',
      status: 428,
      parkedUntil: null,
      error,
    };
    const append = own.store.append.bind(own.store);
    let again: Promise<void> = Promise.resolve();
    own.store.append = async (events) => {
      own.store.append = append;
      again = afterAttempt(own, refused, new AbortController().signal);
      await setImmediate();
      await append(events);
    };
    await createAction(own, 'alice.test', { ...conn, subType: 'DEL' });
    await again;
    expect(own.store.byKey('alice.test', 'CONN:alice.test:bob.test')?.subtype).toBe('DEL');
  });
});
