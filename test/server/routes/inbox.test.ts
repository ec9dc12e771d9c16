import { afterEach, describe, expect, it } from 'vitest';
import { createGate } from '../../../src/federation/limits/concurrency-gate.ts';
import { actionId } from '../../../src/protocol/content-id.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { withLock } from '../../../src/services/runtime/locks.ts';
import { forged } from '../../support/altered-tokens.ts';
import { type Instance, type InstanceOptions, refusal, startInstance } from '../../support/instance.ts';

const open: Instance[] = [];
async function start(options?: InstanceOptions): Promise<Instance> {
  const instance = await startInstance(options);
  open.push(instance);
  return instance;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((instance) => instance.close()));
});

const OK = { status: 201, code: null };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const UNAUTH = { status: 401, code: 'E-AUTH-UNAUTH' };

describe('answers', () => {
  it('is 202 with an empty envelope at /api/inbox, 201 at /sync, and stores before it answers', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const token = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    const answer = await alice.post('/api/inbox', { token });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ data: {}, time: '2026-11-22T18:00:00Z', reqId: answer.headers['x-request-id'] });
    expect(alice.journal()).toContain(token);
    expect(refusal(await alice.send(await bob.sign({ t: 'FLLW', aud: 'alice.test', c: 'again' })))).toEqual(OK);
  });

  it('answers a repeat as the first time, verifies it not again and stores nothing', async () => {
    const alice = await start();
    const token = await alice.peer('bob.test').sign({ t: 'FLLW', aud: 'alice.test' });
    await alice.send(token);
    const before = alice.journal();
    alice.resolver.asked.length = 0;
    expect(refusal(await alice.send(token))).toEqual(OK);
    expect(alice.journal()).toBe(before);
    expect(alice.resolver.asked).toEqual([]);
  });

  it('verifies the same with another signature, and answers it as a repeat', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const token = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    const twin = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    expect(twin).not.toBe(token);
    await alice.send(token);
    alice.resolver.asked.length = 0;
    expect(refusal(await alice.send(twin))).toEqual(OK);
    expect(alice.resolver.asked).not.toEqual([]);
    const stored = alice.journal();
    expect(stored.match(/"kind":"action"/g)).toHaveLength(1);
    expect(stored.match(/"kind":"alias"/g)).toHaveLength(1);
    // From now on it is one that is known, byte for byte.
    alice.resolver.asked.length = 0;
    expect(refusal(await alice.send(twin))).toEqual(OK);
    expect(alice.resolver.asked).toEqual([]);
    expect(alice.journal()).toBe(stored);
  });

  it('verifies and stores one token once when it comes twice at the same time', async () => {
    const alice = await start();
    const token = await alice.peer('bob.test').sign({ t: 'FLLW', aud: 'alice.test' });
    const answers = await Promise.all([1, 2, 3, 4].map(() => alice.post('/api/inbox', { token })));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 202]);
    expect(alice.journal().trim().split('\n')).toHaveLength(1);
  });

  it('stores one action once when its twins come at the same time, on either path', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const claims = { t: 'FLLW', aud: 'alice.test' };
    const [token, twin] = [await bob.sign(claims), await bob.sign(claims)];
    const answers = await Promise.all([
      alice.post('/api/inbox', { token }),
      alice.send(token),
      alice.post('/api/inbox', { token: twin }),
      alice.send(twin),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 201, 202, 201]);
    const stored = alice.journal();
    expect(stored.match(/"kind":"action"/g)).toHaveLength(1);
    expect(stored.match(/"kind":"alias"/g)).toHaveLength(1);
  });

  it('takes "related": null for none', async () => {
    const alice = await start();
    const token = await alice.peer('bob.test').sign({ t: 'FLLW', aud: 'alice.test' });
    expect((await alice.post('/api/inbox', { token, related: null })).statusCode).toBe(202);
  });
});

it('a disk that refuses is answered 503, and nothing is believed', async () => {
  const alice = await start();
  const bob = alice.peer('bob.test');
  const { append } = alice.store;
  alice.store.append = async () => {
    throw new CloudilloError('store.full', 'The disk is full', { retryable: true });
  };
  for (const path of ['/api/inbox', '/api/inbox/sync']) {
    const answer = await alice.post(path, { token: await bob.sign({ t: 'FLLW', aud: 'alice.test' }) });
    expect(refusal(answer)).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    expect(answer.body).not.toContain('disk');
  }
  alice.store.append = append;
  expect(alice.store.relation('alice.test', 'bob.test').follower).toBe(false);
  expect(alice.store.parked()).toEqual([]);
});

