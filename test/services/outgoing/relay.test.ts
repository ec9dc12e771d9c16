import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { subscribersOf } from '../../../src/services/conversations/conversation.ts';
import type { ActionRow, StoredAction } from '../../../src/store/model/rows.ts';
import { makeWorld, TENANT, type World } from '../../support/inbox-samples.ts';
import { type Instance, type Peer, refusal, startInstance } from '../../support/instance.ts';

const OK = { status: 201, code: null };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };

let alice: Instance;
let world: World;
let bob: Peer;
let carol: Peer;
let dave: Peer;
let conv: string;

beforeEach(async () => {
  alice = await startInstance();
  world = await makeWorld(alice);
  [bob, carol, dave] = ['bob.test', 'carol.test', 'dave.test'].map((idTag) => alice.peer(idTag)) as [Peer, Peer, Peer];
  conv = await world.own({ t: 'CONV', c: { name: 'Plans', description: 'What next' }, f: 'rco', v: 'S' });
  await world.own({ t: 'SUBS', aud: TENANT, sub: conv, v: 'S' });
});
afterEach(() => alice.close());

async function send(peer: Peer, claims: { t: string; [claim: string]: unknown }) {
  const token = await peer.sign({ iat: world.now(), ...claims });
  const lines = alice.journal().split('\n').length;
  const answer = refusal(await alice.send(token));
  const id = actionId(token);
  const records = alice.journal().split('\n').length - lines;
  return { token, id, records, status: alice.store.row(TENANT, id)?.status ?? null, answer };
}
const invite = (aud: string, role?: string) =>
  world.own({ t: 'INVT', aud, sub: conv, v: 'S', ...(role !== undefined && { c: { role } }) });
const join = async (peer: Peer) => {
  await invite(peer.idTag);
  return send(peer, { t: 'SUBS', aud: TENANT, sub: conv });
};
const say = (peer: Peer, claims = {}) => send(peer, { t: 'MSG', aud: TENANT, p: conv, c: 'hi', ...claims });

/** The relay of an action, and who it goes to with what. */
async function relayOf(id: string) {
  const { actions } = await alice.store.list(TENANT, { types: ['APRV'], subject: id, limit: 10 });
  expect(actions.length).toBeLessThan(2);
  const relay = actions[0] as StoredAction | undefined;
  if (!relay) return null;
  const deliveries = alice.store.deliveries({ actionId: relay.actionId });
  const related = await Promise.all(deliveries.map((delivery) => alice.store.deliveryRelated(delivery)));
  return { relay, to: deliveries.map(({ to }) => to).sort(), related };
}
const members = () => subscribersOf(alice.store, TENANT, alice.store.row(TENANT, conv) as ActionRow).sort();

