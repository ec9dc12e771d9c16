import { describe, expect, it } from 'vitest';
import { acceptAction } from '../../../src/services/actions/accept-action.ts';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { deleteAction } from '../../../src/services/actions/delete-action.ts';
import type { NewAction } from '../../../src/services/actions/new-action.ts';
import { dismissAction, rejectAction } from '../../../src/services/actions/reject-action.ts';
import { receiveAction } from '../../../src/services/inbox/receive-action.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { createInMemoryNetwork, type InMemoryNetwork, type Person } from '../../support/in-memory-network.ts';

const friends = { following: true, follower: true, connected: true };
const fileId = `f1~${'A'.repeat(43)}`;

function threePeople() {
  const network = createInMemoryNetwork();
  return {
    network,
    alice: network.person('alice.test'),
    bob: network.person('bob.test'),
    carol: network.person('carol.test'),
  };
}

const say = (who: Person, draft: NewAction) => createAction(who, who.idTag, draft);
const accept = (who: Person, actionId: string) => acceptAction(who, who.idTag, actionId);
const reject = (who: Person, actionId: string) => rejectAction(who, who.idTag, actionId);
const dismiss = (who: Person, actionId: string) => dismissAction(who, who.idTag, actionId);
const remove = (who: Person, actionId: string) => deleteAction(who, who.idTag, actionId);
const statusAt = (who: Person, actionId: string) => who.store.row(who.idTag, actionId)?.status;
const failures = async (network: InMemoryNetwork) => (await network.deliver()).filter(({ error }) => error);

describe('accept', () => {
  it('answers a CONN with CONN:ACC; both are connected and follow each other', async () => {
    const { network, alice, bob } = threePeople();
    const { actionId } = await say(alice, { type: 'CONN', audienceTag: 'bob.test' });
    await network.deliver();
    const { changed, answer } = await accept(bob, actionId);
    expect(changed).toBe(true);
    expect(answer?.claims).toMatchObject({ t: 'CONN:ACC', aud: 'alice.test', v: 'F' });
    expect(await failures(network)).toEqual([]);
    for (const [who, peer] of [
      [alice, 'bob.test'],
      [bob, 'alice.test'],
    ] as const) {
      expect(who.store.relation(who.idTag, peer)).toMatchObject(friends);
    }
    expect(await accept(bob, actionId)).toMatchObject({ changed: false, answer: null });
  });

  it.each<[string, NewAction]>([
    ['a request', { type: 'CONN' }],
    ['a shared file', { type: 'FSHR', subject: fileId }],
    ['an invitation', { type: 'INVT', subject: 'the conversation' }],
  ])('is refused when %s was taken back', async (_what, draft) => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, { follower: true });
    const file = { fileId, descriptor: 'd2,', fileName: 'notes.txt', contentType: 'text/plain', at: network.clock.now };
    await alice.store.append([{ kind: 'file', tenant: 'alice.test', ...file }]);
    const { actionId: conv } = await say(alice, { type: 'CONV', content: { name: 'Plans' } });
    const subject = draft.type === 'INVT' ? conv : draft.subject;
    const { actionId } = await say(alice, { ...draft, audienceTag: 'bob.test', ...(subject && { subject }) });
    await network.deliver();
    expect(statusAt(bob, actionId)).toBe('C');
    await remove(alice, actionId);
    await network.deliver();
    expect(await codeOfAsync(accept(bob, actionId))).toBe('check.state');
  });

  it('answers an invitation with SUBS, which uses it up', async () => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, friends);
    const { actionId: conv } = await say(alice, { type: 'CONV', content: { name: 'Plans' } });
    const { actionId } = await say(alice, { type: 'INVT', audienceTag: 'bob.test', subject: conv });
    await network.deliver();
    const { answer } = await accept(bob, actionId);
    expect(answer?.claims).toMatchObject({ t: 'SUBS', aud: 'alice.test', sub: conv });
    expect(statusAt(bob, actionId)).toBe('A');
    expect(await failures(network)).toEqual([]);
    expect(statusAt(alice, actionId)).toBe('D');
    await say(bob, { type: 'MSG', parentId: conv, content: 'I am in' });
    expect(await failures(network)).toEqual([]);
  });

  it('approves what is on the wall: to the followers, with the post', async () => {
    const { network, alice, bob, carol } = threePeople();
    await network.relate(alice, bob, friends);
    await network.relate(alice, carol, friends);
    const { actionId } = await say(bob, { type: 'POST', content: 'Hi', audienceTag: 'alice.test', visibility: 'P' });
    await network.deliver();
    const { answer } = await accept(alice, actionId);
    expect(answer?.claims).toMatchObject({ t: 'APRV', aud: 'bob.test', sub: actionId });
    expect(await failures(network)).toEqual([]);
    expect(carol.store.row('carol.test', actionId)).toMatchObject({ issuer: 'bob.test', audience: 'alice.test' });
    expect(await accept(alice, actionId)).toMatchObject({ changed: false });
    expect(await codeOfAsync(reject(alice, actionId))).toBe('check.state');
  });

  it('approves nothing that its author takes back at the same moment and would stay with the followers', async () => {
    const { network, alice, bob, carol } = threePeople();
    await network.relate(alice, bob, friends);
    await network.relate(bob, carol, { follower: true });
    const draft = { type: 'POST', audienceTag: 'bob.test', content: 'hello', visibility: 'P' };
    const { actionId } = await say(alice, draft);
    await network.deliver();
    const { token } = await say(alice, { ...draft, subType: 'DEL', subject: actionId });
    const withdrawal = receiveAction(bob.inbox, { tenant: 'bob.test', token, origin: 'sync' });
    await Promise.allSettled([withdrawal, accept(bob, actionId)]);
    await network.deliver();
    expect(statusAt(bob, actionId)).toBe('D');
    expect(statusAt(carol, actionId) ?? 'D').toBe('D');
  });

  it('takes a shared file', async () => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, friends);
    const at = network.clock.now;
    const file = { fileId, descriptor: 'd2,', fileName: 'notes.txt', contentType: 'text/plain', at };
    await alice.store.append([{ kind: 'file', tenant: 'alice.test', ...file }]);
    const { actionId, claims } = await say(alice, { type: 'FSHR', subject: fileId, audienceTag: 'bob.test' });
    expect(claims.c).toEqual({ contentType: 'text/plain', fileName: 'notes.txt', fileTp: 'BLOB' });
    await network.deliver();
    expect(statusAt(bob, actionId)).toBe('C');
    await accept(bob, actionId);
    expect(statusAt(bob, actionId)).toBe('A');
    // What was shared with us isn't ours to share.
    await bob.store.append([{ kind: 'file', tenant: 'bob.test', ...file }]);
    const share = say(bob, { type: 'FSHR', subject: fileId, audienceTag: 'carol.test' });
    expect(await codeOfAsync(share)).toBe('permission.denied');
  });

  it('refuses what is unknown, our own, or gone', async () => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, friends);
    const own = await say(alice, { type: 'POST', content: 'x' });
    const conv = await say(bob, { type: 'CONV', content: { name: 'Plans' } });
    const invite = await say(bob, { type: 'INVT', audienceTag: 'alice.test', subject: conv.actionId });
    await network.deliver();
    await reject(alice, invite.actionId);
    expect(await codeOfAsync(accept(alice, 'a1~nothing'))).toBe('store.no-action');
    expect(await codeOfAsync(accept(alice, own.actionId))).toBe('usage.action');
    expect(await codeOfAsync(accept(alice, invite.actionId))).toBe('store.no-action');
  });
});

