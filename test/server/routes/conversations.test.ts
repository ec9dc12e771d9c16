import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import type { ActionClaims } from '../../../src/protocol/token.ts';
import { forged } from '../../support/altered-tokens.ts';
import { type Instance, type Peer, refusal, startInstance } from '../../support/instance.ts';

const OK = { status: 201, code: null };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };

let alice: Instance;
let bob: Peer;
let carol: Peer;
let second = 0;

beforeEach(async () => {
  alice = await startInstance();
  bob = alice.peer('bob.test');
  carol = alice.peer('carol.test');
  second = alice.clock.now / 1000;
});
afterEach(() => alice.close());

const send = async (peer: Peer, claims: Partial<ActionClaims> & { t: string }, related?: string[]) => {
  second += 1;
  const token = await peer.sign({ iat: second, ...claims });
  return { ...refusal(await alice.send(token, related)), id: actionId(token), token };
};

/** An action of alice's own. */
async function own(claims: {
  t: string;
  v?: string;
  [claim: string]: unknown;
}): Promise<{ id: string; token: string }> {
  second += 1;
  const token = await alice.owner('alice.test').sign({ iat: second, ...claims });
  const id = actionId(token);
  const visibility = (claims.v ?? 'F') as 'F';
  const event = { tenant: 'alice.test', actionId: id, token, receivedAt: alice.clock.now, visibility } as const;
  await alice.store.append([{ kind: 'action', direction: 'out', status: 'A', ...event }]);
  return { id, token };
}

async function relate(peer: string, flags: object): Promise<void> {
  const none = { following: false, follower: false, connected: false };
  await alice.store.append([{ kind: 'relation', tenant: 'alice.test', peer, ...none, ...flags, at: alice.clock.now }]);
}

const status = (id: string) => alice.store.row('alice.test', id)?.status;

