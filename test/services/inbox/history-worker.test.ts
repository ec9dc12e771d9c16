import { afterEach, beforeEach, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { connectedBy, type HistoryWorkerDeps, runHistoryWorker } from '../../../src/services/inbox/history-worker.ts';
import { pullHistory } from '../../../src/services/inbox/pull-history.ts';
import { createStages } from '../../../src/services/runtime/stages.ts';
import type { Delivery } from '../../../src/store/model/rows.ts';
import { makeWorld, TENANT, type World } from '../../support/inbox-samples.ts';
import { type Instance, type InstanceOptions, type Peer, startInstance } from '../../support/instance.ts';

let alice: Instance;
let world: World;
let bob: Peer;
let stop: AbortController;
let asked: string[];
let history: (peer: string) => Promise<{ token: string; related: string[] }[]>;
let running: Promise<void>;
let pull: () => ReturnType<typeof pullHistory>;
const logged: string[] = [];

/** What the worker pulled, in order; `next` waits for one more. */
const pulled: { peer: string; stored: number }[] = [];
let wake: () => void = () => {};
const next = async (count: number) => {
  while (pulled.length < count) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
};

async function start(settings: InstanceOptions['settings'] = {}): Promise<void> {
  alice = await startInstance({ settings });
  world = await makeWorld(alice);
  bob = alice.peer('bob.test');
  stop = new AbortController();
  asked = [];
  pulled.length = 0;
  logged.length = 0;
  history = async () => [];
  const deps = {
    ...alice.inbox,
    settings: { defaultVisibility: 'F', inbox: { concurrency: 1, queue: 1 } },
    accessTokens: { with: (_as: string, _peer: string, call: (bearer: string) => unknown) => call('bearer') },
    api: {
      fetchOutbox: async (peer: string) => {
        asked.push(peer);
        return history(peer);
      },
    },
    log: (_level: string, message: string) => logged.push(message),
  } as unknown as HistoryWorkerDeps;
  pull = () =>
    pullHistory(
      deps,
      createStages(() => {}),
      TENANT,
      'bob.test',
    );
  running = runHistoryWorker(deps, stop.signal, (result) => {
    pulled.push(result);
    wake();
  });
}
beforeEach(() => start());
afterEach(async () => {
  stop.abort();
  await running;
  await alice.close();
});

const connect = async (peer: Peer, t = 'CONN:ACC') =>
  alice.send(await peer.sign({ t, aud: TENANT, iat: alice.clock.now / 1000 + 1 }));

it('pulls the history of whom we are connected with once they accepted, without holding up the answer', async () => {
  const post = await bob.sign({ t: 'POST:TEXT', c: 'before we met', v: 'F', iat: alice.clock.now / 1000 - 100 });
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  history = async () => {
    await held;
    return [{ token: post, related: [] }];
  };
  await world.own({ t: 'CONN', aud: 'bob.test' });
  // What waited for the history would wait here for ever.
  expect((await connect(bob)).statusCode).toBe(201);
  expect(pulled).toEqual([]);
  release();
  await next(1);
  expect(pulled).toEqual([{ tenant: TENANT, peer: 'bob.test', stored: 1 }]);
  expect(alice.store.row(TENANT, actionId(post))).toMatchObject({ status: 'A', direction: 'in' });
});

/** Our answer arrives. */
async function arrived(): Promise<void> {
  const [answer] = alice.store.deliveries({ tenant: TENANT, state: 'queued' }) as [Delivery];
  expect(answer.to).toBe('bob.test');
  const { tenant, actionId: id, to } = answer;
  await alice.store.append([{ kind: 'delivery', tenant, actionId: id, to, state: 'delivered', attempts: 1, at: 1 }]);
}

it('when requests cross too, and when we accept by ourselves, once the peer knows', async () => {
  await world.own({ t: 'CONN', aud: 'bob.test' });
  await connect(bob, 'CONN');
  await arrived();
  await next(1);
  stop.abort();
  await running;
  await alice.close();
  await start({ connectionMode: 'accept' });
  // How our answer stands when the history is asked for.
  const told: string[] = [];
  history = async (to) => {
    told.push(...alice.store.deliveries({ tenant: TENANT, to }).map(({ state }) => state));
    return [];
  };
  await connect(bob, 'CONN');
  await arrived();
  await next(1);
  expect(asked).toEqual(['bob.test']);
  expect(told).toEqual(['delivered']);
});

it('logs what goes wrong and goes on; asks nobody that we aren’t connected with', async () => {
  history = async (peer) => {
    if (peer === 'bob.test') throw new CloudilloError('peer.refused', 'no history here');
    return [];
  };
  await connect(alice.peer('mallory.test'), 'CONN');
  const carol = alice.peer('carol.test');
  for (const { idTag } of [bob, carol]) await world.own({ t: 'CONN', aud: idTag });
  await connect(bob);
  await connect(carol);
  await next(2);
  expect(logged).toHaveLength(1);
  expect([...asked].sort()).toEqual(['bob.test', 'carol.test']);
  await connect(bob, 'CONN:DEL');
  // Whom it would have asked comes before the next.
  await world.own({ t: 'CONN', aud: 'dave.test' });
  await connect(alice.peer('dave.test'));
  await next(3);
  expect(asked.slice(2)).toEqual(['dave.test']);
});

it('is bounded: whoever connects with many at once waits, or goes without', async () => {
  let most = 0;
  let now = 0;
  history = async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return [];
  };
  const id = await world.own({ t: 'CONN', aud: 'bob.test' });
  const relation = { peer: 'bob.test', following: true, follower: true, connected: true, at: 1 };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, ...relation }]);
  const event = { kind: 'action', tenant: TENANT, actionId: id } as const;
  expect(connectedBy(alice.store, event)).toEqual({ tenant: TENANT, peer: 'bob.test', answer: id });
  for (let count = 0; count < 300; count += 1) alice.live.announce(event);
  await next(202);
  expect(most).toBe(2);
  expect(logged).toHaveLength(98);
  expect(pulled).toHaveLength(202);
});

