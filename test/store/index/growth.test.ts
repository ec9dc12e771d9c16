import { describe, expect, it } from 'vitest';
import { contentId } from '../../../src/protocol/content-id.ts';
import { openMemoryStore } from '../../../src/store/engine/store.ts';
import type { DeliveryEvent } from '../../../src/store/model/events.ts';
import type { Store } from '../../../src/store/model/store-interface.ts';
import { action, TENANT } from '../../support/store-fixtures.ts';
import { valuesRead } from '../../support/values-read.ts';

const DEAD = 'dead.example';
const AT = 1_700_000_000_000;
const error = { code: 'network.refused', message: 'no' } as const;

const idOf = (post: number) => contentId('a1', `post ${post}`);

/**
 * A home with so many posts, each to ten peers: nearly all of it is delivered. The first few wait for a peer that is down, some of the
 * earliest were refused, and the last one waits.
 */
async function homeWith(posts: number): Promise<Store> {
  const store = openMemoryStore();
  const done = (post: number, to: string, rest: Partial<DeliveryEvent> = {}): DeliveryEvent => {
    const base = { kind: 'delivery', tenant: TENANT, actionId: idOf(post), to, at: AT + post } as const;
    return { ...base, state: 'delivered', attempts: 1, ...rest };
  };
  for (let post = 0; post < posts; post += 1) {
    const to = Array.from({ length: 10 }, (_, n) => `p${(post * 10 + n) % (posts * 2)}.example`);
    const [at, nextAt] = [AT + post, AT + post];
    const all = post < 5 ? [DEAD, ...to] : to;
    await store.append([
      { kind: 'deliveries', tenant: TENANT, actionId: idOf(post), to: all, nextAt, at },
      ...(post === posts - 1 ? [] : to.map((peer) => done(post, peer, post < 3 ? { state: 'refused', error } : {}))),
    ]);
  }
  await store.append([done(0, DEAD, { state: 'queued', error, nextAt: AT, peerNextAt: AT + 60_000, at: AT + posts })]);
  // What is made when it is first asked for, and what the queue throws away when it is looked at.
  store.deliveryQueue();
  store.deliveries({ to: DEAD });
  store.deliveries({ actionId: idOf(0) });
  return store;
}

/** The number of values that a question reads must be about the same in a home ten times as large. */
async function expectNoGrowth(ask: (store: Store) => unknown): Promise<void> {
  const [small, large] = [await homeWith(60), await homeWith(600)];
  const ofSmall = await valuesRead(() => ask(small));
  const ofLarge = await valuesRead(() => ask(large));
  expect(ofSmall).toBeGreaterThan(0);
  // A hash table looks at a few more or less.
  expect(ofLarge).toBeLessThan(ofSmall * 2 + 20);
}

describe('no question about deliveries looks at all there ever were', () => {
  it.each<[string, (store: Store) => unknown]>([
    ['what waits', (store) => store.deliveryQueue()],
    ['what failed last', (store) => store.failedDeliveries(5)],
    ['what waits for a peer for too long', (store) => store.deliveriesWaitingFor(DEAD, AT + 3)],
    ['those that wait', (store) => store.deliveries({ state: 'queued' })],
    ['those that wait for a peer', (store) => store.deliveries({ state: 'queued', to: DEAD })],
    ['those of an action', (store) => store.deliveries({ actionId: idOf(3) })],
    ['those of an action that wait', (store) => store.deliveries({ actionId: idOf(3), state: 'queued' })],
    ['a page', (store) => store.deliveries({ order: 'newest', limit: 20 })],
    ['a page of the first', (store) => store.deliveries({ limit: 20 })],
    ['a page of a peer', (store) => store.deliveries({ to: DEAD, order: 'newest', limit: 20 })],
    [
      'a page of what was refused long ago',
      (store) => store.deliveries({ state: 'refused', order: 'newest', limit: 20 }),
    ],
  ])('%s', async (_name, ask) => {
    await expectNoGrowth(ask);
  });

  it('the end of an attempt that failed', async () => {
    const attempt = { kind: 'delivery', tenant: TENANT, actionId: idOf(0), to: DEAD, state: 'queued' } as const;
    await expectNoGrowth((store) =>
      store.append([{ ...attempt, attempts: 2, error, nextAt: AT, peerNextAt: AT + 120_000, at: AT + 90_000 }]),
    );
  });

  it('notices one that does', async () => {
    await expect(expectNoGrowth((store) => store.deliveries())).rejects.toThrow();
  });
});