describe('relations', () => {
  it('FLLW makes a follower, FLLW:DEL undoes it', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    await alice.send(await bob.sign({ t: 'FLLW', aud: 'alice.test' }));
    expect(alice.store.relation('alice.test', 'bob.test')).toMatchObject({ follower: true, following: false });
    expect(alice.store.peer('alice.test', 'bob.test')).toMatchObject({ name: 'Bob', type: 'person' });
    await alice.send(await bob.sign({ t: 'FLLW:DEL', aud: 'alice.test', iat: alice.clock.now / 1000 + 1 }));
    expect(alice.store.relation('alice.test', 'bob.test')).toMatchObject({ follower: false });
  });

  it('an older action arriving late is history: it changes nothing', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const now = alice.clock.now / 1000;
    await alice.send(await bob.sign({ t: 'FLLW:DEL', aud: 'alice.test', iat: now }));
    const late = await bob.sign({ t: 'FLLW', aud: 'alice.test', iat: now - 10 });
    expect(refusal(await alice.send(late))).toEqual(OK);
    expect(alice.store.relation('alice.test', 'bob.test').follower).toBe(false);
    expect(alice.store.row('alice.test', actionId(late))).toMatchObject({ current: false });
  });

  it('with followers switched off answers as ever and keeps the action as deleted', async () => {
    const alice = await start({ settings: { followers: false } });
    const bob = alice.peer('bob.test');
    const token = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    expect(refusal(await alice.send(token))).toEqual(OK);
    expect(alice.store.relation('alice.test', 'bob.test').follower).toBe(false);
    expect(alice.store.row('alice.test', actionId(token))?.status).toBe('D');
    // Bob, who may read his own action, can't tell either.
    const bearer = await alice.bearer({ subject: 'bob.test', owner: false });
    const view = await alice.get(`/api/actions/${actionId(token)}`, { bearer });
    expect(view.json().data.status).toBe('A');
    const listed = async (query: string, as: { bearer?: string }) =>
      (await alice.get(`/api/actions?${query}`, as)).json().data.map(({ status }: { status: string }) => status);
    expect(await listed('type=FLLW&status=A', { bearer })).toEqual(['A']);
    expect(await listed('status=D', { bearer })).toEqual([]);
    expect((await alice.get('/api/actions?count=true', { bearer })).json().cursorPagination.count).toBe(1);
    // Who is nobody to it, and the owner, see no more than before.
    expect(await listed('type=FLLW', {})).toEqual([]);
    expect(await listed('type=FLLW', { bearer: await alice.bearer() })).toEqual([]);
    expect(await listed('status=D', { bearer: await alice.bearer() })).toEqual(['D']);
  });

  it('CONN rests at C in mode ask', async () => {
    const alice = await start();
    const token = await alice.peer('bob.test').sign({ t: 'CONN', aud: 'alice.test' });
    expect(refusal(await alice.send(token))).toEqual(OK);
    expect(alice.store.row('alice.test', actionId(token))?.status).toBe('C');
    expect(alice.store.relation('alice.test', 'bob.test').connected).toBe(false);
  });

  it('CONN connects at once in mode accept, and a CONN:ACC is queued', async () => {
    const alice = await start({ settings: { connectionMode: 'accept' } });
    await alice.send(await alice.peer('bob.test').sign({ t: 'CONN', aud: 'alice.test' }));
    expect(alice.store.relation('alice.test', 'bob.test')).toMatchObject({
      connected: true,
      following: true,
      follower: true,
    });
    const [delivery] = alice.store.deliveries({ state: 'queued' });
    expect(delivery).toMatchObject({ to: 'bob.test', tenant: 'alice.test' });
    const answer = await alice.store.action('alice.test', delivery?.actionId as string);
    expect(answer?.claims).toMatchObject({ t: 'CONN:ACC', iss: 'alice.test', aud: 'bob.test' });
  });

  it('CONN is dropped silently in mode ignore', async () => {
    const alice = await start({ settings: { connectionMode: 'ignore' } });
    const token = await alice.peer('bob.test').sign({ t: 'CONN', aud: 'alice.test' });
    expect(refusal(await alice.send(token))).toEqual(OK);
    expect(alice.store.row('alice.test', actionId(token))?.status).toBe('D');
    expect(alice.store.relation('alice.test', 'bob.test').connected).toBe(false);
  });

  it('crossing CONNs connect; CONN:DEL severs; a later CONN has to be asked for again', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const now = alice.clock.now / 1000;
    await storeOwn(alice, { t: 'CONN', aud: 'bob.test', iat: now - 5 });
    await alice.send(await bob.sign({ t: 'CONN', aud: 'alice.test', iat: now }));
    expect(alice.store.relation('alice.test', 'bob.test')).toMatchObject({ connected: true, following: true });
    await alice.send(await bob.sign({ t: 'CONN:DEL', aud: 'alice.test', iat: now + 1 }));
    expect(alice.store.relation('alice.test', 'bob.test')).toMatchObject({ connected: false, following: true });
    const again = await bob.sign({ t: 'CONN', aud: 'alice.test', iat: now + 2 });
    await alice.send(again);
    expect(alice.store.relation('alice.test', 'bob.test').connected).toBe(false);
    expect(alice.store.row('alice.test', actionId(again))?.status).toBe('C');
  });

  it('a CONN that meets an open one of ours, or a connection, is answered with CONN:ACC', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const now = alice.clock.now / 1000;
    const answers = () =>
      [...alice.store.rows('alice.test', { types: ['CONN'], issuer: 'alice.test' })].filter(
        (row) => row.subtype === 'ACC',
      );
    await storeOwn(alice, { t: 'CONN', aud: 'bob.test', iat: now - 5 });
    await alice.send(await bob.sign({ t: 'CONN', aud: 'alice.test', iat: now }));
    const answer = answers()[0] as { actionId: string };
    expect(answers()).toMatchObject([{ audience: 'bob.test', status: 'A', current: true }]);
    expect(alice.store.deliveries({ tenant: 'alice.test', actionId: answer.actionId })).toMatchObject([
      { to: 'bob.test', state: 'queued' },
    ]);
    // It asks again while our answer still waits for it: the one that waits answers both.
    await alice.send(await bob.sign({ t: 'CONN', aud: 'alice.test', iat: now + 1 }));
    expect(answers()).toHaveLength(1);
    // It lost what it knew after it had got our answer.
    const settled = { kind: 'delivery', tenant: 'alice.test', actionId: answer.actionId, to: 'bob.test' } as const;
    await alice.store.append([{ ...settled, state: 'delivered', attempts: 1, at: 1 }]);
    await alice.send(await bob.sign({ t: 'CONN', aud: 'alice.test', iat: now + 2 }));
    expect(answers()).toHaveLength(2);
    // An answer is answered by nobody.
    await alice.send(await bob.sign({ t: 'CONN:ACC', aud: 'alice.test', iat: now + 3 }));
    expect(answers()).toHaveLength(2);
    expect(alice.store.relation('alice.test', 'bob.test').connected).toBe(true);
  });

  it('CONN:ACC connects only whom we asked', async () => {
    const alice = await start();
    const [bob, mallory] = [alice.peer('bob.test'), alice.peer('mallory.test')];
    await storeOwn(alice, { t: 'CONN', aud: 'bob.test' });
    expect(refusal(await alice.send(await mallory.sign({ t: 'CONN:ACC', aud: 'alice.test' })))).toEqual(DENIED);
    expect(alice.store.relation('alice.test', 'mallory.test').connected).toBe(false);
    expect(refusal(await alice.send(await bob.sign({ t: 'CONN:ACC', aud: 'alice.test' })))).toEqual(OK);
    expect(alice.store.relation('alice.test', 'bob.test').connected).toBe(true);
  });
});

