import { sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { generateKeyPair } from '../../../src/protocol/keys.ts';
import { retryParked } from '../../../src/services/inbox/parked-worker.ts';
import { setTreatment } from '../../../src/services/peers/treatment.ts';
import type { LiveEvent } from '../../../src/services/runtime/live.ts';
import type { Parked } from '../../../src/store/model/rows.ts';
import { forged } from '../../support/altered-tokens.ts';
import { clockOf } from '../../support/clock.ts';
import { FILE, makeWorld, TENANT, UNKNOWN, type World } from '../../support/inbox-samples.ts';
import { type Instance, type Peer, refusal, startInstance } from '../../support/instance.ts';

const OK = { status: 201, code: null };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };

let alice: Instance;
let world: World;
let bob: Peer;
let events: LiveEvent[];
beforeEach(async () => {
  alice = await startInstance();
  world = await makeWorld(alice);
  bob = alice.peer('bob.test');
  events = [];
  alice.live.on((event) => events.push(event));
});
afterEach(() => alice.close());

async function relate(peer: string, flags: object): Promise<void> {
  const none = { following: false, follower: false, connected: false };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer, ...none, ...flags, at: alice.clock.now }]);
}
async function send(peer: Peer, claims: { t: string; [claim: string]: unknown }) {
  const token = await peer.sign({ iat: world.now(), ...claims });
  return { token, id: actionId(token), answer: refusal(await alice.send(token)) };
}
const status = (id: string) => alice.store.row(TENANT, id)?.status;

describe('PRES', () => {
  const pres = (claims = {}) => ({ t: 'PRES:TYPING', sub: `@${TENANT}`, iat: alice.clock.now / 1000, ...claims });

  it('is passed on live with its claims, each time, and stored nowhere', async () => {
    const before = alice.journal();
    const { id, token, answer } = await send(bob, pres());
    expect(answer).toEqual(OK);
    expect(events).toMatchObject([
      { kind: 'ephemeral', tenant: TENANT, actionId: id, claims: { t: 'PRES:TYPING', iss: 'bob.test' } },
    ]);
    expect(refusal(await alice.send(token))).toEqual(OK);
    expect(events).toHaveLength(2);
    expect(alice.journal()).toBe(before);
  });

  it('is answered and ignored when it is older than thirty seconds', async () => {
    const iat = alice.clock.now / 1000;
    expect((await send(bob, pres({ iat: iat - 30 }))).answer).toEqual(OK);
    expect(events).toHaveLength(1);
    expect((await send(bob, pres({ iat: iat - 31 }))).answer).toEqual(OK);
    expect(events).toHaveLength(1);
  });

  it('tells of its issuer or of us, not of others', async () => {
    for (const sub of ['@bob.test', `@${TENANT}`]) expect((await send(bob, pres({ sub }))).answer).toEqual(OK);
    expect((await send(bob, pres({ sub: '@carol.test' }))).answer).toEqual(DENIED);
    expect(events).toHaveLength(2);
  });

  it('is taken about what its issuer may read; in a conversation from its subscribers', async () => {
    const close = await world.own({ t: 'POST:TEXT', c: 'close', v: 'C' });
    const { conversation, post } = world;
    for (const claims of [{ sub: close }, { sub: conversation }, { p: conversation }]) {
      expect((await send(bob, pres(claims))).answer).toEqual(DENIED);
    }
    for (const sub of [post, UNKNOWN]) expect((await send(bob, pres({ sub }))).answer).toEqual(OK);
    await send(bob, { t: 'SUBS', aud: TENANT, sub: conversation });
    await relate('bob.test', { connected: true });
    for (const claims of [{ sub: close }, { sub: conversation }, { p: conversation }]) {
      expect((await send(bob, pres(claims))).answer).toEqual(OK);
    }
  });
});

describe('who watches', () => {
  it('is told of each action once it is stored, of what it ended, and of nothing that was refused', async () => {
    await relate('bob.test', { following: true });
    const post = await send(bob, { t: 'POST:TEXT', c: 'regret', v: 'P' });
    const gone = await send(bob, { t: 'POST:DEL', c: 'x', sub: post.id });
    await send(alice.peer('mallory.test'), { t: 'POST:TEXT', c: 'spam' });
    await alice.send(post.token);
    expect(events).toEqual([
      { kind: 'action', tenant: TENANT, actionId: post.id },
      { kind: 'action', tenant: TENANT, actionId: gone.id },
      { kind: 'status', tenant: TENANT, actionId: post.id },
    ]);
  });

  it('is told of what we answered in the same record', async () => {
    await alice.close();
    alice = await startInstance({ settings: { connectionMode: 'accept' } });
    world = await makeWorld(alice);
    events = [];
    alice.live.on((event) => {
      // It is there when it is told.
      expect(alice.store.row(TENANT, event.actionId)).not.toBeNull();
      events.push(event);
    });
    const lines = alice.journal().split('\n').length;
    await send(alice.peer('bob.test'), { t: 'CONN', aud: TENANT });
    expect(events.map(({ actionId: id }) => alice.store.row(TENANT, id)?.subtype)).toEqual([null, 'ACC']);
    expect(alice.journal().split('\n')).toHaveLength(lines + 1);
  });
});

