import { describe, expect, it } from 'vitest';
import { decodeToken } from '../../../src/protocol/token.ts';
import { createAction, prepareAction } from '../../../src/services/actions/create-action.ts';
import type { NewAction } from '../../../src/services/actions/new-action.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { createInMemoryNetwork, type Person } from '../../support/in-memory-network.ts';

const friends = { following: true, follower: true, connected: true };

async function aliceAndBob() {
  const network = createInMemoryNetwork();
  const alice = network.person('alice.test');
  const bob = network.person('bob.test');
  return { network, alice, bob };
}

const say = (who: Person, draft: NewAction) => createAction(who, who.idTag, draft);
const refusal = (who: Person, draft: NewAction) => codeOfAsync(say(who, draft));
const relation = (who: Person, peer: string) => {
  const { following, follower, connected } = who.store.relation(who.idTag, peer);
  return { following, follower, connected };
};

describe('a draft', () => {
  it.each<[string, NewAction, string]>([
    ['of an unknown type', { type: 'NOPE', content: 'x' }, 'usage.action'],
    ['of a type that is no action', { type: 'PROXY', audienceTag: 'bob.test' }, 'usage.action'],
    ['with an unknown subtype', { type: 'POST', subType: 'SONG', content: 'x' }, 'usage.action'],
    ['without its required content', { type: 'POST' }, 'usage.action'],
    ['with empty content', { type: 'POST', content: '' }, 'usage.action'],
    ['with content of the wrong kind', { type: 'POST', content: { text: 'x' } }, 'usage.action'],
    ['longer in bytes than allowed', { type: 'CMNT', parentId: 'a1~x', content: 'é'.repeat(5001) }, 'usage.action'],
    ['with a forbidden field', { type: 'FLLW', audienceTag: 'bob.test', subject: 'a1~x' }, 'usage.action'],
    ['with an audience that is no name', { type: 'FLLW', audienceTag: 'not a name' }, 'usage.id-tag'],
    ['with an unknown visibility', { type: 'POST', content: 'x', visibility: 'X' }, 'usage.action'],
    ['that has expired', { type: 'POST', content: 'x', expiresAt: 1 }, 'usage.action'],
    ['with flags that are no letters', { type: 'POST', content: 'x', flags: 'R1' }, 'usage.action'],
    [
      'with a file that is not here',
      { type: 'POST', content: 'x', attachments: [`f1~${'A'.repeat(43)}`] },
      'usage.action',
    ],
    ['to itself', { type: 'FLLW', audienceTag: 'alice.test' }, 'usage.action'],
    ['that answers what is not here', { type: 'CMNT', parentId: 'a1~gone', content: 'x' }, 'store.no-action'],
    ['that reacts to what is not here', { type: 'REACT', subType: 'LIKE', subject: 'a1~gone' }, 'store.no-action'],
  ])('%s is refused, and nothing is stored', async (_what, draft, code) => {
    const { alice } = await aliceAndBob();
    expect(await refusal(alice, draft)).toBe(code);
    expect([...alice.store.rows('alice.test', {})]).toEqual([]);
  });

  it('has its audience in canonical form', async () => {
    const { alice } = await aliceAndBob();
    const { claims } = await prepareAction(alice, 'alice.test', { type: 'FLLW', audienceTag: 'MÜNCHEN.Example.com' });
    expect(claims.aud).toBe('münchen.example.com');
  });

  it('is only laid out by prepareAction', async () => {
    const { alice } = await aliceAndBob();
    await prepareAction(alice, 'alice.test', { type: 'FLLW', audienceTag: 'bob.test' });
    expect([...alice.store.rows('alice.test', {})]).toEqual([]);
    expect(relation(alice, 'bob.test')).toEqual({ following: false, follower: false, connected: false });
  });

  it('is stored in one record with all it changes, and told to whoever watches', async () => {
    const { alice } = await aliceAndBob();
    const seen: unknown[] = [];
    alice.live.on((event) => seen.push(event));
    const { actionId } = await say(alice, { type: 'FLLW', audienceTag: 'bob.test' });
    expect(alice.store.stats().records).toBe(1);
    expect(relation(alice, 'bob.test').following).toBe(true);
    expect(alice.store.deliveries({ tenant: 'alice.test' })).toMatchObject([{ actionId, to: 'bob.test' }]);
    expect(seen).toEqual([{ kind: 'action', tenant: 'alice.test', actionId }]);
  });
});