it('asks what one member said of a conversation without a look at what all others did', async () => {
  const subject = contentId('a1', 'a conversation');
  const subs = (issuer: string) => action({ iss: issuer, t: 'SUBS', sub: subject, aud: TENANT });
  const readAmong = async (members: number): Promise<number> => {
    const store = openMemoryStore();
    const others = Array.from({ length: members }, (_, n) => subs(`p${n}.example`));
    const mine = subs('alice.example');
    await store.append([...others.slice(0, 5), mine, ...others.slice(5)]);
    const ask = (issuer: string) =>
      [...store.rows(TENANT, { types: ['SUBS'], subject, issuer })].map((row) => row.actionId);
    expect(ask('alice.example')).toEqual([mine.actionId]);
    expect(ask('nobody.example')).toEqual([]);
    return valuesRead(() => ask('alice.example'));
  };
  expect(await readAmong(2000)).toBeLessThan((await readAmong(200)) * 2);
});

it('asks what arrived since a time without a look at what came before, whatever the clock did', async () => {
  const readAmong = async (actions: number): Promise<number> => {
    const store = openMemoryStore();
    const times = [...Array.from({ length: actions }, (_, n) => n), actions + 50, actions + 10, actions + 20];
    await store.append(times.map((receivedAt, n) => action({ c: `${n}` }, { receivedAt })));
    const ask = () => [...store.rows(TENANT, { receivedFrom: actions + 20, order: 'oldest' })];
    expect(ask().map(({ receivedAt }) => receivedAt - actions)).toEqual([50, 20]);
    return valuesRead(ask);
  };
  expect(await readAmong(2000)).toBeLessThan((await readAmong(200)) * 2);
});

it('puts a delivery that failed back to its place without a look at those behind it', async () => {
  const waitingFor = async (count: number): Promise<number> => {
    const store = openMemoryStore();
    for (let post = 0; post < count; post += 1) {
      const made = { actionId: idOf(post), to: [DEAD], nextAt: AT + post, at: AT + post };
      await store.append([{ kind: 'deliveries', tenant: TENANT, ...made }]);
    }
    const first = { kind: 'delivery', tenant: TENANT, actionId: idOf(0), to: DEAD, state: 'queued' } as const;
    return valuesRead(() =>
      store.append([{ ...first, attempts: 1, error, nextAt: AT, peerNextAt: AT + 60_000, at: AT + count }]),
    );
  };
  expect(await waitingFor(2000)).toBeLessThan((await waitingFor(200)) * 2);
});

it('finds IDs by how they begin without a look at all others, and leaves out those that are only named', async () => {
  const readAmong = async (actions: number): Promise<number> => {
    const store = openMemoryStore();
    const all = Array.from({ length: actions }, (_, n) => action({ c: `${n}`, p: idOf(n) }));
    await store.append(all);
    const ids = all.map(({ actionId }) => actionId).sort();
    const begin = (length: number) => (ids[7] as string).slice(0, length);
    for (const length of [3, 4, 5, 6, 7, 20, 46]) {
      const wanted = ids.filter((id) => id.startsWith(begin(length)));
      expect((await store.actionsBeginningWith(TENANT, begin(length), 10_000)).sort()).toEqual(wanted);
    }
    expect(await store.actionsBeginningWith(TENANT, 'a1~', 2)).toHaveLength(2);
    expect(await store.actionsBeginningWith(TENANT, idOf(0).slice(0, 20), 2)).toEqual([]);
    // What arrives later is found, too.
    const late = action({ c: 'late' });
    await store.append([late]);
    expect(await store.actionsBeginningWith(TENANT, late.actionId.slice(0, 20), 2)).toEqual([late.actionId]);
    return valuesRead(() => store.actionsBeginningWith(TENANT, begin(20), 2));
  };
  expect(await readAmong(2000)).toBeLessThan((await readAmong(200)) * 2);
});

it('finds the actions of deliveries by how their IDs begin without a look at all deliveries', async () => {
  const beginning = idOf(3).slice(0, 12);
  const [small, large] = [await homeWith(60), await homeWith(600)];
  const ask = (store: Store) => store.deliveredBeginningWith(undefined, beginning, 2);
  expect([await ask(small), await ask(large)]).toEqual([[idOf(3)], [idOf(3)]]);
  expect(await large.deliveredBeginningWith('nobody.example', beginning, 2)).toEqual([]);
  expect(await large.deliveredBeginningWith(TENANT, 'a1~', 2)).toHaveLength(2);
  expect(await valuesRead(() => ask(large))).toBeLessThan((await valuesRead(() => ask(small))) * 2);
});