describe('a peer that asks again and again', () => {
  const waiting = () => alice.store.deliveries({ tenant: TENANT, to: 'bob.test', state: 'queued' });

  it('has one CONN:ACC waiting while it is connected', async () => {
    await relate('bob.test', { following: true, follower: true, connected: true });
    const ids = new Set<string>();
    for (let sent = 0; sent < 3; sent += 1) {
      expect((await send(bob, { t: 'CONN', aud: TENANT, iat: world.now() + sent })).answer).toEqual(OK);
      for (const { actionId: id } of waiting()) ids.add(id);
    }
    expect(waiting()).toHaveLength(1);
    expect(ids.size).toBe(1);
  });

  it('has one, too, after each connection that it ended', async () => {
    await alice.close();
    alice = await startInstance({ settings: { connectionMode: 'accept' } });
    world = await makeWorld(alice);
    bob = alice.peer('bob.test');
    for (let sent = 0; sent < 6; sent += 2) {
      await send(bob, { t: 'CONN', aud: TENANT, iat: world.now() + sent });
      await send(bob, { t: 'CONN:DEL', aud: TENANT, iat: world.now() + sent + 1 });
    }
    const [latest, ...others] = waiting();
    expect(others).toEqual([]);
    expect(alice.store.row(TENANT, latest?.actionId ?? '')).toMatchObject({ subtype: 'ACC', current: true });
  });
});

it('keeps a post as deleted whose author takes it back while it is parked', async () => {
  await relate('bob.test', { following: true });
  alice.resolver.failures.set('bob.test', new CloudilloError('network.timeout', 'no answer', { retryable: true }));
  const token = await bob.sign({ t: 'POST:TEXT', c: 'regret', v: 'P', iat: world.now() });
  expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
  alice.resolver.failures.clear();
  expect((await send(bob, { t: 'POST:DEL', c: 'x', sub: actionId(token) })).answer).toEqual(OK);
  const [parked] = alice.store.parked();
  await retryParked(alice.inbox, parked as Parked);
  expect(status(actionId(token))).toBe('D');
});

it('keeps its attempts when this machine can’t ask for the key, and expires after three days all the same', async () => {
  const fails = (code: 'network.local' | 'network.descriptors' | 'network.timeout') =>
    alice.resolver.failures.set('bob.test', new CloudilloError(code, 'no answer', { retryable: true }));
  const parked = () => alice.store.parked()[0] as Parked;
  fails('network.local');
  const token = await bob.sign({ t: 'FLLW', aud: TENANT });
  expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
  expect(parked().attempts).toBe(0);
  fails('network.timeout');
  await retryParked(alice.inbox, parked());
  for (const code of ['network.local', 'network.descriptors'] as const) {
    fails(code);
    alice.clock.now += 3_600_000;
    await retryParked(alice.inbox, parked());
    expect(parked()).toMatchObject({ attempts: 1, nextAt: alice.clock.now + 60_000 });
  }
  alice.clock.now += 3 * 86_400_000;
  await retryParked(alice.inbox, parked());
  expect(alice.store.parked()).toEqual([]);
});