describe('reject and dismiss', () => {
  it('reject keeps it as deleted and tells nobody', async () => {
    const { network, alice, bob } = threePeople();
    const { actionId } = await say(alice, { type: 'CONN', audienceTag: 'bob.test' });
    await network.deliver();
    const seen: unknown[] = [];
    bob.live.on((event) => seen.push(event));
    expect(await reject(bob, actionId)).toMatchObject({ changed: true, answer: null });
    expect(statusAt(bob, actionId)).toBe('D');
    expect(await reject(bob, actionId)).toMatchObject({ changed: false });
    expect(await network.deliver()).toEqual([]);
    expect(seen).toEqual([{ kind: 'status', tenant: 'bob.test', actionId }]);
    // Later it can be accepted all the same: alice still waits.
    await accept(bob, actionId);
    expect(await failures(network)).toEqual([]);
    expect(alice.store.relation('alice.test', 'bob.test').connected).toBe(true);
  });

  it('dismiss makes a notification an action like others, and leaves the rest as it is', async () => {
    const { network, alice, bob } = threePeople();
    const asked = await say(alice, { type: 'CONN', audienceTag: 'bob.test' });
    await network.deliver();
    expect(await codeOfAsync(dismiss(bob, asked.actionId))).toBe('usage.action');
    const { answer } = await accept(bob, asked.actionId);
    await network.deliver();
    const accepted = answer?.actionId ?? '';
    expect(statusAt(alice, accepted)).toBe('N');
    expect(await dismiss(alice, accepted)).toMatchObject({ changed: true });
    expect(statusAt(alice, accepted)).toBe('A');
    expect(await dismiss(alice, accepted)).toMatchObject({ changed: false });
    expect(await codeOfAsync(dismiss(alice, asked.actionId))).toBe('usage.action');
  });
});

