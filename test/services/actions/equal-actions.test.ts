import { describe, expect, it } from 'vitest';
import { createAction } from '../../../src/services/actions/create-action.ts';
import type { NewAction } from '../../../src/services/actions/new-action.ts';
import { createInMemoryNetwork, type Person } from '../../support/in-memory-network.ts';

const ALICE = 'alice.test';

async function friends() {
  const network = createInMemoryNetwork();
  const alice = network.person(ALICE);
  const bob = network.person('bob.test');
  await network.relate(alice, bob, { following: true, follower: true, connected: true });
  const post = await createAction(alice, ALICE, { type: 'POST', content: 'about what' });
  await network.deliver();
  return { network, alice, bob, post };
}

const stored = ({ store }: Person, type: string) => [...store.rows(ALICE, { types: [type] })];

/** Three times the same within one second. */
async function thrice(who: Person, draft: NewAction, atOnce: boolean) {
  const say = () => createAction(who, who.idTag, draft);
  if (atOnce) return Promise.all([say(), say(), say()]);
  return [await say(), await say(), await say()];
}

describe.each([
  ['one after the other', false],
  ['at the same moment', true],
])('equal actions within one second, %s (specification: Duplicates)', (_how, atOnce) => {
  it.each<[string, NewAction]>([
    ['POST', { type: 'POST', content: 'ok' }],
    ['MSG', { type: 'MSG', audienceTag: 'bob.test', content: 'ok' }],
    ['CMNT', { type: 'CMNT', content: 'ok' }],
    ['CONV', { type: 'CONV', content: { name: 'ok' } }],
  ])('are different actions where their type has no key: %s', async (type, draft) => {
    const { network, alice, bob, post } = await friends();
    const before = stored(alice, type).length;
    const said = await thrice(alice, type === 'CMNT' ? { ...draft, parentId: post.actionId } : draft, atOnce);
    expect(new Set(said.map(({ actionId }) => actionId)).size).toBe(3);
    expect(new Set(said.map(({ claims }) => claims.iat)).size).toBe(1);
    expect(stored(alice, type)).toHaveLength(before + 3);
    for (const { actionId, token } of said) expect((await alice.store.action(ALICE, actionId))?.token).toBe(token);
    // Only where it is needed.
    expect(said.filter(({ claims }) => claims._ === undefined)).toHaveLength(1);
    const arrived = await network.deliver();
    expect(arrived.filter(({ outcome }) => outcome !== 'stored')).toEqual([]);
    const known = said.filter(({ to }) => to.includes('bob.test'));
    for (const { actionId } of known) expect(bob.store.row('bob.test', actionId)?.status).toBe('A');
  });

  it('are one where it has a key: the later one replaces the earlier', async () => {
    const { alice, post } = await friends();
    const said = await thrice(alice, { type: 'REACT', subType: 'LIKE', subject: post.actionId }, atOnce);
    expect(said.map(({ claims }) => claims._)).toEqual([undefined, undefined, undefined]);
    expect(stored(alice, 'REACT').filter(({ current }) => current)).toHaveLength(1);
    for (const { actionId } of said) expect(alice.store.row(ALICE, actionId)).not.toBeNull();
  });

  it('are relayed each in a conversation of ours', async () => {
    const { alice } = await friends();
    const conversation = await createAction(alice, ALICE, { type: 'CONV', content: { name: 'talk' } });
    const said = await thrice(alice, { type: 'MSG', parentId: conversation.actionId, content: 'ok' }, atOnce);
    const relays = [...alice.store.rows(ALICE, { types: ['APRV'] })].map(({ subject }) => subject);
    for (const { actionId } of said) {
      expect(alice.store.row(ALICE, actionId)).not.toBeNull();
      expect(relays.filter((subject) => subject === actionId)).toHaveLength(1);
    }
  });
});