describe('a blocked peer', () => {
  const block = (peer: string, blocked: boolean) =>
    alice.store.append([{ kind: 'treatment', tenant: TENANT, peer, blocked, muted: false, at: alice.clock.now }]);

  it('is refused at both doors, and is taken again when it is no longer blocked', async () => {
    await block('bob.test', true);
    const before = alice.journal();
    const token = await bob.sign({ t: 'FLLW', aud: TENANT });
    for (const path of ['/api/inbox', '/api/inbox/sync']) {
      expect(refusal(await alice.post(path, { token }))).toEqual(DENIED);
    }
    expect(alice.journal()).toBe(before);
    expect(events).toEqual([]);
    await block('bob.test', false);
    expect(refusal(await alice.send(token))).toEqual(OK);
  });

  it('can’t be told from another by whoever can’t sign for it', async () => {
    const unsigned = forged(await bob.sign({ t: 'FLLW', aud: TENANT }));
    const answers = [];
    for (const blocked of [false, true]) {
      await block('bob.test', blocked);
      for (const path of ['/api/inbox', '/api/inbox/sync'])
        answers.push(refusal(await alice.post(path, { token: unsigned })));
      alice.resolver.failures.set('bob.test', new CloudilloError('network.timeout', 'no answer', { retryable: true }));
      const unreachable = await bob.sign({ t: 'FLLW', aud: TENANT, c: `blocked: ${blocked}` });
      answers.push((await alice.post('/api/inbox', { token: unreachable })).statusCode);
      alice.resolver.failures.clear();
    }
    expect(answers.slice(3)).toEqual(answers.slice(0, 3));
    expect(answers[2]).toBe(202);
  });

  it('is refused with a token that was parked before it was blocked, and nothing of it is kept', async () => {
    alice.resolver.failures.set('bob.test', new CloudilloError('network.timeout', 'no answer', { retryable: true }));
    const token = await bob.sign({ t: 'FLLW', aud: TENANT });
    expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
    await block('bob.test', true);
    alice.resolver.failures.clear();
    const [parked] = alice.store.parked();
    await retryParked(alice.inbox, parked as Parked);
    expect(alice.store.parked()).toEqual([]);
    expect(status(actionId(token))).toBeUndefined();
  });

  it('is refused when it is blocked between the verification of its token and the storing', async () => {
    const { run } = alice.inbox.verification;
    const verified = new Promise<void>((resolve) => {
      alice.inbox.verification.run = (task) => run(task).finally(() => setImmediate(resolve));
    });
    const token = await bob.sign({ t: 'FLLW', aud: TENANT });
    const append = alice.store.append.bind(alice.store);
    let answer: ReturnType<Instance['send']> | undefined;
    alice.store.append = async (stored) => {
      alice.store.append = append;
      answer = alice.send(token);
      await verified;
      await append(stored);
    };
    const { store, clock } = alice;
    await setTreatment({ ...alice, clock: clockOf(() => clock.now) }, { peer: 'bob.test', blocked: true });
    expect(refusal(await answer!)).toEqual(DENIED);
    expect(store.relation(TENANT, 'bob.test').follower).toBe(false);
  });

  it('a muted one is stored as ever', async () => {
    await alice.store.append([
      { kind: 'treatment', tenant: TENANT, peer: 'bob.test', blocked: false, muted: true, at: alice.clock.now },
    ]);
    expect((await send(bob, { t: 'FLLW', aud: TENANT })).answer).toEqual(OK);
  });

  it('blocks one identity’s door, not that of its neighbour', async () => {
    await alice.close();
    alice = await startInstance({ idTags: [TENANT, 'anna.test'] });
    await block('bob.test', true);
    const token = await alice.peer('bob.test').sign({ t: 'FLLW', aud: 'anna.test' });
    expect(refusal(await alice.post('/api/inbox/sync', { token }, { tenant: 'anna.test' }))).toEqual(OK);
  });
});

describe('a token for somebody else', () => {
  it('is no :DEL of another’s, no STAT of another’s, no CONN:ACC that nobody asked for', async () => {
    await relate('bob.test', { following: true });
    const others = await send(bob, { t: 'POST:TEXT', c: 'mine', v: 'P' });
    const mallory = await world.friend();
    for (const claims of [
      { t: 'POST:DEL', c: 'x', sub: others.id },
      { t: 'POST:DEL', c: 'x', sub: world.post },
      { t: 'STAT', p: others.id, c: { r: '9,L9' } },
      { t: 'STAT', p: world.post, c: { r: '9,L9' } },
      { t: 'STAT', p: UNKNOWN, c: { r: '9,L9' } },
      { t: 'CONN:ACC', aud: TENANT },
    ]) {
      expect({ claims, answer: (await send(mallory, claims)).answer }).toEqual({ claims, answer: DENIED });
    }
    expect([status(others.id), status(world.post)]).toEqual(['A', 'A']);
  });

  it('nor one that is addressed to another identity of the same server', async () => {
    await alice.close();
    alice = await startInstance({ idTags: [TENANT, 'anna.test'] });
    const token = await alice.peer('bob.test').sign({ t: 'FLLW', aud: 'anna.test' });
    expect(refusal(await alice.send(token))).toEqual(INVALID);
    expect(alice.journal()).toBe('');
  });
});