describe('defaults', () => {
  it('are complete (specification: Broadcast; Visibility)', async () => {
    const { network, alice, bob } = await aliceAndBob();
    await network.relate(alice, bob, friends);
    const post = await say(bob, { type: 'POST', subType: 'TEXT', content: 'hi', visibility: 'C' });
    expect(post.claims).toMatchObject({ iss: 'bob.test', t: 'POST:TEXT', v: 'C' });
    expect(post.claims.aud).toBeUndefined();
    await network.deliver();
    const comment = await say(alice, { type: 'CMNT', parentId: post.actionId, content: 'well' });
    expect(comment.claims).toMatchObject({ aud: 'bob.test', v: 'C', p: post.actionId });
    const reaction = await say(alice, { type: 'REACT:LIKE', subject: post.actionId });
    expect(reaction.claims).toMatchObject({ t: 'REACT:LIKE', aud: 'bob.test', v: 'C' });
    expect((await say(alice, { type: 'POST', content: 'x' })).visibility).toBe('F');
    expect((await network.deliver()).filter(({ outcome }) => outcome !== 'stored')).toEqual([]);
  });

  it('answer on a wall goes to whose wall it is', async () => {
    const { network, alice, bob } = await aliceAndBob();
    const carol = network.person('carol.test');
    await network.relate(alice, bob, friends);
    await network.relate(alice, carol, friends);
    const post = await say(bob, { type: 'POST', content: 'on your wall', audienceTag: 'alice.test', visibility: 'P' });
    expect(post.to).toEqual(['alice.test']);
    await network.deliver();
    const comment = await say(bob, { type: 'CMNT', parentId: post.actionId, content: 'me again' });
    expect(comment.to).toEqual(['alice.test']);
  });
});

describe('who gets it', () => {
  it('is decided by visibility for what is said to all', async () => {
    const network = createInMemoryNetwork();
    const alice = network.person('alice.test');
    const [fan, friend, known, blocked] = ['fan', 'friend', 'known', 'blocked'].map((name) =>
      network.person(`${name}.test`),
    );
    await network.relate(alice, fan as Person, { follower: true });
    await network.relate(alice, friend as Person, friends);
    await network.relate(alice, known as Person, { following: true });
    await network.relate(alice, blocked as Person, friends);
    const at = network.clock.now;
    await alice.store.append([
      { kind: 'treatment', tenant: 'alice.test', peer: 'blocked.test', blocked: true, muted: false, at },
    ]);
    const readers = async (visibility: string) =>
      (await prepareAction(alice, 'alice.test', { type: 'POST', content: 'x', visibility })).to.sort();
    expect(await readers('P')).toEqual(['fan.test', 'friend.test']);
    expect(await readers('F')).toEqual(['fan.test', 'friend.test']);
    expect(await readers('C')).toEqual(['friend.test']);
    expect(await readers('D')).toEqual([]);
    expect(await refusal(alice, { type: 'MSG', content: 'x', audienceTag: 'blocked.test' })).toBe('usage.blocked');
  });

  it('leaves out who failed for a day', async () => {
    const { network, alice, bob } = await aliceAndBob();
    await network.relate(alice, bob, { follower: true });
    const { actionId } = await say(alice, { type: 'POST', content: 'x' });
    const error = { code: 'network.refused', message: 'refused' } as const;
    const at = network.clock.now;
    await alice.store.append([
      {
        kind: 'delivery',
        tenant: 'alice.test',
        actionId,
        to: 'bob.test',
        state: 'queued',
        attempts: 1,
        nextAt: at,
        error,
        at,
      },
    ]);
    expect((await say(alice, { type: 'POST', content: 'y' })).to).toEqual(['bob.test']);
    network.clock.now += 25 * 3_600_000;
    expect((await say(alice, { type: 'POST', content: 'z' })).to).toEqual([]);
    expect((await say(alice, { type: 'MSG', content: 'are you there?', audienceTag: 'bob.test' })).to).toEqual([
      'bob.test',
    ]);
  });

  it('writes one record for 10,000 followers', async () => {
    const { alice } = await aliceAndBob();
    const at = alice.clock.wall();
    const followers = Array.from({ length: 10_000 }, (_, index) => `f${index}.test`);
    await alice.store.append(
      followers.map((peer) => {
        return { kind: 'relation', tenant: 'alice.test', peer, following: false, follower: true, connected: false, at };
      }),
    );
    const { to, events } = await say(alice, { type: 'POST', content: 'hello all' });
    expect(to).toHaveLength(10_000);
    expect(events.map(({ kind }) => kind)).toEqual(['action', 'deliveries']);
    expect(alice.store.deliveries({ tenant: 'alice.test', state: 'queued' })).toHaveLength(10_000);
  });
});