describe('permissions', () => {
  it('POST is for those whom we follow or are connected with', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const post = (c: string) => bob.sign({ t: 'POST:TEXT', c });
    const before = alice.journal();
    expect(refusal(await alice.send(await post('one')))).toEqual(DENIED);
    expect(alice.journal()).toBe(before);
    await relate(alice, 'bob.test', { following: true });
    expect(refusal(await alice.send(await post('two')))).toEqual(OK);
    await relate(alice, 'bob.test', { connected: true });
    expect(refusal(await alice.send(await post('three')))).toEqual(OK);
    await relate(alice, 'bob.test', { follower: true });
    expect(refusal(await alice.send(await post('four')))).toEqual(DENIED);
  });

  it('a stranger may repost a public action of ours, and no other', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const open = await storeOwn(alice, { t: 'POST:TEXT', c: 'open', v: 'P' });
    const closed = await storeOwn(alice, { t: 'POST:TEXT', c: 'closed', v: 'F' });
    const repost = (sub: string) => bob.sign({ t: 'REPOST', sub, aud: 'bob.test' });
    expect(refusal(await alice.send(await repost(open)))).toEqual(OK);
    expect(refusal(await alice.send(await repost(closed)))).toEqual(DENIED);
  });

  it('a REPOST needs an audience, and somebody else’s original', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    await relate(alice, 'bob.test', { following: true });
    const own = await bob.sign({ t: 'POST:TEXT', c: 'mine', v: 'P' });
    await alice.send(own);
    const open = await storeOwn(alice, { t: 'POST:TEXT', c: 'open', v: 'P' });
    expect(refusal(await alice.send(await bob.sign({ t: 'REPOST', sub: open })))).toEqual(INVALID);
    const boast = await bob.sign({ t: 'REPOST', sub: actionId(own), aud: 'bob.test' });
    expect(refusal(await alice.send(boast))).toEqual(INVALID);
  });

  it.each([
    ['FLLW', {}],
    ['CONN', {}],
    ['FSHR', { sub: `f1~${'A'.repeat(43)}`, c: { contentType: 'a/b', fileName: 'x', fileTp: 'BLOB' } }],
    ['PRINVT', { c: { refId: 'r' } }],
    ['IDP:REG', { c: { idTag: 'new.test' } }],
    ['SUBS', { sub: `a1~${'A'.repeat(43)}` }],
    ['INVT', { sub: `a1~${'A'.repeat(43)}` }],
  ])('%s for somebody else is refused', async (t, claims) => {
    const alice = await start();
    await relate(alice, 'bob.test', { connected: true });
    const bob = alice.peer('bob.test');
    const before = alice.journal();
    expect(refusal(await alice.send(await bob.sign({ t, aud: 'carol.test', ...claims })))).toEqual(INVALID);
    expect(alice.journal()).toBe(before);
  });

  it('flags close an action for comments and reactions', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const muted = await storeOwn(alice, { t: 'POST:TEXT', c: 'quiet', v: 'P', f: 'Rc' });
    const cold = await storeOwn(alice, { t: 'POST:TEXT', c: 'cold', v: 'P', f: 'rC' });
    const comment = (p: string) => bob.sign({ t: 'CMNT', aud: 'alice.test', p, c: 'but' });
    const like = (sub: string) => bob.sign({ t: 'REACT:LIKE', aud: 'alice.test', sub });
    expect(refusal(await alice.send(await comment(muted)))).toEqual(INVALID);
    expect(refusal(await alice.send(await like(muted)))).toEqual(OK);
    expect(refusal(await alice.send(await comment(cold)))).toEqual(OK);
    expect(refusal(await alice.send(await like(cold)))).toEqual(INVALID);
  });

  it('STAT is taken from the owner of what it counts: issuer, or whose wall it is on', async () => {
    const alice = await start();
    const [bob, carol] = [alice.peer('bob.test'), alice.peer('carol.test')];
    for (const peer of ['bob.test', 'carol.test']) await relate(alice, peer, { following: true });
    const post = await bob.sign({ t: 'POST:TEXT', c: 'count me', v: 'P' });
    const onWall = await bob.sign({ t: 'POST:TEXT', c: 'on your wall', v: 'P', aud: 'carol.test' });
    await alice.send(post);
    await alice.send(onWall);
    const stat = (p: string) => ({ t: 'STAT', p: actionId(p), c: { r: '1,L1' } });
    expect(refusal(await alice.send(await carol.sign(stat(post))))).toEqual(DENIED);
    expect(refusal(await alice.send(await bob.sign(stat(post))))).toEqual(OK);
    expect(refusal(await alice.send(await bob.sign(stat(onWall))))).toEqual(DENIED);
    expect(refusal(await alice.send(await carol.sign(stat(onWall))))).toEqual(OK);
    const bearer = await alice.bearer();
    const view = await alice.get(`/api/actions/${actionId(post)}`, { bearer });
    expect(view.json().data.stat).toEqual({ reactions: '1,L1' });
  });

  it('STAT changes the counts that it tells, and no other; an older one nothing', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    await relate(alice, 'bob.test', { following: true });
    const post = await bob.sign({ t: 'POST:TEXT', c: 'count me', v: 'P' });
    await alice.send(post);
    const iat = alice.clock.now / 1000;
    for (const [c, at] of [
      [{ r: '1,L1', c: 0 }, iat - 2],
      [{ c: 2 }, iat],
      [{ r: '0', c: 9 }, iat - 3],
    ] as const) {
      expect(refusal(await alice.send(await bob.sign({ t: 'STAT', p: actionId(post), c, iat: at })))).toEqual(OK);
    }
    const view = await alice.get(`/api/actions/${actionId(post)}`);
    expect(view.json().data.stat).toEqual({ reactions: '1,L1', commentCount: 2 });
  });

  it('FSHR rests at C, and is refused for a file that we hold from another', async () => {
    const alice = await start();
    const [bob, carol] = [alice.peer('bob.test'), alice.peer('carol.test')];
    for (const peer of ['bob.test', 'carol.test']) await relate(alice, peer, { following: true });
    const sub = `f1~${'A'.repeat(43)}`;
    const share = { t: 'FSHR', aud: 'alice.test', sub, c: { contentType: 'a/b', fileName: 'x', fileTp: 'BLOB' } };
    const first = await bob.sign(share);
    expect(refusal(await alice.send(first))).toEqual(OK);
    expect(alice.store.row('alice.test', actionId(first))?.status).toBe('C');
    await alice.store.append([
      { kind: 'status', tenant: 'alice.test', actionId: actionId(first), status: 'A', at: alice.clock.now },
    ]);
    expect(refusal(await alice.send(await carol.sign(share)))).toEqual(DENIED);
    expect(refusal(await alice.send(await bob.sign({ ...share, t: 'FSHR:WRITE' })))).toEqual(OK);
  });

  it(':DEL is for the issuer of what it names', async () => {
    const alice = await start();
    const [bob, carol] = [alice.peer('bob.test'), alice.peer('carol.test')];
    for (const peer of ['bob.test', 'carol.test']) await relate(alice, peer, { following: true });
    const post = await bob.sign({ t: 'POST:TEXT', c: 'regret', v: 'P' });
    await alice.send(post);
    const del = { t: 'POST:DEL', c: 'x', sub: actionId(post) };
    expect(refusal(await alice.send(await carol.sign(del)))).toEqual(DENIED);
    expect(alice.store.row('alice.test', actionId(post))?.status).toBe('A');
    // Also when the relation is over: what one said, one may take back.
    await relate(alice, 'bob.test', {});
    expect(refusal(await alice.send(await bob.sign(del)))).toEqual(OK);
    expect(alice.store.row('alice.test', actionId(post))?.status).toBe('D');
    expect((await alice.get(`/api/actions/${actionId(post)}`)).statusCode).toBe(410);
  });

  it('PRES is verified, passed on and never stored; PROXY is no action', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const before = alice.journal();
    const passed: string[] = [];
    alice.live.on((event) => event.kind === 'ephemeral' && passed.push(event.actionId));
    const token = await bob.sign({ t: 'PRES:TYPING', sub: '@alice.test' });
    expect(refusal(await alice.send(token))).toEqual(OK);
    expect(passed).toEqual([actionId(token)]);
    const proxy = await bob.sign({ t: 'PROXY', aud: 'alice.test', exp: alice.clock.now / 1000 + 60 });
    expect(refusal(await alice.send(proxy))).toEqual(INVALID);
    expect(alice.journal()).toBe(before);
  });
});

