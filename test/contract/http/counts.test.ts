import { afterEach, beforeEach, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { makeWorld, TENANT, type World } from '../../support/inbox-samples.ts';
import { type Instance, type Peer, startInstance } from '../../support/instance.ts';
import { type RecordedExchange, recorded } from '../../support/recorded.ts';

const exchanges = recorded<RecordedExchange[]>('counts-pictures.json');
// biome-ignore lint/suspicious/noExplicitAny: any JSON
const answered = (name: string): any => exchanges.find((exchange) => exchange.name === name)?.response.json;

let alice: Instance;
let world: World;
let bob: Peer;
beforeEach(async () => {
  alice = await startInstance();
  world = await makeWorld(alice);
  bob = alice.peer('bob.test');
});
afterEach(() => alice.close());

const stat = async (request: { bearer?: string } = {}) =>
  (await alice.get(`/api/actions/${world.post}`, request)).json().data.stat;
const at = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000', '');
async function arrives(claims: { t: string; [claim: string]: unknown }): Promise<{ id: string; iat: number }> {
  const iat = world.now();
  const token = await bob.sign({ iat, aud: TENANT, ...claims });
  expect((await alice.send(token)).statusCode).toBe(201);
  return { id: actionId(token), iat };
}

it('comments are counted for the owner and for a guest, in the list too, as recorded', async () => {
  await arrives({ t: 'CMNT', p: world.post, c: 'first' });
  const last = world.now();
  await world.own({ t: 'CMNT', p: world.post, aud: TENANT, c: 'second', iat: last });
  for (const request of [{}, { bearer: await alice.bearer() }]) {
    const wanted = { ...answered('view.owner').data.stat, lastCommentAt: at(last) };
    expect(wanted.commentCount).toBe(2);
    expect(await stat(request)).toEqual(wanted);
    const [listed] = (await alice.get('/api/actions?type=POST', request)).json().data;
    expect(Object.keys(listed.stat)).toEqual(Object.keys(answered('list.owner').data[0].stat));
    expect(listed.stat).toEqual(wanted);
  }
});

it('without answers there is nothing to count', async () => {
  expect(await stat({ bearer: await alice.bearer() })).toEqual({});
});

it('reactions and reposts, and to each reader what it said itself', async () => {
  await arrives({ t: 'REACT:LIKE', sub: world.post });
  const { id } = await arrives({ t: 'REPOST', aud: 'bob.test', sub: world.post });
  const counts = { reactions: '1,L1', reposts: 1 };
  const asBob = { bearer: await alice.bearer({ subject: 'bob.test', owner: false }) };
  const asCarol = { bearer: await alice.bearer({ subject: 'carol.test', owner: false }) };
  expect(await stat()).toEqual(counts);
  expect(await stat({ bearer: await alice.bearer() })).toEqual(counts);
  expect(await stat(asCarol)).toEqual(counts);
  expect(await stat(asBob)).toEqual({ ...counts, ownReaction: 'LIKE', ownRepostIds: { 'bob.test': id } });
  const mine = answered('list.at-peer').data.find((view: { type: string }) => view.type === 'POST').stat;
  expect(mine).toEqual({ ownReaction: (await stat(asBob)).ownReaction });
  await arrives({ t: 'REPOST:DEL', aud: 'bob.test', sub: world.post });
  await arrives({ t: 'REACT:DEL', sub: world.post });
  expect(await stat(asBob)).toEqual({});
});

it('the owner’s own reposts of others’ posts, by the wall that they are on', async () => {
  const relation = { peer: 'bob.test', following: true, follower: false, connected: false, at: 1 };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, ...relation }]);
  const theirs = await arrives({ t: 'POST:TEXT', aud: undefined, c: 'theirs', v: 'P' });
  const boost = await world.own({ t: 'REPOST', aud: TENANT, sub: theirs.id });
  const wall = await world.own({ t: 'REPOST', aud: 'carol.test', sub: theirs.id });
  const view = await alice.get(`/api/actions/${theirs.id}`, { bearer: await alice.bearer() });
  expect(view.json().data.stat).toEqual({ ownRepostIds: { [TENANT]: boost, 'carol.test': wall } });
});

it('GET /api/me/full, an unknown profile and DELETE are answered as recorded', async () => {
  const owner = { bearer: await alice.bearer() };
  const [me, full] = [await alice.get('/api/me'), await alice.get('/api/me/full')];
  expect(full.json().data).toEqual(me.json().data);
  const { profilePic: _, ...rest } = answered('me.full').data;
  expect(Object.keys(full.json().data)).toEqual(Object.keys(rest));
  const unknown = await alice.get('/api/profiles/nobody.test', owner);
  expect([unknown.statusCode, unknown.json().data]).toEqual([200, answered('profile.unknown').data]);
  const url = `/api/actions/${world.post}`;
  const headers = { host: 'cl-o.alice.test', authorization: `Bearer ${owner.bearer}` };
  const deleted = await alice.app.inject({ method: 'DELETE', url, headers });
  expect([deleted.statusCode, deleted.json().data]).toEqual([200, answered('delete').data]);
});

it('the profile of a community says so, that of a person doesn’t', async () => {
  const owner = { bearer: await alice.bearer() };
  const known = { kind: 'peer', tenant: TENANT, name: 'X', at: 1 } as const;
  await alice.store.append([
    { ...known, idTag: 'club.test', type: 'community' },
    { ...known, idTag: 'bob.test', type: 'person' },
  ]);
  const { type, ...person } = (await alice.get('/api/profiles/bob.test', owner)).json().data;
  expect(type).toBeUndefined();
  const { profilePic: _, ...wanted } = answered('profile.at-peer').data;
  expect(Object.keys(person)).toEqual(Object.keys(wanted));
  expect((await alice.get('/api/profiles/club.test', owner)).json().data.type).toBe('community');
});
