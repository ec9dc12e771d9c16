import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { countsOf } from '../../../src/services/counts/counts.ts';
import { createStatCounter, LONGEST, QUIET, type StatCounter } from '../../../src/services/counts/stat-counter.ts';
import { noteEvent, runStatWorker, touchUnreported } from '../../../src/services/counts/stat-worker.ts';
import type { StoredAction } from '../../../src/store/model/rows.ts';
import { clockOf } from '../../support/clock.ts';
import { makeWorld, TENANT, type World } from '../../support/inbox-samples.ts';
import { type Instance, type Peer, startInstance } from '../../support/instance.ts';
import { fakeToken } from '../../support/store-fixtures.ts';

let alice: Instance;
let world: World;
let counter: StatCounter;
let bob: Peer;
let carol: Peer;
let post: string;
let stopListening: () => void;

beforeEach(async () => {
  alice = await startInstance();
  world = await makeWorld(alice);
  [bob, carol] = [alice.peer('bob.test'), alice.peer('carol.test')];
  post = world.post;
  await relate('dave.test', { follower: true });
  counter = createStatCounter(deps());
  stopListening = alice.live.on((event) => noteEvent(alice.store, counter, event));
});
afterEach(async () => {
  stopListening();
  await alice.close();
});

const deps = () => ({ ...alice.inbox });
async function relate(peer: string, flags: object): Promise<void> {
  const none = { following: false, follower: false, connected: false };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer, ...none, ...flags, at: alice.clock.now }]);
}
async function send(peer: Peer, claims: { t: string; [claim: string]: unknown }): Promise<string> {
  const token = await peer.sign({ iat: world.now(), aud: TENANT, ...claims });
  expect((await alice.send(token)).statusCode).toBe(201);
  return actionId(token);
}
const react = (peer: Peer, kind: string, sub = post) => send(peer, { t: `REACT:${kind}`, sub });
const stats = async (parent = post) =>
  (await alice.store.list(TENANT, { types: ['STAT'], parent, issuer: TENANT, limit: 100 })).actions as StoredAction[];
const counts = () => countsOf(alice.store, TENANT, post);

describe('counts', () => {
  it('of each person the last reaction; a REACT:DEL takes it back', async () => {
    await react(bob, 'LIKE');
    await react(carol, 'LOVE');
    await expect(counts()).resolves.toMatchObject({ r: '2,L1,V1' });
    await react(bob, 'WOW');
    await react(carol, 'WOW');
    await expect(counts()).resolves.toMatchObject({ r: '2,W2' });
    await react(carol, 'DEL');
    await expect(counts()).resolves.toMatchObject({ r: '1,W1' });
    await react(bob, 'DEL');
    await expect(counts()).resolves.toEqual({ r: '0', c: 0, ct: 0, rp: 0 });
  });

  it('the most first, in the letters of the network', async () => {
    for (const [index, kind] of ['ANGRY', 'SAD', 'WOW', 'LAUGH', 'LOVE', 'LIKE', 'LIKE'].entries()) {
      await react(alice.peer(`many${index}.test`), kind);
    }
    expect((await counts()).r).toBe('7,L2,A1,H1,S1,V1,W1');
  });

  it('comments that weren’t deleted, and when the last was written; reposts', async () => {
    const first = await send(bob, { t: 'CMNT', p: post, c: 'first' });
    const second = await send(carol, { t: 'CMNT', p: post, c: 'second' });
    await expect(counts()).resolves.toMatchObject({ c: 2, ct: alice.store.row(TENANT, second)?.createdAt });
    await send(carol, { t: 'CMNT:DEL', p: post, sub: second, c: 'x' });
    await expect(counts()).resolves.toMatchObject({ c: 1, ct: alice.store.row(TENANT, first)?.createdAt });
    await send(bob, { t: 'REPOST', aud: 'bob.test', sub: post });
    await expect(counts()).resolves.toMatchObject({ rp: 1 });
    await send(bob, { t: 'REPOST:DEL', aud: 'bob.test', sub: post });
    await expect(counts()).resolves.toMatchObject({ rp: 0 });
  });
});

