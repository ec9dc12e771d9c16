import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { approvalEvents, isApproved, isOnWall } from '../../../src/services/outgoing/approve.ts';
import type { StoredAction } from '../../../src/store/model/rows.ts';
import { clockOf } from '../../support/clock.ts';
import { makeWorld, TENANT, type World } from '../../support/inbox-samples.ts';
import { type Instance, type Peer, refusal, startInstance } from '../../support/instance.ts';

const OK = { status: 201, code: null };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };

let alice: Instance;
let world: World;
let carol: Peer;

async function start(autoApprove: boolean): Promise<void> {
  alice = await startInstance({ settings: { autoApprove } });
  world = await makeWorld(alice);
  carol = alice.peer('carol.test');
}
beforeEach(() => start(true));
afterEach(() => alice.close());

async function relate(peer: string, flags: object): Promise<void> {
  const none = { following: false, follower: false, connected: false };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer, ...none, ...flags, at: alice.clock.now }]);
}

const onWall = (claims = {}) => ({ t: 'POST:TEXT', aud: TENANT, c: 'on your wall', v: 'P', ...claims });

async function post(peer: Peer, claims: { t: string; [claim: string]: unknown }) {
  const token = await peer.sign({ iat: world.now(), ...claims });
  const lines = alice.journal().split('\n').length;
  const answer = refusal(await alice.send(token));
  return { token, id: actionId(token), answer, records: alice.journal().split('\n').length - lines };
}

const approvals = () => alice.store.list(TENANT, { types: ['APRV'], issuer: TENANT, limit: 100 });

describe('a post on our wall', () => {
  it('of somebody connected is approved in its own record, for its issuer and those followers who may read it', async () => {
    await relate('carol.test', { connected: true });
    await relate('dave.test', { follower: true });
    await relate('erin.test', { follower: true });
    await relate('frank.test', { following: true });
    await alice.store.append([
      { kind: 'treatment', tenant: TENANT, peer: 'erin.test', blocked: true, muted: false, at: alice.clock.now },
    ]);
    const seen: string[] = [];
    alice.live.on((event) => seen.push(event.actionId));
    const { token, id, answer, records } = await post(carol, onWall());
    expect(answer).toEqual(OK);
    expect(records).toBe(1);
    const { actions } = await approvals();
    expect(actions).toHaveLength(1);
    const [approval] = actions as [StoredAction];
    // Claim by claim and in their order as the network signs it.
    expect(Object.entries(approval.claims)).toEqual([
      ['iss', TENANT],
      ['k', '261122'],
      ['t', 'APRV'],
      ['aud', 'carol.test'],
      ['sub', id],
      ['iat', alice.clock.now / 1000],
      ['v', 'F'],
    ]);
    const deliveries = alice.store.deliveries({ actionId: approval.actionId });
    expect(deliveries.map(({ to }) => to).sort()).toEqual(['carol.test', 'dave.test']);
    for (const delivery of deliveries) expect(await alice.store.deliveryRelated(delivery)).toEqual([token]);
    expect(isApproved(alice.store, TENANT, id)).toBe(true);
    expect(seen).toEqual([id, approval.actionId]);
    // The token again: the same answer, and no second approval.
    expect(refusal(await alice.send(token))).toEqual(OK);
    expect((await approvals()).actions).toHaveLength(1);
  });

  it('for those connected only goes to the connected followers, and its approval says so', async () => {
    await relate('carol.test', { connected: true });
    await relate('dave.test', { follower: true });
    await relate('erin.test', { follower: true, connected: true });
    await post(carol, onWall({ v: 'C' }));
    const [approval] = (await approvals()).actions as [StoredAction];
    expect(approval).toMatchObject({ visibility: 'C', claims: { v: 'C' } });
    expect(
      alice.store
        .deliveries({ actionId: approval.actionId })
        .map(({ to }) => to)
        .sort(),
    ).toEqual(['carol.test', 'erin.test']);
  });

  it('isn’t approved by itself: of whom we only follow, with :DEL, somebody else’s wall, a message, or with the setting off', async () => {
    await relate('carol.test', { following: true });
    expect((await post(carol, onWall())).answer).toEqual(OK);
    await relate('carol.test', { connected: true });
    const { id } = await post(carol, onWall({ c: 'elsewhere', aud: 'dave.test' }));
    expect((await post(carol, { t: 'POST:DEL', aud: TENANT, c: 'x', sub: id })).answer).toEqual(OK);
    expect((await post(carol, { t: 'MSG', aud: TENANT, c: 'just us' })).answer).toEqual(OK);
    expect((await approvals()).actions).toEqual([]);
    await alice.close();
    await start(false);
    await relate('carol.test', { connected: true });
    const later = await post(carol, onWall());
    expect(later.answer).toEqual(OK);
    expect((await approvals()).actions).toEqual([]);
    expect(alice.store.row(TENANT, later.id)?.status).toBe('A');
    // Then its owner does.
    const stored = (await alice.store.action(TENANT, later.id)) as StoredAction;
    expect(isOnWall(TENANT, stored)).toBe(true);
    const deps = { store: alice.store, signer: alice.inbox.signer, clock: clockOf(() => alice.clock.now) };
    const approval = await approvalEvents(deps, TENANT, stored);
    expect(approval.to).toEqual(['carol.test']);
    expect(isApproved(alice.store, TENANT, later.id)).toBe(false);
  });

  it('is kept without an approval while no key of ours signs', async () => {
    await relate('carol.test', { connected: true });
    const logged: string[] = [];
    alice.inbox.log = (_level, message) => logged.push(message);
    await revokeKeys();
    const { id, answer } = await post(carol, onWall());
    expect(answer).toEqual(OK);
    expect(alice.store.row(TENANT, id)?.status).toBe('A');
    expect((await approvals()).actions).toEqual([]);
    expect(logged).toHaveLength(1);
  });

  it('nothing is stored when the disk refuses: neither the post nor its approval', async () => {
    await relate('carol.test', { connected: true });
    const { append } = alice.store;
    const before = alice.journal();
    alice.store.append = () => Promise.reject(Object.assign(new Error('full'), { code: 'store.full' }));
    const token = await carol.sign(onWall());
    expect((await alice.send(token)).statusCode).toBe(500);
    alice.store.append = append;
    expect(alice.journal()).toBe(before);
    expect(refusal(await alice.send(token))).toEqual(OK);
    expect((await approvals()).actions).toHaveLength(1);
  });
});