describe('flags', () => {
  it('refuse what the parent or the subject has switched off, and let the rest pass', async () => {
    const { network, alice, bob } = await aliceAndBob();
    await network.relate(alice, bob, friends);
    const quiet = await say(bob, { type: 'POST', content: 'no comments', flags: 'Rc' });
    const cold = await say(bob, { type: 'POST', content: 'no reactions', flags: 'rC' });
    await network.deliver();
    expect(await refusal(alice, { type: 'CMNT', parentId: quiet.actionId, content: 'x' })).toBe('check.flags');
    expect(await refusal(alice, { type: 'REACT', subType: 'LIKE', subject: cold.actionId })).toBe('check.flags');
    await say(alice, { type: 'REACT', subType: 'LIKE', subject: quiet.actionId });
    await say(alice, { type: 'CMNT', parentId: cold.actionId, content: 'x' });
    expect((await network.deliver()).map(({ outcome }) => outcome)).toEqual(['stored', 'stored']);
  });
});

describe('REACT', () => {
  it('is one a person: the latest counts, and what waits of the earlier one is given up', async () => {
    const { network, alice, bob } = await aliceAndBob();
    await network.relate(alice, bob, friends);
    const { actionId: subject } = await say(bob, { type: 'POST', content: 'hi' });
    await network.deliver();
    const like = await say(alice, { type: 'REACT', subType: 'LIKE', subject });
    const love = await say(alice, { type: 'REACT', subType: 'LOVE', subject });
    expect(love.claims.iat).toBeGreaterThan(like.claims.iat);
    expect((await network.deliver()).map(({ t }) => t)).toEqual(['REACT:LOVE']);
    expect(bob.store.byKey('bob.test', `REACT:${subject}:alice.test`)).toMatchObject({ subtype: 'LOVE' });
  });
});

describe('REPOST', () => {
  it('needs an audience, and a public action of somebody else’s that is here', async () => {
    const { network, alice, bob } = await aliceAndBob();
    const carol = network.person('carol.test');
    await network.relate(alice, bob, friends);
    await network.relate(alice, carol, friends);
    const open = await say(bob, { type: 'POST', content: 'public', visibility: 'P' });
    const closed = await say(bob, { type: 'POST', content: 'for followers', visibility: 'F' });
    await network.deliver();
    const own = await say(alice, { type: 'POST', content: 'mine', visibility: 'P' });
    const repost = (subject: string, audienceTag?: string): NewAction => {
      return { type: 'REPOST', subject, content: 'look', ...(audienceTag && { audienceTag }) };
    };
    expect(await refusal(alice, repost(open.actionId))).toBe('usage.action');
    expect(await refusal(alice, repost(own.actionId, 'alice.test'))).toBe('usage.action');
    expect(await refusal(alice, repost(closed.actionId, 'alice.test'))).toBe('permission.denied');
    expect(await refusal(alice, repost('a1~elsewhere', 'alice.test'))).toBe('store.no-action');
    const boost = await say(alice, repost(open.actionId, 'alice.test'));
    expect(boost.to.sort()).toEqual(['bob.test', 'carol.test']);
    const arrived = await network.deliver();
    expect(arrived.filter(({ t }) => t === 'REPOST').map(({ outcome }) => outcome)).toEqual(['stored', 'stored']);
    expect(carol.store.row('carol.test', open.actionId)).toMatchObject({ issuer: 'bob.test' });
  });
});

describe('CONN', () => {
  it('asks, is accepted, and is ended', async () => {
    const { network, alice, bob } = await aliceAndBob();
    const asked = await say(alice, { type: 'CONN', audienceTag: 'bob.test', content: 'It is me' });
    expect(asked.claims).toMatchObject({ t: 'CONN', v: 'F', c: 'It is me' });
    await network.deliver();
    expect(bob.store.row('bob.test', asked.actionId)?.status).toBe('C');
    await say(bob, { type: 'CONN', subType: 'ACC', audienceTag: 'alice.test' });
    expect(bob.store.row('bob.test', asked.actionId)?.status).toBe('A');
    await network.deliver();
    expect(relation(alice, 'bob.test')).toEqual(friends);
    expect(relation(bob, 'alice.test')).toEqual(friends);
    expect(await refusal(alice, { type: 'CONN', audienceTag: 'bob.test' })).toBe('check.state');
    network.clock.now += 1000;
    await say(alice, { type: 'CONN', subType: 'DEL', audienceTag: 'bob.test' });
    await network.deliver();
    expect(relation(alice, 'bob.test').connected).toBe(false);
    expect(relation(bob, 'alice.test').connected).toBe(false);
  });

  it('can’t be accepted when nobody asked', async () => {
    const { alice } = await aliceAndBob();
    expect(await refusal(alice, { type: 'CONN', subType: 'ACC', audienceTag: 'bob.test' })).toBe('check.state');
    expect(await refusal(alice, { type: 'CONN', audienceTag: 'alice.test' })).toBe('usage.action');
  });

  it('connects at once when it crosses another, also one that was turned down without a word', async () => {
    const { network, alice, bob } = await aliceAndBob();
    const asked = await say(alice, { type: 'CONN', audienceTag: 'bob.test' });
    await network.deliver();
    const at = network.clock.now;
    await bob.store.append([{ kind: 'status', tenant: 'bob.test', actionId: asked.actionId, status: 'D', at }]);
    await say(bob, { type: 'CONN', audienceTag: 'alice.test' });
    expect(relation(bob, 'alice.test')).toEqual(friends);
    await network.deliver();
    expect(relation(alice, 'bob.test')).toEqual(friends);
  });
});