describe('telling', () => {
  it('comes ten quiet seconds after the last, once for all, to the followers who may read it', async () => {
    await react(bob, 'LIKE');
    alice.clock.now += QUIET - 1;
    expect(await counter.emitDue()).toEqual([]);
    await react(carol, 'LIKE');
    alice.clock.now += QUIET - 1;
    expect(await counter.emitDue()).toEqual([]);
    expect(counter.nextAt()).toBe(alice.clock.now + 1);
    alice.clock.now += 1;
    const [told] = await counter.emitDue();
    expect(counter.nextAt()).toBeNull();
    const [stat, ...others] = await stats();
    expect(others).toEqual([]);
    expect(stat).toMatchObject({ actionId: told, visibility: 'P', status: 'A', direction: 'out' });
    expect(alice.store.deliveries({ actionId: told as string }).map(({ to }) => to)).toEqual(['dave.test']);
    // Claim by claim, in order, as recorded from the network's server.
    const { received } = JSON.parse(readFileSync('test/vectors/groups.json', 'utf8'));
    const recorded = received
      .filter(({ method }: { method: string }) => method === 'POST')
      .map(({ body }: { body: string | { token: string } }) => (typeof body === 'string' ? JSON.parse(body) : body))
      .map(({ token }: { token: string }) => decodeToken(token).claims)
      .find(({ t }: { t: string }) => t === 'STAT');
    expect(Object.keys(stat?.claims ?? {})).toEqual(Object.keys(recorded));
    expect(stat?.claims).toMatchObject({ t: 'STAT', p: post, v: 'P', c: { r: '2,L2', c: 0, ct: 0, rp: 0 } });
    expect(Object.keys(stat?.claims.c as object)).toEqual(Object.keys(recorded.c));
  });

  it('isn’t put off for longer than a minute by a stream that never ends', async () => {
    const begun = alice.clock.now;
    let told: string[] = [];
    for (let step = 0; told.length === 0 && step < 20; step += 1) {
      await react(alice.peer(`stream${step}.test`), 'LIKE');
      alice.clock.now += QUIET / 2;
      told = await counter.emitDue();
    }
    expect(alice.clock.now - begun).toBe(LONGEST);
  });

  it('comes at most once a minute, whatever the wall clock says, and then with ten quiet seconds', async () => {
    await react(bob, 'LIKE');
    alice.clock.now += QUIET;
    expect(await counter.emitDue()).toHaveLength(1);
    const rests = alice.clock.now + LONGEST;
    alice.clock.now += LONGEST / 2;
    await react(carol, 'LIKE');
    alice.clock.ahead += 10 * LONGEST;
    expect(counter.nextAt()).toBe(rests);
    alice.clock.now = rests - 1;
    expect(await counter.emitDue()).toEqual([]);
    await react(bob, 'WOW');
    expect(counter.nextAt()).toBe(alice.clock.now + QUIET);
    alice.clock.now += QUIET;
    expect(await counter.emitDue()).toHaveLength(1);
    expect(await stats()).toHaveLength(2);
  });

  it('is a matter of each action alone', async () => {
    const other = await world.own({ t: 'POST:TEXT', c: 'other', v: 'P' });
    await react(bob, 'LIKE');
    alice.clock.now += QUIET;
    await counter.emitDue();
    await react(bob, 'LIKE', other);
    alice.clock.now += QUIET;
    expect(await counter.emitDue()).toHaveLength(1);
  });

  it('says nothing that it said already, and nothing to nobody', async () => {
    await react(bob, 'LIKE');
    await react(bob, 'DEL');
    alice.clock.now += QUIET;
    expect(await counter.emitDue()).toEqual([]);
    await relate('dave.test', {});
    await react(bob, 'LIKE');
    alice.clock.now += QUIET;
    expect(await counter.emitDue()).toEqual([]);
    expect(await stats()).toEqual([]);
  });

  it('the next one is newer within the second too, and counts go back to nothing', async () => {
    await react(bob, 'LIKE');
    alice.clock.now += QUIET;
    await counter.emitDue();
    await react(bob, 'DEL');
    counter.touch(TENANT, post);
    alice.clock.now += LONGEST;
    await counter.emitDue();
    const [last, first] = await stats();
    expect(last?.claims.c).toEqual({ r: '0', c: 0, ct: 0, rp: 0 });
    expect(last?.createdAt).toBeGreaterThan(first?.createdAt ?? 0);
    expect([last?.current, first?.current]).toEqual([true, false]);
    // Whoever didn't get the first one yet gets the last one only.
    const waiting = alice.store.deliveries({ tenant: TENANT, state: 'queued' });
    expect(waiting.map(({ actionId: id }) => id)).toEqual([last?.actionId]);
  });

  it('is our business for what is ours: on our wall too, not on another, nor what is unknown', async () => {
    await relate('bob.test', { connected: true });
    const onWall = await send(bob, { t: 'POST:TEXT', c: 'hi', v: 'P' });
    const onTheirs = await send(bob, { t: 'POST:TEXT', c: 'mine', v: 'P', aud: 'bob.test' });
    const deleted = await world.own({ t: 'POST:TEXT', c: 'gone', v: 'P' });
    await alice.store.append([{ kind: 'status', tenant: TENANT, actionId: deleted, status: 'D', at: 1 }]);
    for (const sub of [onWall, onTheirs, deleted, `a1~${'A'.repeat(43)}`]) await react(carol, 'LIKE', sub);
    alice.clock.now += QUIET;
    expect(await counter.emitDue()).toHaveLength(1);
    expect(await stats(onWall)).toHaveLength(1);
  });

  it('goes to those who may read the action: connected ones, subscribers, nobody', async () => {
    await relate('erin.test', { follower: true, connected: true });
    const close = await world.own({ t: 'POST:TEXT', c: 'close', v: 'C' });
    const direct = await world.own({ t: 'POST:TEXT', c: 'direct', v: 'D' });
    const message = await world.own({ t: 'MSG', aud: TENANT, p: world.conversation, c: 'hi', v: 'S' });
    await send(bob, { t: 'SUBS', sub: world.conversation });
    for (const sub of [close, direct, message]) await react(bob, 'LIKE', sub);
    alice.clock.now += QUIET;
    await counter.emitDue();
    const to = async (parent: string) => {
      const [stat] = await stats(parent);
      return stat && alice.store.deliveries({ actionId: stat.actionId }).map((delivery) => delivery.to);
    };
    expect([await to(close), await to(direct), await to(message)]).toEqual([['erin.test'], undefined, ['bob.test']]);
  });

  it('what fails is logged and told later', async () => {
    await react(bob, 'LIKE');
    alice.clock.now += QUIET;
    const { append } = alice.store;
    const logged: string[] = [];
    const failing = createStatCounter({ ...deps(), log: (_level, message) => logged.push(message) });
    failing.touch(TENANT, post);
    alice.clock.now += QUIET;
    alice.store.append = () => Promise.reject(new CloudilloError('store.full', 'full', { retryable: true }));
    expect(await failing.emitDue()).toEqual([]);
    alice.store.append = append;
    expect(logged).toHaveLength(1);
    expect(failing.nextAt()).toBe(alice.clock.now + QUIET);
    alice.clock.now += QUIET;
    alice.store.append = () => Promise.reject(new CloudilloError('store.io', 'broken', { retryable: false }));
    expect(await failing.emitDue()).toEqual([]);
    expect([logged.length, failing.nextAt()]).toEqual([2, null]);
    alice.store.append = append;
    failing.touch(TENANT, post);
    alice.clock.now += QUIET;
    expect(await failing.emitDue()).toHaveLength(1);
  });
});