it('a CONN in mode accept waits for the owner while no key of ours signs', async () => {
  await alice.close();
  alice = await startInstance({ settings: { connectionMode: 'accept' } });
  await revokeKeys();
  const token = await alice.peer('carol.test').sign({ t: 'CONN', aud: TENANT });
  expect(refusal(await alice.send(token))).toEqual(OK);
  expect(alice.store.row(TENANT, actionId(token))?.status).toBe('C');
  expect(alice.store.relation(TENANT, 'carol.test').connected).toBe(false);
});

const revokeKeys = () =>
  alice.identities.update(TENANT, (identity) => ({
    ...identity,
    keys: identity.keys.map((key) => ({ ...key, revokedAt: new Date(alice.clock.now).toISOString() })),
  }));

describe('an approval of somebody else', () => {
  let bob: Peer;
  beforeEach(async () => {
    bob = alice.peer('bob.test');
    await relate('bob.test', { following: true });
  });
  const approve = async (claims: object, related: string[]) => {
    const token = await bob.sign({ t: 'APRV', iat: world.now(), ...claims });
    return { ...refusal(await alice.send(token, related)), id: actionId(token) };
  };
  const said = (claims: { t: string; [claim: string]: unknown }) => carol.sign({ iat: world.now(), ...claims });

  it('brings what is on its wall, whoever wrote it', async () => {
    const token = await said({ t: 'POST:TEXT', aud: 'bob.test', c: 'hi', v: 'P' });
    expect(await approve({ aud: 'carol.test', sub: actionId(token) }, [token])).toMatchObject(OK);
    expect(alice.store.row(TENANT, actionId(token))?.status).toBe('A');
  });

  it('isn’t taken for what is on another wall, in another conversation, or of a type that nobody approves', async () => {
    const elsewhere = await said({ t: 'POST:TEXT', aud: 'dave.test', c: 'hi', v: 'P' });
    const subscription = await said({ t: 'SUBS', aud: 'bob.test', sub: world.conversation });
    const follow = await said({ t: 'FLLW', aud: 'bob.test' });
    for (const token of [elsewhere, subscription, follow]) {
      expect(await approve({ sub: actionId(token) }, [token])).toMatchObject(DENIED);
    }
    // Nor does it speak in a conversation of ours.
    const inOurs = await said({ t: 'MSG', aud: 'bob.test', p: world.conversation, c: 'hi' });
    expect(await approve({ p: world.conversation, sub: actionId(inOurs) }, [inOurs])).toMatchObject(DENIED);
    expect(await approve({ sub: actionId(inOurs) }, [inOurs])).toMatchObject(OK);
    for (const token of [elsewhere, subscription, follow, inOurs]) {
      expect(alice.store.row(TENANT, actionId(token))).toBeNull();
    }
  });

  it('brings nothing that is local to its home, and no more than it names', async () => {
    const app = await said({ t: 'APKG', c: { name: 'app', version: '1' }, a: [`f1~${'A'.repeat(43)}`] });
    expect(await approve({ sub: actionId(app) }, [app])).toMatchObject(DENIED);
    const unnamed = await said({ t: 'POST:TEXT', aud: 'bob.test', c: 'unnamed', v: 'P' });
    const named = await said({ t: 'POST:TEXT', aud: 'bob.test', c: 'named', v: 'P' });
    expect(await approve({ sub: actionId(named) }, [unnamed, named, 'no.token'])).toMatchObject(OK);
    expect(alice.store.row(TENANT, actionId(named))?.status).toBe('A');
    expect(alice.store.row(TENANT, actionId(unnamed))).toBeNull();
    expect(alice.store.row(TENANT, actionId(app))).toBeNull();
  });

  it('a repost opens only what is public, also when it comes before its original', async () => {
    for (const [v, answer] of [
      ['F', DENIED],
      ['P', OK],
    ] as const) {
      const original = await said({ t: 'POST:TEXT', c: 'worth it', v });
      const repost = await bob.sign({ t: 'REPOST', aud: 'bob.test', sub: actionId(original), iat: world.now() });
      expect(refusal(await alice.send(repost))).toEqual(OK);
      expect(refusal(await alice.send(original))).toEqual(answer);
    }
  });

  it('of a blocked peer’s post brings nothing, and a blocked approver is refused, repeated or not', async () => {
    const token = await said({ t: 'POST:TEXT', aud: 'bob.test', c: 'hi', v: 'P' });
    const block = (peer: string, blocked: boolean) =>
      alice.store.append([{ kind: 'treatment', tenant: TENANT, peer, blocked, muted: false, at: alice.clock.now }]);
    await block('carol.test', true);
    const approval = await bob.sign({ t: 'APRV', aud: 'carol.test', sub: actionId(token), iat: world.now() });
    expect(refusal(await alice.send(approval, [token]))).toEqual(OK);
    expect(alice.store.row(TENANT, actionId(token))).toBeNull();
    await block('carol.test', false);
    await block('bob.test', true);
    // Stored before: answered as the first time, and nothing more is taken.
    expect(refusal(await alice.send(approval, [token]))).toEqual(OK);
    expect(alice.store.row(TENANT, actionId(token))).toBeNull();
    const claims = decodeToken(approval).claims;
    expect(refusal(await alice.send(await bob.sign({ ...claims, t: 'APRV', iat: world.now() }), [token]))).toEqual(
      DENIED,
    );
    await block('bob.test', false);
    expect(refusal(await alice.send(approval, [token]))).toEqual(OK);
    expect(alice.store.row(TENANT, actionId(token))?.status).toBe('A');
  });
});