describe('a conversation of ours', () => {
  let conv: string;
  beforeEach(async () => {
    conv = (await own({ t: 'CONV', c: { name: 'Plans' }, f: 'rco', v: 'S' })).id;
    await own({ t: 'SUBS', aud: 'alice.test', sub: conv, v: 'S' });
  });

  it('lets in who was invited, once; others are kept as rejected', async () => {
    const invitation = await own({ t: 'INVT', aud: 'carol.test', sub: conv, c: { role: 'member' }, v: 'S' });
    const subs = await send(carol, { t: 'SUBS', aud: 'alice.test', sub: conv });
    expect(subs).toMatchObject(OK);
    expect(status(subs.id)).toBe('A');
    expect(status(invitation.id)).toBe('D');
    const uninvited = await send(bob, { t: 'SUBS', aud: 'alice.test', sub: conv });
    expect(uninvited).toMatchObject(OK);
    expect(status(uninvited.id)).toBe('D');
    // The invitation is used up: after leaving it doesn't let in again.
    expect(await send(carol, { t: 'SUBS:DEL', aud: 'alice.test', sub: conv })).toMatchObject(OK);
    const again = await send(carol, { t: 'SUBS', aud: 'alice.test', sub: conv });
    expect(status(again.id)).toBe('D');
    expect(await send(carol, { t: 'MSG', aud: 'alice.test', p: conv, c: 'still here?' })).toMatchObject(DENIED);
  });

  it('a withdrawn invitation lets nobody in', async () => {
    await own({ t: 'INVT', aud: 'carol.test', sub: conv, v: 'S' });
    await own({ t: 'INVT:DEL', aud: 'carol.test', sub: conv, v: 'S' });
    const subs = await send(carol, { t: 'SUBS', aud: 'alice.test', sub: conv });
    expect(status(subs.id)).toBe('D');
  });

  it('an open one lets in anybody', async () => {
    const open = (await own({ t: 'CONV', c: { name: 'Open' }, f: 'O', v: 'S' })).id;
    const subs = await send(bob, { t: 'SUBS', aud: 'alice.test', sub: open });
    expect(status(subs.id)).toBe('A');
    expect(await send(bob, { t: 'MSG', aud: 'alice.test', p: open, c: 'hello' })).toMatchObject(OK);
  });

  it('MSG only from subscribers who may write, related to us or not; it is visible to subscribers', async () => {
    await relate('bob.test', { connected: true });
    expect(await send(bob, { t: 'MSG', aud: 'alice.test', sub: conv, c: 'let me in' })).toMatchObject(DENIED);
    await own({ t: 'INVT', aud: 'carol.test', sub: conv, v: 'S' });
    await send(carol, { t: 'SUBS', aud: 'alice.test', sub: conv });
    const message = await send(carol, { t: 'MSG', aud: 'alice.test', sub: conv, c: 'Thanks' });
    expect(message).toMatchObject(OK);
    expect(alice.store.row('alice.test', message.id)?.visibility).toBe('S');
    const reader = (subject: string) => alice.bearer({ subject, owner: false });
    const path = `/api/actions/${message.id}`;
    expect((await alice.get(path, { bearer: await reader('carol.test') })).statusCode).toBe(200);
    expect((await alice.get(path, { bearer: await reader('bob.test') })).statusCode).toBe(403);
    const observer = (await own({ t: 'INVT', aud: 'bob.test', sub: conv, c: { role: 'observer' }, v: 'S' })).id;
    await send(bob, { t: 'SUBS', aud: 'alice.test', sub: conv });
    expect(status(observer)).toBe('D');
    expect(await send(bob, { t: 'MSG', aud: 'alice.test', p: conv, c: 'just looking' })).toMatchObject(DENIED);
    // The used invitation gives its role without its token, too.
    await alice.store.compact({ now: alice.clock.now, endedBefore: 0, signal: new AbortController().signal });
    expect(await alice.store.action('alice.test', observer)).toBeNull();
    expect(await send(bob, { t: 'MSG', aud: 'alice.test', p: conv, c: 'still looking' })).toMatchObject(DENIED);
    expect((await alice.get(path, { bearer: await reader('bob.test') })).statusCode).toBe(200);
  });

  it('roles are what the owner’s side says, not what a subscriber writes; moderators change them', async () => {
    await own({ t: 'INVT', aud: 'carol.test', sub: conv, c: { role: 'observer' }, v: 'S' });
    await send(carol, { t: 'SUBS', aud: 'alice.test', sub: conv, c: { role: 'admin' } });
    const write = () => send(carol, { t: 'MSG', aud: 'alice.test', p: conv, c: `at ${second}` });
    expect(await write()).toMatchObject(DENIED);
    const promote = { t: 'SUBS:UPD', aud: 'carol.test', sub: conv, c: { role: 'moderator' } };
    expect(await send(carol, { ...promote, aud: 'alice.test' })).toMatchObject(DENIED);
    await own({ ...promote, v: 'S' });
    expect(await write()).toMatchObject(OK);
    // As a moderator she invites and promotes, but not beyond her own role.
    await relate('carol.test', { following: true });
    expect(await send(carol, { t: 'INVT', aud: 'bob.test', sub: conv })).toMatchObject(OK);
    expect(await send(bob, { t: 'SUBS', aud: 'alice.test', sub: conv })).toMatchObject(OK);
    const raise = (role: string) => send(carol, { t: 'SUBS:UPD', aud: 'bob.test', sub: conv, c: { role } });
    expect(await raise('admin')).toMatchObject(DENIED);
    expect(await raise('moderator')).toMatchObject(OK);
    // Changing another's role didn't end her own subscription.
    expect(await write()).toMatchObject(OK);
  });

  it('an invitation by somebody who is only a member is refused', async () => {
    await own({ t: 'INVT', aud: 'carol.test', sub: conv, v: 'S' });
    await send(carol, { t: 'SUBS', aud: 'alice.test', sub: conv });
    expect(await send(carol, { t: 'INVT', aud: 'bob.test', sub: conv })).toMatchObject(DENIED);
  });
});