describe('visibility at arrival', () => {
  it('is the own letter, else the parent’s, else the subject’s, else the default; an unknown letter is the narrowest', async () => {
    const alice = await start({ settings: { defaultVisibility: 'C' } });
    const bob = alice.peer('bob.test');
    await relate(alice, 'bob.test', { following: true });
    const open = await storeOwn(alice, { t: 'POST:TEXT', c: 'open', v: 'P' });
    const unknown = `a1~${'A'.repeat(43)}`;
    const cases: [Parameters<typeof bob.sign>[0], string][] = [
      [{ t: 'CMNT', p: open, c: 'v', v: 'F' }, 'F'],
      [{ t: 'CMNT', p: open, c: 'parent' }, 'P'],
      [{ t: 'REACT:LIKE', sub: open }, 'P'],
      [{ t: 'REACT:LIKE', sub: unknown }, 'C'],
      [{ t: 'POST:TEXT', c: 'x', v: 'x' }, 'D'],
    ];
    for (const [claims, expected] of cases) {
      const token = await bob.sign(claims);
      expect(refusal(await alice.send(token))).toEqual(OK);
      expect(alice.store.row('alice.test', actionId(token))?.visibility).toBe(expected);
    }
  });
});

describe('keys that can’t be fetched', () => {
  const passing = () => new CloudilloError('network.timeout', 'no answer', { retryable: true });
  const lasting = () => new CloudilloError('dns.nxdomain', 'no such name');

  it('parks at /api/inbox for a passing reason, answers 503 at /sync, and parks once', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    alice.resolver.failures.set('bob.test', passing());
    const token = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    const synced = await alice.send(token);
    expect(refusal(synced)).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    expect(Number(synced.headers['retry-after'])).toBeGreaterThan(0);
    expect(alice.journal()).toBe('');
    expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
    const parked = alice.journal();
    expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
    expect(alice.journal()).toBe(parked);
    expect(alice.store.row('alice.test', actionId(token))).toBeNull();
  });

  it('tells /sync 503 also while the same token is being parked', async () => {
    const alice = await start();
    const token = await alice.peer('away.test').sign({ t: 'FLLW', aud: 'alice.test' });
    alice.resolver.failures.set('away.test', passing());
    const answers = await Promise.all([alice.post('/api/inbox', { token }), alice.send(token)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 503]);
  });

  it('doesn’t park for a lasting one', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    alice.resolver.failures.set('bob.test', lasting());
    const answer = await alice.post('/api/inbox', { token: await bob.sign({ t: 'FLLW', aud: 'alice.test' }) });
    expect(refusal(answer)).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    expect(alice.journal()).toBe('');
  });

  it('parks at most 20 an issuer', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    alice.resolver.failures.set('bob.test', passing());
    const answers = await Promise.all(
      Array.from({ length: 22 }, async (_, index) =>
        alice.post('/api/inbox', { token: await bob.sign({ t: 'FLLW', aud: 'alice.test', c: `${index}` }) }),
      ),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 202)).toHaveLength(20);
    expect(answers.filter(({ statusCode }) => statusCode === 503)).toHaveLength(2);
    expect(alice.store.parked()).toHaveLength(20);
  });

  it('parks at most 1,000 in all, half of them of strangers, whoever they are from', async () => {
    const alice = await start();
    const waiting = (index: number) => alice.peer(`away${index}.test`).sign({ t: 'FLLW', aud: 'alice.test' });
    const token = await waiting(0);
    await alice.store.append(
      Array.from({ length: 499 }, (_, index) => {
        const id = actionId(`${token}${index}`);
        const parked = { kind: 'parked', tenant: 'alice.test', actionId: id, token, issuer: `a${index}.test` } as const;
        return { ...parked, attempts: 1, nextAt: alice.clock.now, at: alice.clock.now };
      }),
    );
    for (const index of [0, 1]) alice.resolver.failures.set(`away${index}.test`, passing());
    expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
    expect((await alice.post('/api/inbox', { token: await waiting(1) })).statusCode).toBe(503);
    const followed = { following: true, follower: false, connected: false, at: alice.clock.now };
    const friends = Array.from({ length: 26 }, (_, index) => `friend${index}.test`);
    await alice.store.append(
      friends.map((peer) => ({ kind: 'relation', tenant: 'alice.test', peer, ...followed }) as const),
    );
    const rest = Array.from({ length: 499 }, (_, index) => {
      const id = actionId(`${token} ${index}`);
      const parked = { kind: 'parked', tenant: 'alice.test', actionId: id, token } as const;
      const issuer = friends[index % 25] as string;
      return { ...parked, issuer, attempts: 1, nextAt: alice.clock.now, at: alice.clock.now };
    });
    await alice.store.append(rest);
    const friend = alice.peer('friend25.test');
    alice.resolver.failures.set('friend25.test', passing());
    const said = async (c: string) => alice.post('/api/inbox', { token: await friend.sign({ t: 'POST:TEXT', c }) });
    expect((await said('first')).statusCode).toBe(202);
    expect(alice.store.parked()).toHaveLength(1000);
    expect((await said('second')).statusCode).toBe(503);
    // One that is there already is answered as before.
    expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
  });

  it('of what came along it parks only what the token names: the rest would never be looked at', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    alice.resolver.failures.set('bob.test', passing());
    const related = await Promise.all(
      Array.from({ length: 64 }, (_, index) => bob.sign({ t: 'POST', aud: 'bob.test', c: `${index}` })),
    );
    const token = await bob.sign({ t: 'APRV', sub: actionId(related[7] as string) });
    expect((await alice.post('/api/inbox', { token, related })).statusCode).toBe(202);
    const parked = await alice.store.parkedTokens('alice.test', actionId(token));
    expect(parked).toEqual({ token, related: [related[7]] });
    expect(alice.journal()).not.toContain(related[8]);
  });
});