describe('delete', () => {
  it('hides a notification for good, though it is dismissed at the same moment', async () => {
    const { network, alice, bob } = threePeople();
    await say(alice, { type: 'CONN', audienceTag: 'bob.test' });
    const { actionId } = await say(bob, { type: 'CONN', audienceTag: 'alice.test' });
    await network.deliver();
    expect(statusAt(alice, actionId)).toBe('N');
    const append = alice.store.append.bind(alice.store);
    let dismissed: Promise<unknown> = Promise.resolve();
    alice.store.append = (events) => {
      alice.store.append = append;
      const stored = append(events);
      dismissed = dismiss(alice, actionId);
      return stored;
    };
    await remove(alice, actionId);
    await dismissed;
    expect(statusAt(alice, actionId)).toBe('D');
  });

  it.each<[string, NewAction]>([
    ['a post', { type: 'POST', subType: 'TEXT', content: 'hello', visibility: 'P' }],
    ['a message', { type: 'MSG', content: 'hello', audienceTag: 'bob.test' }],
    ['a post on a wall', { type: 'POST', content: 'hello', audienceTag: 'bob.test' }],
  ])('takes %s back where it went', async (_what, draft) => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, friends);
    const { actionId } = await say(alice, draft);
    await network.deliver();
    const { answer } = await remove(alice, actionId);
    expect(answer?.claims).toMatchObject({ t: `${draft.type}:DEL`, sub: actionId });
    expect(statusAt(alice, actionId)).toBe('D');
    expect(await failures(network)).toEqual([]);
    expect(statusAt(bob, actionId)).toBe('D');
    expect(await remove(alice, actionId)).toMatchObject({ changed: false });
    expect(await codeOfAsync(remove(alice, answer?.actionId ?? ''))).toBe('usage.action');
  });

  it('reaches those who got it and no longer follow', async () => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, { follower: true });
    const { actionId } = await say(alice, { type: 'POST', content: 'hello' });
    await network.deliver();
    await say(bob, { type: 'FLLW', subType: 'DEL', audienceTag: 'alice.test' });
    await network.deliver();
    await remove(alice, actionId);
    expect(await failures(network)).toEqual([]);
    expect(statusAt(bob, actionId)).toBe('D');
  });

  it('takes back a reaction, a repost and a comment', async () => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, friends);
    const { actionId: subject } = await say(bob, { type: 'POST', content: 'hi', visibility: 'P' });
    await network.deliver();
    const reaction = await say(alice, { type: 'REACT', subType: 'LIKE', subject });
    const comment = await say(alice, { type: 'CMNT', parentId: subject, content: 'well' });
    const repost = await say(alice, { type: 'REPOST', subject, audienceTag: 'alice.test' });
    await network.deliver();
    for (const { actionId } of [reaction, comment, repost]) await remove(alice, actionId);
    expect(await failures(network)).toEqual([]);
    expect(bob.store.byKey('bob.test', `REACT:${subject}:alice.test`)?.subtype).toBe('DEL');
    expect(bob.store.byKey('bob.test', `REPOST:${subject}:alice.test:alice.test`)?.subtype).toBe('DEL');
    expect(statusAt(bob, comment.actionId)).toBe('D');
  });

  it('unfollows, disconnects, and leaves by deleting what began it', async () => {
    const { network, alice, bob } = threePeople();
    const follow = await say(alice, { type: 'FLLW', audienceTag: 'bob.test' });
    await network.deliver();
    await remove(alice, follow.actionId);
    expect(await failures(network)).toEqual([]);
    expect(bob.store.relation('bob.test', 'alice.test').follower).toBe(false);
    expect(alice.store.relation('alice.test', 'bob.test').following).toBe(false);
  });

  it('gives up what still waits', async () => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, friends);
    const { actionId } = await say(alice, { type: 'POST', content: 'oops' });
    await remove(alice, actionId);
    const arrived = await network.deliver();
    expect(arrived.map(({ t }) => t)).toEqual(['POST:DEL']);
    expect(bob.store.row('bob.test', actionId)).toBeNull();
  });

  it('hides what somebody else said, and tells nobody', async () => {
    const { network, alice, bob } = threePeople();
    await network.relate(alice, bob, friends);
    const { actionId } = await say(bob, { type: 'POST', content: 'hi' });
    await network.deliver();
    expect(await remove(alice, actionId)).toMatchObject({ changed: true, answer: null });
    expect(statusAt(alice, actionId)).toBe('D');
    expect(await network.deliver()).toEqual([]);
    expect(await codeOfAsync(say(alice, { type: 'CMNT', parentId: actionId, content: 'x' }))).toBe('store.no-action');
    const forged = say(alice, { type: 'POST', subType: 'DEL', subject: actionId, content: 'x' });
    expect(await codeOfAsync(forged)).toBe('permission.denied');
  });

  it('ends a conversation here: nobody writes in it any more', async () => {
    const { alice } = threePeople();
    const { actionId } = await say(alice, { type: 'CONV', content: { name: 'Plans' } });
    expect(await remove(alice, actionId)).toMatchObject({ answer: null });
    expect(await codeOfAsync(say(alice, { type: 'MSG', parentId: actionId, content: 'x' }))).toBe('store.no-action');
  });
});
