import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CreateDeps, createAction } from '../../../src/services/actions/create-action.ts';
import { deleteAction } from '../../../src/services/actions/delete-action.ts';
import { subscribersOf } from '../../../src/services/conversations/conversation.ts';
import { createStatCounter, QUIET } from '../../../src/services/counts/stat-counter.ts';
import { noteEvent } from '../../../src/services/counts/stat-worker.ts';
import type { ActionRow, StoredAction } from '../../../src/store/model/rows.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, KEY_ID, refusal, startInstance } from '../../support/instance.ts';

/** Three instances of our own, whose deliveries are carried from one to the other by hand. */
const names = ['alice.test', 'bob.test', 'carol.test'] as const;
type Name = (typeof names)[number];
let at: Record<Name, Instance>;

beforeEach(async () => {
  const started = await Promise.all(
    names.map(async (idTag) => {
      const settings = { autoApprove: idTag === 'alice.test' };
      return [idTag, await startInstance({ idTags: [idTag], settings })] as const;
    }),
  );
  at = Object.fromEntries(started) as Record<Name, Instance>;
  for (const name of names) {
    const publicKey = (await at[name].identities.read(name))?.keys[0]?.publicKey as string;
    for (const other of names) at[other].resolver.add(name, KEY_ID, publicKey);
  }
});
afterEach(async () => {
  for (const name of names) await at[name].close();
});

/** Delivers what is queued anywhere, and what that queues, until all is quiet. @returns how many there were */
async function carry(): Promise<number> {
  let carried = 0;
  for (let moved = true; moved; ) {
    moved = false;
    for (const from of names) {
      for (const delivery of at[from].store.deliveries({ tenant: from, state: 'queued' })) {
        const { tenant, actionId, to } = delivery;
        const { token } = (await at[from].store.action(from, actionId)) as StoredAction;
        const related = await at[from].store.deliveryRelated(delivery);
        const answer = await at[to as Name].post('/api/inbox/sync', { token, related }, { tenant: to });
        expect({ from, to, token: actionId, ...refusal(answer) }).toEqual({
          from,
          to,
          token: actionId,
          status: 201,
          code: null,
        });
        const delivered = { tenant, actionId, to, state: 'delivered', attempts: 1, at: 1 } as const;
        await at[from].store.append([{ kind: 'delivery', ...delivered }]);
        carried += 1;
        moved = true;
      }
    }
  }
  return carried;
}

async function say(name: Name, draft: { type: string; [field: string]: unknown }): Promise<string> {
  const { clock, inbox } = at[name];
  // Each says it a second later than what was said before.
  for (const other of names) at[other].clock.now += 1000;
  const deps = { ...inbox, clock: clockOf(() => clock.now) } as unknown as CreateDeps;
  const { actionId } = await createAction(deps, name, draft);
  return actionId;
}

/** What an instance holds of a type, by issuer, with status. */
const held = (name: Name, type: string) =>
  [...at[name].store.rows(name, { types: [type], order: 'oldest' })].map(({ issuer, status }) => `${issuer} ${status}`);

it('a conversation of three ends with the same members and messages everywhere', async () => {
  for (const name of ['bob.test', 'carol.test'] as const) {
    await say(name, { type: 'FLLW', audienceTag: 'alice.test' });
    await carry();
  }
  const conv = await say('alice.test', { type: 'CONV', content: { name: 'Plans' } });
  for (const audienceTag of ['bob.test', 'carol.test']) {
    await say('alice.test', { type: 'INVT', audienceTag, subject: conv, content: { role: 'member' } });
  }
  await carry();
  for (const name of ['bob.test', 'carol.test'] as const) await say(name, { type: 'SUBS', subject: conv });
  await carry();
  await say('bob.test', { type: 'MSG', parentId: conv, content: 'hello' });
  await say('alice.test', { type: 'MSG', parentId: conv, content: 'welcome' });
  await carry();
  for (const name of names) {
    const conversation = at[name].store.row(name, conv) as ActionRow;
    expect(subscribersOf(at[name].store, name, conversation).sort()).toEqual([...names]);
    expect(held(name, 'MSG')).toEqual(['bob.test A', 'alice.test A']);
  }
  await say('carol.test', { type: 'SUBS', subType: 'DEL', subject: conv });
  await carry();
  await say('bob.test', { type: 'MSG', parentId: conv, content: 'she left' });
  await carry();
  expect(held('alice.test', 'MSG')).toHaveLength(3);
  expect(held('bob.test', 'MSG')).toHaveLength(3);
  expect(held('carol.test', 'MSG')).toHaveLength(2);
  for (const name of ['alice.test', 'bob.test'] as const) {
    const conversation = at[name].store.row(name, conv) as ActionRow;
    expect(subscribersOf(at[name].store, name, conversation).sort()).toEqual(['alice.test', 'bob.test']);
  }
  expect(await carry()).toBe(0);
});