it('tells of a post once that is pulled by a follow and by a connection, and comes by itself, at the same moment', async () => {
  const relation = { following: true, follower: false, connected: false, at: alice.clock.now };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...relation }]);
  const token = await bob.sign({ t: 'POST:TEXT', c: 'hello', v: 'F', iat: alice.clock.now / 1000 - 100 });
  history = async () => [{ token, related: [] }];
  const told: string[] = [];
  alice.live.on((event) => told.push(event.actionId));
  const [one, other] = await Promise.all([pull(), pull(), alice.send(token)]);
  expect(told).toEqual([actionId(token)]);
  expect(one.stored + other.stored).toBeLessThanOrEqual(1);
});

it('leaves out a post that its author takes back while it is being fetched', async () => {
  const relation = { following: true, follower: false, connected: false, at: alice.clock.now };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...relation }]);
  const iat = alice.clock.now / 1000 - 100;
  const token = await bob.sign({ t: 'POST:TEXT', c: 'regret', v: 'F', iat });
  history = async () => {
    await alice.send(await bob.sign({ t: 'POST:DEL', c: 'x', v: 'F', sub: actionId(token), iat: iat + 1 }));
    return [{ token, related: [] }];
  };
  expect(await pull()).toEqual({ stored: 0, problem: null });
  expect(alice.store.row(TENANT, actionId(token))).toBeNull();
});

it('keeps the newest of what a peer answers beyond what was asked for, in whatever order', async () => {
  const relation = { following: true, follower: false, connected: false, at: alice.clock.now };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...relation }]);
  const now = alice.clock.now / 1000;
  const posts = await Promise.all(
    Array.from({ length: 13 }, (_, age) => bob.sign({ t: 'POST:TEXT', c: `${age} old`, v: 'F', iat: now - 200 + age })),
  );
  const [oldest, ...rest] = posts as [string, ...string[]];
  history = async () => [rest[5] as string, 'no token', oldest, ...rest].map((token) => ({ token, related: [] }));
  expect((await pull()).problem).toBeNull();
  const kept = posts.filter((token) => alice.store.row(TENANT, actionId(token)) !== null);
  expect(kept).toEqual(posts.slice(4));
});