describe('after a restart', () => {
  it('what came after the last STAT is found again, and only that', async () => {
    await react(bob, 'LIKE');
    alice.clock.now += QUIET;
    await counter.emitDue();
    const other = await world.own({ t: 'POST:TEXT', c: 'other', v: 'P' });
    alice.clock.now += 1000;
    await react(bob, 'LOVE', other);
    const later = createStatCounter(deps());
    await touchUnreported(alice.store, later, new AbortController().signal);
    alice.clock.now += QUIET;
    expect(await later.emitDue()).toHaveLength(1);
    expect(await stats(other)).toHaveLength(1);
    expect(await stats(post)).toHaveLength(1);
  });

  it('an action that was reported just before rests for its minute', async () => {
    await react(bob, 'LIKE');
    alice.clock.now += QUIET;
    await counter.emitDue();
    const toldAt = alice.clock.now;
    alice.clock.now += 1000;
    await react(carol, 'LIKE');
    const later = createStatCounter(deps());
    await touchUnreported(alice.store, later, new AbortController().signal);
    expect(later.nextAt()).toBe(toldAt + LONGEST);
    // A report of a time to come was written by a wrong clock: it holds nothing up.
    alice.clock.now -= LONGEST;
    const wrong = createStatCounter(deps());
    wrong.touch(TENANT, post);
    expect(wrong.nextAt()).toBe(alice.clock.now + QUIET);
  });

  it('the worker begins with it, tells what comes, and ends when told', async () => {
    await react(bob, 'LIKE');
    const stop = new AbortController();
    let now = alice.clock.now;
    const told = new Promise<void>((resolve) => {
      alice.live.on(({ actionId: id }) => {
        if (alice.store.row(TENANT, id)?.type === 'STAT') resolve();
      });
    });
    // A clock that runs a thousand times as fast: nothing waits for real.
    const started = performance.now();
    const clock = clockOf(() => {
      now = alice.clock.now + (performance.now() - started) * 1000;
      return Math.floor(now);
    });
    const running = runStatWorker({ ...deps(), clock }, stop.signal);
    await wakeUntil(told, async () => void (await react(carol, 'LIKE')));
    stop.abort();
    await running;
    expect(await stats()).not.toEqual([]);
  });
});