it('what a friend writes on a wall reaches the followers of its owner, with its counts', async () => {
  await say('carol.test', { type: 'FLLW', audienceTag: 'alice.test' });
  await say('bob.test', { type: 'CONN', audienceTag: 'alice.test' });
  await carry();
  await say('alice.test', { type: 'CONN', audienceTag: 'bob.test' });
  await carry();
  const post = await say('bob.test', {
    type: 'POST',
    subType: 'TEXT',
    audienceTag: 'alice.test',
    content: 'hi',
    visibility: 'P',
  });
  await carry();
  for (const name of names) expect(at[name].store.row(name, post)).toMatchObject({ status: 'A', issuer: 'bob.test' });
  expect(held('carol.test', 'APRV')).toEqual(['alice.test A']);
  const { inbox, clock, store, live } = at['alice.test'];
  const counter = createStatCounter({ ...inbox, clock: clockOf(() => clock.now) });
  const stopListening = live.on((event) => noteEvent(store, counter, event));
  await say('carol.test', { type: 'REACT', subType: 'LOVE', subject: post });
  await carry();
  stopListening();
  clock.now += QUIET;
  expect(await counter.emitDue()).toHaveLength(1);
  await carry();
  const carol = at['carol.test'];
  const bearer = await carol.bearer();
  const view = await carol.get(`/api/actions/${post}`, { tenant: 'carol.test', bearer });
  expect(view.json().data.stat).toEqual({ ownReaction: 'LOVE', reactions: '1,V1' });
});

it.each(['a post', 'a repost'])(
  '%s that is taken back from a wall goes from where its approval brought it',
  async (what) => {
    await say('carol.test', { type: 'FLLW', audienceTag: 'alice.test' });
    await say('bob.test', { type: 'CONN', audienceTag: 'alice.test' });
    await carry();
    await say('alice.test', { type: 'CONN', audienceTag: 'bob.test' });
    await carry();
    let draft: Parameters<typeof say>[1] = { type: 'POST', content: 'hi' };
    if (what === 'a repost') {
      const subject = await say('alice.test', { type: 'POST', content: 'look', visibility: 'P' });
      await carry();
      draft = { type: 'REPOST', subject };
    }
    const said = await say('bob.test', { ...draft, audienceTag: 'alice.test', visibility: 'P' });
    await carry();
    const shown = async () => {
      const carol = at['carol.test'];
      const [bearer, tenant] = [await carol.bearer(), 'carol.test'];
      const { data } = (await carol.get(`/api/actions?type=${draft.type}&issuer=bob.test`, { tenant, bearer })).json();
      return data.filter(({ subType }: { subType?: string }) => subType !== 'DEL');
    };
    const history = async () =>
      (await at['alice.test'].get('/api/outbox', { bearer: await at['alice.test'].bearer() })).body;
    const { token } = (await at['bob.test'].store.action('bob.test', said)) as StoredAction;
    expect(await shown()).toHaveLength(1);
    expect(await history()).toContain(token);
    for (const name of names) at[name].clock.now += 1000;
    const { clock, inbox } = at['bob.test'];
    const deps = { ...inbox, clock: clockOf(() => clock.now) } as unknown as CreateDeps;
    await deleteAction(deps, 'bob.test', said);
    await carry();
    expect(await shown()).toEqual([]);
    expect(await history()).not.toContain(token);
  },
);