describe('verification', () => {
  it('refuses an unknown key ID, a flipped signature, an expired token, a key past its end', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const now = alice.clock.now / 1000;
    const sound = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    expect(refusal(await alice.send(forged(sound)))).toEqual(UNAUTH);
    expect(refusal(await alice.send(await bob.sign({ t: 'FLLW', aud: 'alice.test', k: '990101' })))).toEqual(UNAUTH);
    const expired = await bob.sign({ t: 'FLLW', aud: 'alice.test', exp: now - 61 });
    expect(refusal(await alice.send(expired))).toEqual(UNAUTH);
    const lenient = await bob.sign({ t: 'FLLW', aud: 'alice.test', exp: now - 60 });
    expect(refusal(await alice.send(lenient))).toEqual(OK);
    const keys = alice.resolver.keys.get('bob.test');
    const key = keys?.get('261122');
    keys?.set('261122', { ...key, expiresAt: now - 1 } as never);
    const late = await bob.sign({ t: 'FLLW', aud: 'alice.test', c: 'late' });
    expect(refusal(await alice.send(late))).toEqual(UNAUTH);
    const early = await bob.sign({ t: 'FLLW', aud: 'alice.test', c: 'early', iat: now - 1 });
    expect(refusal(await alice.send(early))).toEqual(OK);
  });

  it('turns away at /sync what is beyond its bound with 503 and Retry-After, and takes it when there is room again', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const gate = createGate({ running: 1, waiting: 1 });
    alice.inbox.verification = gate;
    let finish = () => {};
    const busy = gate.run(() => new Promise<void>((resolve) => (finish = resolve)));
    const [first, second] = await Promise.all(
      ['first', 'second'].map((c) => bob.sign({ t: 'FLLW', aud: 'alice.test', c })),
    );
    const waiting = alice.post('/api/inbox', { token: first });
    await expect.poll(() => alice.resolver.asked.length).toBe(1);
    const refused = await alice.post('/api/inbox/sync', { token: second });
    expect(refusal(refused)).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    expect(refused.headers['retry-after']).toBe('5');
    expect(alice.store.parked()).toEqual([]);
    finish();
    await busy;
    expect((await waiting).statusCode).toBe(202);
    expect((await alice.post('/api/inbox', { token: second })).statusCode).toBe(202);
  });
});