describe('a conversation', () => {
  async function conversation() {
    const { network, alice, bob } = await aliceAndBob();
    const carol = network.person('carol.test');
    for (const [one, other] of [
      [alice, bob],
      [alice, carol],
    ] as const)
      await network.relate(one, other, friends);
    const made = await say(alice, { type: 'CONV', content: { name: 'Plans', description: 'What next' } });
    return { network, alice, bob, carol, made, conv: made.actionId };
  }

  it('is made with its maker in it, in one record, as recorded', async () => {
    const { alice, made, conv } = await conversation();
    expect(made.claims).toMatchObject({ t: 'CONV', f: 'rco', v: 'S' });
    const [subs] = (await alice.store.list('alice.test', { types: ['SUBS'], limit: 5 })).actions;
    expect(subs?.claims).toMatchObject({ t: 'SUBS', aud: 'alice.test', sub: conv, v: 'S' });
    expect(made.to).toEqual([]);
  });

  it('takes in who is invited and subscribes, and relays what is said', async () => {
    const { network, alice, bob, carol, conv } = await conversation();
    const invite = (audienceTag: string) =>
      say(alice, { type: 'INVT', audienceTag, subject: conv, content: { role: 'member' } });
    await invite('bob.test');
    await invite('carol.test');
    const sent = await network.deliver();
    expect(sent.filter(({ to }) => to === 'bob.test').map(({ t, outcome }) => `${t} ${outcome}`)).toEqual([
      'INVT stored',
      'SUBS stored',
    ]);
    expect(bob.store.row('bob.test', conv)).toMatchObject({ type: 'CONV' });
    const subscribed = await say(bob, { type: 'SUBS', subject: conv });
    expect(subscribed.claims).toMatchObject({ aud: 'alice.test', v: 'S' });
    await say(carol, { type: 'SUBS', subject: conv });
    expect((await network.deliver()).filter(({ error }) => error)).toEqual([]);
    const { claims, to } = await say(bob, { type: 'MSG', subject: conv, content: 'Hello' });
    expect(claims).toMatchObject({ aud: 'alice.test', p: conv, sub: conv, v: 'S' });
    expect(to).toEqual(['alice.test']);
    const own = await say(alice, { type: 'MSG', parentId: conv, content: 'Welcome' });
    expect((await network.deliver()).filter(({ error }) => error)).toEqual([]);
    for (const { store, idTag } of [bob, carol]) {
      expect(store.row(idTag, own.actionId)).toMatchObject({ type: 'MSG', status: 'A' });
    }
    expect([...carol.store.rows('carol.test', { types: ['MSG'] })]).toHaveLength(2);
  });

  it('is told of behind the invitation, also when whoever invites delivers himself', async () => {
    const { alice, conv, network } = await conversation();
    const invite: NewAction = { type: 'INVT', audienceTag: 'bob.test', subject: conv };
    await createAction(alice, 'alice.test', invite, { nextAt: network.clock.now + 30_000 });
    const waiting = () => [...alice.store.dueDeliveries('alice.test', network.clock.now)];
    expect(waiting()).toEqual([]);
    network.clock.now += 30_000;
    expect(waiting().map(({ actionId }) => alice.store.row('alice.test', actionId)?.type)).toEqual(['INVT']);
    expect(alice.store.deliveries({ state: 'queued' })).toHaveLength(2);
  });

  it('is written in by its subscribers only, and invites by moderators', async () => {
    const { network, alice, bob, conv } = await conversation();
    await say(alice, { type: 'INVT', audienceTag: 'bob.test', subject: conv, content: { role: 'observer' } });
    await network.deliver();
    expect(await refusal(bob, { type: 'MSG', parentId: conv, content: 'x' })).toBe('permission.denied');
    await say(bob, { type: 'SUBS', subject: conv });
    await network.deliver();
    // An observer reads.
    expect(await refusal(bob, { type: 'MSG', parentId: conv, content: 'x' })).toBe('permission.denied');
    const invite: NewAction = { type: 'INVT', audienceTag: 'carol.test', subject: conv };
    expect(await refusal(bob, invite)).toBe('permission.denied');
    expect(
      await refusal(bob, { type: 'SUBS:UPD', subject: conv, audienceTag: 'bob.test', content: { role: 'admin' } }),
    ).toBe('permission.denied');
    await say(alice, { type: 'SUBS:UPD', subject: conv, audienceTag: 'bob.test', content: { role: 'moderator' } });
    expect((await network.deliver()).filter(({ error }) => error)).toEqual([]);
    await say(bob, { type: 'MSG', parentId: conv, content: 'now I may' });
    expect(await refusal(bob, { ...invite, content: { role: 'admin' } })).toBe('permission.denied');
    await say(bob, { ...invite, content: { role: 'member' } });
    expect((await network.deliver()).filter(({ error, to }) => error && to === 'alice.test')).toEqual([]);
  });

  it('is left, and nobody gets in without being asked', async () => {
    const { network, alice, bob, carol, conv } = await conversation();
    await say(alice, { type: 'INVT', audienceTag: 'bob.test', subject: conv });
    await network.deliver();
    await say(bob, { type: 'SUBS', subject: conv });
    await network.deliver();
    const left = await say(bob, { type: 'SUBS', subType: 'DEL', subject: conv });
    expect(left.to).toEqual(['alice.test']);
    expect((await network.deliver()).filter(({ error }) => error)).toEqual([]);
    expect(await refusal(bob, { type: 'MSG', parentId: conv, content: 'x' })).toBe('permission.denied');
    expect(await refusal(carol, { type: 'SUBS', subject: conv })).toBe('usage.action');
  });
});