describe('FSHR', () => {
  const share = (peer: Peer, t = 'FSHR') =>
    send(peer, { t, aud: TENANT, sub: FILE, c: { contentType: 'a/b', fileName: 'x', fileTp: 'BLOB' } });

  it('rests at C; accepted, it keeps others from sharing the file until its owner takes it back', async () => {
    const [first, second] = [await world.friend(), await world.friend()];
    const shared = await share(first);
    expect([shared.answer, status(shared.id)]).toEqual([OK, 'C']);
    const at = alice.clock.now;
    await alice.store.append([{ kind: 'status', tenant: TENANT, actionId: shared.id, status: 'A', at }]);
    expect((await share(second)).answer).toEqual(DENIED);
    expect((await share(first, 'FSHR:WRITE')).answer).toEqual(OK);
    expect((await share(first, 'FSHR:DEL')).answer).toEqual(OK);
    expect((await share(second)).answer).toEqual(OK);
  });

  it('is refused for a file that is here from somebody else’s post, or is our own', async () => {
    const file = { fileId: FILE, descriptor: `d2,vis.orig:b1~${'A'.repeat(43)}:f=png:s=1:r=1x1` };
    const event = { kind: 'file', tenant: TENANT, ...file, fileName: 'x', contentType: 'image/png', at: 1 } as const;
    await alice.store.append([event]);
    expect((await share(await world.friend())).answer).toEqual(DENIED);
  });

  it('is taken from whoever attached the file to a post before, and from nobody else', async () => {
    const [owner, other] = [await world.friend(), await world.friend()];
    const file = { fileId: FILE, descriptor: `d2,vis.orig:b1~${'A'.repeat(43)}:f=png:s=1:r=1x1`, owner: owner.idTag };
    const event = { kind: 'file', tenant: TENANT, ...file, fileName: 'x', contentType: 'image/png', at: 1 } as const;
    await alice.store.append([event]);
    expect((await share(other)).answer).toEqual(DENIED);
    const shared = await share(owner);
    expect([shared.answer, status(shared.id)]).toEqual([OK, 'C']);
  });
});

describe('claims that are null', () => {
  /** A token with exactly these claims, signed; {@link Peer.sign} makes none with a null in it. */
  function rawToken(claims: object): string {
    const { privateKey, publicKey } = generateKeyPair();
    alice.resolver.add('nil.test', '261122', publicKey);
    const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const base = { iss: 'nil.test', k: '261122', iat: world.now() };
    const input = `${part({ typ: 'JWT', alg: 'ES384' })}.${part({ ...base, ...claims })}`;
    return `${input}.${sign('sha384', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }
  const nothing = { sub: null, p: null, a: null, exp: null, v: null, f: null, _: null };

  it('are absent ones, as the network reads them; the bytes stay as they are', async () => {
    const token = rawToken({ t: 'FLLW', aud: TENANT, c: null, ...nothing });
    expect(refusal(await alice.send(token))).toEqual(OK);
    const stored = await alice.store.action(TENANT, actionId(token));
    expect(stored).toMatchObject({ token, parent: null, subject: null, expiresAt: null, visibility: 'F' });
    for (const name of Object.keys(nothing)) expect(stored?.claims).not.toHaveProperty(name);
    // Found again after the index was made anew from the journal.
    await alice.store.rebuild();
    expect(alice.store.row(TENANT, actionId(token))).toMatchObject({ parent: null, subject: null, audience: TENANT });
    const view = await alice.get(`/api/actions/${actionId(token)}`, { bearer: await alice.bearer() });
    expect(view.json().data).toMatchObject({ token, visibility: 'F' });
  });

  it('don’t stand for what is required', async () => {
    for (const claims of [
      { t: 'FLLW', aud: null },
      { t: 'REACT:LIKE', sub: null },
      { t: 'CMNT', p: null, c: 'x' },
      { t: 'FLLW', aud: TENANT, iat: null },
      { t: 'FLLW', aud: TENANT, k: null },
      { t: null, aud: TENANT },
    ]) {
      expect({ claims, answer: refusal(await alice.send(rawToken(claims))) }).toEqual({ claims, answer: INVALID });
    }
  });
});

it('parks a token whose issuer doesn’t answer before the sender gives up, and waits for it from parking', async () => {
  const silent = alice.resolver.resolve;
  alice.resolver.resolve = () => new Promise(() => {});
  const token = await bob.sign({ t: 'FLLW', aud: TENANT });
  const began = performance.now();
  expect((await alice.post('/api/inbox', { token })).json()).toMatchObject({
    data: { parkedUntil: expect.any(String) },
  });
  // A sender waits 10 s.
  expect(performance.now() - began).toBeLessThan(9_000);
  expect((await alice.send(token)).statusCode).toBe(503);
  alice.resolver.resolve = silent;
  await retryParked(alice.inbox, alice.store.parked()[0] as Parked);
  expect(status(actionId(token))).toBe('A');
}, 60_000);