describe('what is accepted in a conversation of ours', () => {
  it('is relayed to all subscribers in its own record, as the network relays it', async () => {
    const subs = await join(carol);
    expect(subs).toMatchObject({ answer: OK, status: 'A', records: 1 });
    const joined = await relayOf(subs.id);
    expect(joined).toMatchObject({ to: ['carol.test'], related: [[subs.token]] });
    await join(bob);
    const message = await say(carol);
    expect(message).toMatchObject({ answer: OK, status: 'A', records: 1 });
    const relayed = await relayOf(message.id);
    expect(relayed).toMatchObject({ to: ['bob.test', 'carol.test'], related: [[message.token], [message.token]] });
    // Claim by claim, in order, as recorded from the network's server.
    const { received } = JSON.parse(readFileSync('test/vectors/groups.json', 'utf8'));
    const recorded = received
      .filter(({ method }: { method: string }) => method === 'POST')
      .map(({ body }: { body: string | { token: string } }) => (typeof body === 'string' ? JSON.parse(body) : body))
      .map(({ token }: { token: string }) => decodeToken(token).claims)
      .find(({ t, p }: { t: string; p?: string }) => t === 'APRV' && p !== undefined);
    const shape = (claims: object) =>
      Object.entries(claims).map(([name, value]) => (['t', 'v'].includes(name) ? [name, value] : name));
    expect(shape(relayed?.relay.claims ?? {})).toEqual(shape(recorded));
    expect(relayed?.relay.claims).toMatchObject({ p: conv, sub: message.id });
    // Only subscribers may read that something was said.
    expect(relayed?.relay.visibility).toBe('S');
    // The token again: the same answer, and no second relay.
    const before = alice.journal();
    expect(refusal(await alice.send(message.token))).toEqual(OK);
    expect(alice.journal()).toBe(before);
  });

  it('a new subscriber gets the roster: the SUBS of all others, each as it was relayed before', async () => {
    const first = await join(carol);
    const own = alice.store.rows(TENANT, { types: ['SUBS'], subject: conv, issuer: TENANT });
    const ours = [...own][0] as ActionRow;
    expect(await relayOf(ours.actionId)).toMatchObject({ to: ['carol.test'] });
    const second = await join(bob);
    expect(second.records).toBe(1);
    expect(await relayOf(first.id)).toMatchObject({ to: ['bob.test', 'carol.test'] });
    expect(await relayOf(ours.actionId)).toMatchObject({ to: ['bob.test', 'carol.test'] });
    expect(await relayOf(second.id)).toMatchObject({ to: ['bob.test', 'carol.test'] });
    expect(members()).toEqual([TENANT, 'bob.test', 'carol.test']);
  });

  it('whoever leaves and comes again is sent only what is new of the roster', async () => {
    await join(carol);
    await join(bob);
    await send(bob, { t: 'SUBS:DEL', aud: TENANT, sub: conv });
    const newcomer = await join(dave);
    const before = alice.journal().length;
    const again = await join(bob);
    expect(again).toMatchObject({ answer: OK, status: 'A' });
    const record = alice.journal().slice(before);
    const { relay } = (await relayOf(newcomer.id)) as { relay: StoredAction };
    expect(record.match(/"kind":"deliveries"/g)).toHaveLength(2);
    expect(alice.store.deliveries({ actionId: relay.actionId }).map(({ to }) => to)).toContain('bob.test');
  });

  it('two who join at the same moment learn of each other', async () => {
    for (const peer of [bob, carol]) await invite(peer.idTag);
    const claims = { t: 'SUBS', aud: TENANT, sub: conv };
    const tokens = await Promise.all([bob, carol].map((peer) => peer.sign({ ...claims, iat: world.now() })));
    await Promise.all(tokens.map((token) => alice.send(token)));
    for (const token of tokens) {
      expect(await relayOf(actionId(token))).toMatchObject({ to: ['bob.test', 'carol.test'] });
    }
  });

  it('leaving and changes of roles are relayed, to those who stay', async () => {
    await join(carol);
    await join(bob);
    const left = await send(carol, { t: 'SUBS:DEL', aud: TENANT, sub: conv });
    expect(left).toMatchObject({ answer: OK, status: 'A' });
    expect(await relayOf(left.id)).toMatchObject({ to: ['bob.test'] });
    expect(members()).toEqual([TENANT, 'bob.test']);
    expect(await say(carol)).toMatchObject({ answer: DENIED });
    const again = await send(carol, { t: 'SUBS:DEL', aud: TENANT, sub: conv });
    expect(again).toMatchObject({ answer: OK });
    expect(await relayOf(again.id)).toBeNull();
    const update = await send(bob, { t: 'SUBS:UPD', aud: TENANT, sub: conv, c: { message: 'busy' } });
    expect(await relayOf(update.id)).toMatchObject({ to: ['bob.test'] });
  });

  it('what isn’t accepted is relayed to nobody', async () => {
    await join(carol);
    const uninvited = await send(bob, { t: 'SUBS', aud: TENANT, sub: conv });
    expect(uninvited).toMatchObject({ answer: OK, status: 'D' });
    expect(await relayOf(uninvited.id)).toBeNull();
    const before = alice.journal();
    const message = await say(bob);
    expect(message).toMatchObject({ answer: DENIED, status: null });
    expect(alice.journal()).toBe(before);
    // Nor a private message, nor what is said in somebody else's conversation.
    await alice.store.append([
      { kind: 'relation', tenant: TENANT, peer: 'bob.test', following: true, follower: false, connected: false, at: 1 },
    ]);
    const private1 = await send(bob, { t: 'MSG', aud: TENANT, c: 'just us' });
    expect(private1).toMatchObject({ answer: OK, status: 'A', records: 1 });
    expect(await relayOf(private1.id)).toBeNull();
  });

  it('one may delete what one said, after leaving too; who isn’t in it writes no :DEL either', async () => {
    await join(carol);
    await join(bob);
    const message = await say(carol);
    await send(carol, { t: 'SUBS:DEL', aud: TENANT, sub: conv });
    const gone = await send(carol, { t: 'MSG:DEL', aud: TENANT, p: conv, sub: message.id, c: 'x' });
    expect(gone).toMatchObject({ answer: OK, status: 'A' });
    expect(alice.store.row(TENANT, message.id)?.status).toBe('D');
    expect(await relayOf(gone.id)).toMatchObject({ to: ['bob.test'] });
    await alice.store.append([
      { kind: 'relation', tenant: TENANT, peer: 'dave.test', following: true, follower: true, connected: true, at: 1 },
    ]);
    const smuggled = { t: 'MSG:DEL', aud: TENANT, p: conv, sub: `a1~${'B'.repeat(43)}`, c: 'buy my things' };
    expect(await send(dave, smuggled)).toMatchObject({ answer: DENIED });
    const others = await say(bob);
    expect(await send(carol, { t: 'MSG:DEL', aud: TENANT, p: conv, sub: others.id, c: 'x' })).toMatchObject({
      answer: DENIED,
    });
  });

  it('a blocked subscriber neither speaks nor hears', async () => {
    await join(carol);
    await join(bob);
    await alice.store.append([
      { kind: 'treatment', tenant: TENANT, peer: 'carol.test', blocked: true, muted: false, at: alice.clock.now },
    ]);
    expect(await say(carol)).toMatchObject({ answer: DENIED, status: null });
    const message = await say(bob);
    expect(await relayOf(message.id)).toMatchObject({ to: ['bob.test'] });
  });

  it('a subscription older than the leaving that we know lets nobody in and uses no invitation up', async () => {
    await join(carol);
    const old = world.now();
    await send(carol, { t: 'SUBS:DEL', aud: TENANT, sub: conv });
    const invitation = await invite('carol.test');
    const late = await send(carol, { t: 'SUBS', aud: TENANT, sub: conv, iat: old });
    expect(late).toMatchObject({ answer: OK });
    expect(await relayOf(late.id)).toBeNull();
    expect(members()).toEqual([TENANT]);
    expect(alice.store.row(TENANT, invitation)?.status).not.toBe('D');
    expect(await send(carol, { t: 'SUBS', aud: TENANT, sub: conv })).toMatchObject({ answer: OK, status: 'A' });
    expect(alice.store.row(TENANT, invitation)?.status).toBe('D');
    // Who is in it needs no further invitation.
    expect(await send(carol, { t: 'SUBS', aud: TENANT, sub: conv })).toMatchObject({ answer: OK, status: 'A' });
  });

  it('a conversation that was deleted takes nothing any longer; a message is none to subscribe to', async () => {
    await join(carol);
    const message = await say(carol);
    await invite('bob.test');
    expect(await send(bob, { t: 'SUBS', aud: TENANT, sub: message.id })).toMatchObject({ answer: OK, status: 'D' });
    const at = alice.clock.now;
    await alice.store.append([{ kind: 'status', tenant: TENANT, actionId: conv, status: 'D', at }]);
    await alice.store.append([
      { kind: 'relation', tenant: TENANT, peer: 'carol.test', following: true, follower: true, connected: true, at },
    ]);
    expect(await say(carol)).toMatchObject({ answer: DENIED });
    expect(await send(bob, { t: 'SUBS', aud: TENANT, sub: conv })).toMatchObject({ answer: OK, status: 'D' });
  });

  it('nobody is let in by the word of somebody else', async () => {
    const at = alice.clock.now;
    await alice.store.append([
      { kind: 'relation', tenant: TENANT, peer: 'bob.test', following: true, follower: true, connected: true, at },
    ]);
    const subs = await carol.sign({ t: 'SUBS', aud: 'bob.test', sub: conv, v: 'P', iat: world.now() });
    for (const claims of [
      { t: 'APRV', sub: actionId(subs) },
      { t: 'APRV', p: conv, sub: actionId(subs) },
      { t: 'REPOST', aud: 'bob.test', sub: actionId(subs) },
      { t: 'INVT', aud: TENANT, sub: actionId(subs) },
    ]) {
      await alice.send(await bob.sign({ ...claims, iat: world.now() }), [subs]);
    }
    expect(members()).toEqual([TENANT]);
    expect(alice.store.row(TENANT, actionId(subs))?.status ?? 'D').toBe('D');
  });
});

