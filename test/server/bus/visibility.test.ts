import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import type { Visibility } from '../../../src/protocol/visibility.ts';
import { type Instance, type Peer, startInstance } from '../../support/instance.ts';
import { arriveAt, type BusClient, dial } from './client.ts';

const TENANT = 'alice.test';
let home: Instance;
let bob: Peer;
let clients: Record<string, BusClient>;

beforeAll(async () => {
  home = await startInstance({ idTags: [TENANT, 'erin.test'] });
  bob = home.peer('bob.test');
  const none = { kind: 'relation', tenant: TENANT, following: false, follower: false, connected: false } as const;
  await home.store.append([
    { ...none, peer: 'follower.test', follower: true, at: 1 },
    { ...none, peer: 'friend.test', connected: true, at: 1 },
  ]);
  const listen = async (subject: string, tenant = TENANT) =>
    dial(home, { bearer: await home.bearer({ tenant, subject, owner: subject === tenant }), tenant });
  clients = {
    owner: await listen(TENANT),
    follower: await listen('follower.test'),
    friend: await listen('friend.test'),
    stranger: await listen('stranger.test'),
    bob: await listen('bob.test'),
    erin: await listen('erin.test', 'erin.test'),
  };
});
afterAll(() => home.close());

let posts = 0;
let seen: Record<string, number>;
beforeEach(() => {
  seen = Object.fromEntries(Object.entries(clients).map(([name, { frames }]) => [name, frames.length]));
});

/** Stores an action as alice's and tells of it. */
async function publish(v: Visibility, claims: Record<string, unknown> = {}): Promise<string> {
  posts += 1;
  const token = await home.owner(TENANT).sign({ t: 'POST', c: `post ${posts}`, v, ...claims });
  const id = actionId(token);
  const event = { tenant: TENANT, actionId: id, token, receivedAt: home.clock.now } as const;
  await home.store.append([{ kind: 'action', direction: 'out', status: 'A', visibility: v, ...event }]);
  home.live.announce({ kind: 'action', tenant: TENANT, actionId: id });
  return id;
}

/** Who was told something since the test began. A marker that only its listener sees makes sure that nothing is on its way. */
async function told(): Promise<string[]> {
  await sleep(0);
  const marker = await publish('P');
  const names: string[] = [];
  for (const [name, client] of Object.entries(clients)) {
    if (name !== 'erin') await expect.poll(() => client.frames.at(-1)?.data.actionId).toBe(marker);
    const actions = client.frames
      .slice(seen[name])
      .filter(({ cmd, data }) => cmd === 'ACTION' && data.actionId !== marker);
    if (actions.length > 0) names.push(name);
  }
  return names;
}

it.each([
  ['P', ['owner', 'follower', 'friend', 'stranger', 'bob']],
  ['V', ['owner', 'follower', 'friend', 'stranger', 'bob']],
  ['2', ['owner', 'follower', 'friend']],
  ['F', ['owner', 'follower', 'friend']],
  ['C', ['owner', 'friend']],
  ['D', ['owner']],
] as const)('visibility %s: %j', async (letter, names) => {
  await publish(letter);
  expect(await told()).toEqual(names);
});

it('a personal action: the two only, whatever its letter', async () => {
  await expect(arriveAt(home, await bob.sign({ t: 'MSG', aud: TENANT, c: 'psst', v: 'P' }))).rejects.toThrow('403');
  const message = await publish('P', { t: 'MSG', aud: 'bob.test' });
  expect(await told()).toEqual(['owner', 'bob']);
  expect(clients['bob']?.frames.some(({ data }) => data.actionId === message)).toBe(true);
});

it('all with the same rights get the same bytes, another view for those who may not see the original', async () => {
  const original = await publish('F');
  const repost = await publish('P', { t: 'REPOST', aud: TENANT, sub: original });
  await told();
  const frameOf = (name: string) => clients[name]?.frames.find(({ data }) => data.actionId === repost);
  expect(frameOf('follower')).toEqual(frameOf('friend'));
  const { ownRepostIds, ...counts } = frameOf('owner')?.data.subjectAction.stat ?? {};
  expect(ownRepostIds).toEqual({ [TENANT]: repost });
  expect(frameOf('friend')?.data.subjectAction.stat).toEqual(counts);
  const withoutStat = (name: string) => ({ ...frameOf(name)?.data.subjectAction, stat: null });
  expect(withoutStat('owner')).toEqual(withoutStat('friend'));
  expect(frameOf('follower')?.data.subjectAction.actionId).toBe(original);
  expect(frameOf('stranger')?.data.subjectAction).toBeUndefined();
  expect(frameOf('bob')?.id).toBe(frameOf('stranger')?.id);
});