async function relate(instance: Instance, peer: string, flags: object): Promise<void> {
  const none = { following: false, follower: false, connected: false };
  const at = instance.clock.now;
  await instance.store.append([{ kind: 'relation', tenant: 'alice.test', peer, ...none, ...flags, at }]);
}

/** An action of alice's own. */
async function storeOwn(
  instance: Instance,
  claims: { t: string; v?: string; [claim: string]: unknown },
): Promise<string> {
  const token = await instance.owner('alice.test').sign(claims);
  const id = actionId(token);
  await instance.store.append([
    {
      kind: 'action',
      tenant: 'alice.test',
      actionId: id,
      token,
      direction: 'out',
      receivedAt: instance.clock.now,
      status: 'A',
      visibility: (claims.v ?? 'F') as 'F',
    },
  ]);
  return id;
}

it('a follow of ours and one of theirs that are stored at the same moment lose nothing', async () => {
  const alice = await start();
  const bob = alice.peer('bob.test');
  const token = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
  for (const flags of [{ following: true }, { following: false }]) {
    const ours = withLock(alice, { kind: 'relation', tenant: 'alice.test', peer: 'bob.test' }, async () => {
      const row = alice.store.relation('alice.test', 'bob.test');
      await relate(alice, 'bob.test', { follower: row.follower, ...flags });
    });
    await Promise.all([ours, alice.send(token)]);
    expect(alice.store.relation('alice.test', 'bob.test')).toMatchObject({ follower: true, ...flags });
  }
});