/** Acts again until what is waited for is there: each act wakes the worker, whose timers go by the real clock. */
async function wakeUntil(event: Promise<void>, act: () => Promise<void>): Promise<void> {
  let over = false;
  event.then(() => {
    over = true;
  });
  while (!over) await act();
}

describe('the counts in views of an own action', () => {
  it('are counted, and from 500 answers on those that were reported last', async () => {
    const token = (claims: object) => fakeToken({ aud: TENANT, ...claims } as never);
    const event = {
      kind: 'action',
      tenant: TENANT,
      direction: 'in',
      status: 'A',
      receivedAt: 1,
      visibility: 'P',
    } as const;
    const reactions = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => {
        const reaction = token({ iss: `fan${from + index}.test`, t: 'REACT:LIKE', sub: post, iat: 1 });
        return { ...event, actionId: actionId(reaction), token: reaction };
      });
    const shown = async () => (await alice.get(`/api/actions/${post}`)).json().data.stat;
    await alice.store.append(reactions(0, 499));
    expect(await shown()).toEqual({ reactions: '499,L499' });
    await world.own({ t: 'STAT', p: post, c: { r: '450,L450', c: 0, ct: 0, rp: 3 } });
    expect(await shown()).toEqual({ reactions: '499,L499' });
    await alice.store.append(reactions(499, 510));
    expect(await shown()).toEqual({ reactions: '450,L450', reposts: 3 });
  });
});

describe('a STAT of somebody else', () => {
  it('shows in views, with the own reaction for the owner only', async () => {
    await relate('bob.test', { following: true });
    const theirs = await send(bob, { t: 'POST:TEXT', c: 'mine', v: 'P', aud: 'bob.test' });
    await send(bob, { t: 'STAT', aud: undefined, p: theirs, c: { r: '3,L2,V1', c: 4, ct: 1, rp: 2 } });
    await world.own({ t: 'REACT:LOVE', aud: 'bob.test', sub: theirs });
    const more = { commentCount: 4, lastCommentAt: '1970-01-01T00:00:01Z', reposts: 2 };
    const stat = async (bearer?: string) =>
      (await alice.get(`/api/actions/${theirs}`, bearer === undefined ? {} : { bearer })).json().data.stat;
    expect(await stat(await alice.bearer())).toEqual({ ownReaction: 'LOVE', reactions: '3,L2,V1', ...more });
    expect(await stat()).toEqual({ reactions: '3,L2,V1', ...more });
    await world.own({ t: 'REACT:DEL', aud: 'bob.test', sub: theirs });
    expect(await stat(await alice.bearer())).toEqual({ reactions: '3,L2,V1', ...more });
  });
});