it('nobody what another said of an action', async () => {
  const original = await publish('P');
  for (const name of ['follower', 'friend']) {
    const peer = home.peer(`${name}.test`);
    await arriveAt(home, await peer.sign({ t: 'REACT:LOVE', aud: TENANT, sub: original }));
  }
  const repost = await publish('P', { t: 'REPOST', aud: TENANT, sub: original });
  await told();
  for (const name of ['follower', 'friend', 'stranger']) {
    const frame = clients[name]?.frames.find(({ data }) => data.actionId === repost);
    expect(frame?.data.subjectAction.stat).toEqual({ reactions: '2,V2', reposts: 1 });
  }
});

it('never another identity of the same home', async () => {
  await arriveAt(home, await bob.sign({ t: 'FLLW', aud: TENANT }));
  await told();
  await clients['erin']?.ping();
  expect(clients['erin']?.frames.filter(({ cmd }) => cmd === 'ACTION')).toEqual([]);
});

it('drafts are the owner’s alone, and what the settings reject in silence is nobody’s', async () => {
  const token = await bob.sign({ t: 'FLLW', aud: TENANT, c: 'rejected' });
  const event = { tenant: TENANT, actionId: actionId(token), token, receivedAt: home.clock.now } as const;
  await home.store.append([{ kind: 'action', direction: 'in', status: 'D', visibility: 'F', ...event }]);
  home.live.announce({ kind: 'action', tenant: TENANT, actionId: event.actionId });
  // Its issuer sees it as sent: not being told would tell the setting.
  expect(await told()).toEqual(['bob']);
});

it('what was replaced by its key isn’t told', async () => {
  await arriveAt(home, await bob.sign({ t: 'FLLW', aud: TENANT, iat: 1_700_000_000 }));
  expect(await told()).toEqual([]);
});

it('muted: stored, not shown to the owner', async () => {
  await home.store.append([
    { kind: 'treatment', tenant: TENANT, peer: 'bob.test', blocked: false, muted: true, at: 1 },
  ]);
  await arriveAt(home, await bob.sign({ t: 'CONN', aud: TENANT }));
  expect(await told()).toEqual(['bob']);
  const claims = { iss: 'bob.test', k: 'x', t: 'PRES:TYPING', aud: TENANT, iat: 1 };
  home.live.announce({ kind: 'ephemeral', tenant: TENANT, actionId: 'a1~x', claims });
  await told();
  expect(clients['owner']?.frames.some(({ data }) => data.type === 'PRES')).toBe(false);
});

it('blocked: sent away at the next event, and not let in again', async () => {
  await home.store.append([
    { kind: 'treatment', tenant: TENANT, peer: 'bob.test', blocked: true, muted: false, at: 2 },
  ]);
  await publish('P');
  const { bob: client, ...others } = clients;
  expect(await client?.closed).toEqual({ code: 4403, reason: 'Forbidden' });
  clients = others;
  const again = await dial(home, { token: await home.bearer({ subject: 'bob.test', owner: false }) });
  expect(await again.closed).toEqual({ code: 4403, reason: 'Forbidden' });
});

it('PRES goes to those who may see what it is about', async () => {
  const post = await publish('C');
  const claims = { iss: 'friend.test', k: 'x', t: 'PRES:TYPING', sub: post, iat: 1 };
  home.live.announce({ kind: 'ephemeral', tenant: TENANT, actionId: 'a1~y', claims });
  await told();
  const typing = (name: string) => clients[name]?.frames.some(({ data }) => data.actionId === 'a1~y');
  expect([typing('owner'), typing('friend'), typing('follower'), typing('stranger')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('a token of another identity, for one file only, or run out: nobody', async () => {
  const foreign = await home.bearer({ tenant: 'erin.test', subject: 'erin.test' });
  const { closed } = await dial(home, { token: foreign });
  expect((await closed).code).toBe(4401);
  const scope = `file:f1~${'x'.repeat(43)}:R`;
  expect((await (await dial(home, { token: await home.bearer({ scope }) })).closed).code).toBe(4403);
  expect((await (await dial(home, { token: await home.bearer({ ttl: -1 }) })).closed).code).toBe(4401);
  expect((await (await dial(home, { bearer: 'x', token: await home.bearer() })).closed).code).toBe(4401);
});