describe('a message', () => {
  it('goes to one, and the answer to the other', async () => {
    const { network, alice, bob } = await aliceAndBob();
    await network.relate(alice, bob, friends);
    const { actionId, to, visibility } = await say(alice, { type: 'MSG', audienceTag: 'bob.test', content: 'Just us' });
    expect({ to, visibility }).toEqual({ to: ['bob.test'], visibility: 'F' });
    await network.deliver();
    const answer = await say(bob, { type: 'MSG', parentId: actionId, content: 'Yes' });
    expect(answer.claims.aud).toBe('alice.test');
    expect(await refusal(alice, { type: 'MSG', content: 'to nobody' })).toBe('usage.action');
  });
});

describe('what is about one’s own', () => {
  it('APRV, STAT and FSHR are refused for what isn’t', async () => {
    const { network, alice, bob } = await aliceAndBob();
    await network.relate(alice, bob, friends);
    const { actionId } = await say(bob, { type: 'POST', content: 'mine', visibility: 'P' });
    await network.deliver();
    expect(await refusal(alice, { type: 'APRV', subject: actionId })).toBe('permission.denied');
    expect(await refusal(alice, { type: 'STAT', parentId: actionId, content: { c: 1 } })).toBe('permission.denied');
    const fileId = `f1~${'A'.repeat(43)}`;
    expect(await refusal(alice, { type: 'FSHR', subject: fileId, audienceTag: 'bob.test', content: {} })).toBe(
      'usage.action',
    );
    const stat = await say(bob, { type: 'STAT', parentId: actionId, content: { r: '1,L1', c: 0 } });
    expect(stat.claims).toMatchObject({ v: 'P' });
    expect(stat.claims.aud).toBeUndefined();
    expect(stat.to).toEqual(['alice.test']);
  });
});

describe('PRES', () => {
  it('is passed on at once, stored nowhere, and ends soon', async () => {
    const { alice, bob } = await aliceAndBob();
    const seen: string[] = [];
    alice.live.on(({ kind }) => seen.push(kind));
    const { token, claims } = await say(alice, { type: 'PRES', subType: 'TYPING', subject: '@bob.test' });
    expect(claims).toMatchObject({ aud: 'bob.test', exp: (claims.iat as number) + 30 });
    await expect.poll(() => bob.heard).toEqual([token]);
    expect([...alice.store.rows('alice.test', {})]).toEqual([]);
    expect(alice.store.deliveries()).toEqual([]);
    expect(seen).toEqual(['ephemeral']);
    expect(decodeToken(token).claims.t).toBe('PRES:TYPING');
  });
});