describe('a conversation of somebody else', () => {
  it('comes with the invitation; its relays are taken from its owner without a relation', async () => {
    await relate('bob.test', { following: true });
    const conv = await bob.sign({ t: 'CONV', c: { name: 'Plans' }, f: 'rco', v: 'S' });
    const sub = actionId(conv);
    const invitation = await send(bob, { t: 'INVT', aud: 'alice.test', sub, v: 'S' }, [conv]);
    expect(invitation).toMatchObject(OK);
    expect(status(invitation.id)).toBe('C');
    expect(status(sub)).toBe('A');
    await own({ t: 'SUBS', aud: 'bob.test', sub, v: 'S' });
    await relate('bob.test', {});
    // The roster: carol's SUBS, relayed, then what she says.
    const subs = await carol.sign({ t: 'SUBS', aud: 'bob.test', sub, iat: second });
    expect(await send(bob, { t: 'APRV', p: sub, sub: actionId(subs) }, [subs])).toMatchObject(OK);
    expect(status(actionId(subs))).toBe('A');
    const message = await carol.sign({ t: 'MSG', aud: 'bob.test', p: sub, c: 'hi all', iat: second });
    expect(await send(bob, { t: 'APRV', p: sub, sub: actionId(message) }, [message])).toMatchObject(OK);
    expect(alice.store.row('alice.test', actionId(message))).toMatchObject({ status: 'A', visibility: 'S' });
    // Straight from a stranger, who isn't in it, nothing is taken.
    const dave = alice.peer('dave.test');
    expect(await send(dave, { t: 'MSG', aud: 'bob.test', p: sub, c: 'me too' })).toMatchObject(DENIED);
  });
});

describe('walls and related tokens', () => {
  it('an approval by whom we follow brings a stranger’s post along', async () => {
    await relate('bob.test', { following: true });
    const post = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'on your wall', v: 'P' });
    expect(await send(bob, { t: 'APRV', aud: 'carol.test', sub: actionId(post) }, [post])).toMatchObject(OK);
    expect(status(actionId(post))).toBe('A');
  });

  it('not one that it doesn’t name, that isn’t on its issuer’s wall, or whose signature is bad', async () => {
    await relate('bob.test', { following: true });
    const post = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'on your wall', v: 'P' });
    const other = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'unnamed', v: 'P' });
    const elsewhere = await carol.sign({ t: 'POST:TEXT', aud: 'dave.test', c: 'elsewhere', v: 'P' });
    expect(await send(bob, { t: 'APRV', aud: 'carol.test', sub: actionId(post) }, [other])).toMatchObject(OK);
    expect(status(actionId(other))).toBeUndefined();
    expect(await send(bob, { t: 'APRV', sub: actionId(elsewhere) }, [elsewhere])).toMatchObject(DENIED);
    const unsigned = forged(post);
    expect(await send(bob, { t: 'APRV', aud: 'carol.test', sub: actionId(unsigned) }, [unsigned])).toMatchObject(OK);
    expect(status(actionId(unsigned))).toBeUndefined();
  });

  it('a stranger’s approval isn’t taken, nor what comes with it', async () => {
    const post = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'spam', v: 'P' });
    const before = alice.journal();
    expect(await send(bob, { t: 'APRV', aud: 'carol.test', sub: actionId(post) }, [post])).toMatchObject(DENIED);
    expect(alice.journal()).toBe(before);
  });

  it('what came along the first time is taken on a repeat, when it was cut off', async () => {
    await relate('bob.test', { following: true });
    const post = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'on your wall', v: 'P' });
    const approval = await bob.sign({ t: 'APRV', aud: 'carol.test', sub: actionId(post) });
    await alice.send(approval);
    expect(status(actionId(post))).toBeUndefined();
    expect(refusal(await alice.send(approval, [post]))).toEqual(OK);
    expect(status(actionId(post))).toBe('A');
    // And by itself later: the approval still stands for it.
    const late = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'late', v: 'P' });
    await send(bob, { t: 'APRV', sub: actionId(late) });
    expect(refusal(await alice.send(late))).toEqual(OK);
  });

  it('a repost brings the original', async () => {
    await relate('bob.test', { following: true });
    const original = await carol.sign({ t: 'POST:TEXT', c: 'worth it', v: 'P' });
    const repost = await send(bob, { t: 'REPOST', aud: 'bob.test', sub: actionId(original), v: 'P' }, [original]);
    expect(repost).toMatchObject(OK);
    const view = (await alice.get(`/api/actions/${repost.id}`)).json().data;
    expect(view.subjectAction).toMatchObject({ actionId: actionId(original), content: 'worth it' });
    const hidden = await carol.sign({ t: 'POST:TEXT', c: 'private', v: 'F' });
    const leak = { t: 'REPOST', aud: 'bob.test', sub: actionId(hidden), v: 'P' };
    expect(await send(bob, leak, [hidden])).toMatchObject(DENIED);
  });

  it('refuses more than 64 tokens', async () => {
    const token = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    expect(refusal(await alice.send(token, Array(65).fill(token)))).toEqual(INVALID);
    expect(alice.journal()).toBe('');
  });
});