describe('a conversation of somebody else', () => {
  let theirs: string;
  beforeEach(async () => {
    const token = await bob.sign({ t: 'CONV', c: { name: 'Theirs' }, f: 'rco', v: 'S', iat: world.now() });
    theirs = actionId(token);
    await alice.store.append([
      { kind: 'relation', tenant: TENANT, peer: 'bob.test', following: true, follower: false, connected: false, at: 1 },
    ]);
    const invitation = await bob.sign({ t: 'INVT', aud: TENANT, sub: theirs, v: 'S', iat: world.now() });
    expect(refusal(await alice.send(invitation, [token]))).toEqual(OK);
    await world.own({ t: 'SUBS', aud: 'bob.test', sub: theirs, v: 'S' });
  });
  const relay = async (peer: Peer, token: string, claims = {}) => {
    const relayed = await peer.sign({ t: 'APRV', p: theirs, sub: actionId(token), iat: world.now(), ...claims });
    const answer = refusal(await alice.send(relayed, [token]));
    return { answer, row: alice.store.row(TENANT, actionId(token)), relay: alice.store.row(TENANT, actionId(relayed)) };
  };
  const said = (claims = {}) =>
    carol.sign({ t: 'MSG', aud: 'bob.test', p: theirs, c: 'hi', iat: world.now(), ...claims });

  it('what its owner relays is taken, for its subscribers only, and relayed no further', async () => {
    const subs = await carol.sign({ t: 'SUBS', aud: 'bob.test', sub: theirs, iat: world.now() });
    expect(await relay(bob, subs)).toMatchObject({ answer: OK, row: { status: 'A' }, relay: { visibility: 'S' } });
    const { answer, row } = await relay(bob, await said());
    expect(answer).toEqual(OK);
    expect(row).toMatchObject({ status: 'A', visibility: 'S', issuer: 'carol.test' });
    expect(await alice.store.count(TENANT, { types: ['APRV'], issuer: TENANT })).toBe(0);
  });

  it('what anybody else relays in it isn’t, nor what its owner relays from elsewhere', async () => {
    const at = 1;
    await alice.store.append([
      { kind: 'relation', tenant: TENANT, peer: 'dave.test', following: true, follower: false, connected: true, at },
    ]);
    expect(await relay(dave, await said())).toMatchObject({ answer: DENIED, row: null, relay: null });
    const elsewhere = await said({ p: world.conversation });
    expect(await relay(bob, elsewhere)).toMatchObject({ answer: DENIED, row: null });
    const post = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'hi', p: theirs, iat: world.now() });
    expect(await relay(bob, post)).toMatchObject({ answer: OK });
  });

  it('relays reach us without any relation to its owner, also when the conversation itself hasn’t come', async () => {
    await alice.store.append([
      {
        kind: 'relation',
        tenant: TENANT,
        peer: 'bob.test',
        following: false,
        follower: false,
        connected: false,
        at: 2,
      },
    ]);
    expect(await relay(bob, await said())).toMatchObject({ answer: OK, row: { status: 'A' } });
    const unseen = actionId(await bob.sign({ t: 'CONV', c: { name: 'Unseen' }, f: 'O', v: 'S' }));
    const message = await said({ p: unseen });
    expect(await relay(bob, message, { p: unseen })).toMatchObject({ answer: DENIED, row: null });
    await world.own({ t: 'SUBS', aud: 'bob.test', sub: unseen, v: 'S' });
    expect(await relay(bob, message, { p: unseen })).toMatchObject({ answer: OK, row: { status: 'A' } });
    expect(await relay(dave, await said({ p: unseen, aud: 'dave.test' }), { p: unseen })).toMatchObject({
      answer: DENIED,
    });
  });

  it('that relays what names a conversation of ours as well is no echo: we relay it once, whatever comes back', async () => {
    await join(bob);
    await join(carol);
    // Not known here, so that it belongs to the one that is.
    const unseen = actionId(await bob.sign({ t: 'CONV', c: { name: 'Unseen' }, f: 'O', v: 'S' }));
    await world.own({ t: 'SUBS', aud: 'bob.test', sub: unseen, v: 'S' });
    const both = await say(carol, { p: unseen, sub: conv });
    expect(both).toMatchObject({ answer: OK, status: 'A' });
    const first = await relayOf(both.id);
    expect(first?.to).toEqual(['bob.test', 'carol.test']);
    const relays = () => alice.store.count(TENANT, { types: ['APRV'], issuer: TENANT });
    const before = [await relays(), alice.store.deliveries().length];
    for (const p of [unseen, conv, theirs, unseen]) await relay(bob, both.token, { p });
    const ours = first?.relay.token as string;
    // Our own relay, sent back to us, and one of it.
    expect(refusal(await alice.send(ours, [both.token]))).toEqual(OK);
    await relay(bob, ours, { p: unseen });
    await relay(bob, ours, { p: conv });
    expect([await relays(), alice.store.deliveries().length]).toEqual(before);
  });
});
