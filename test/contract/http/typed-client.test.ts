import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setPassword } from '../../../src/services/auth/password.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { Refused, typedClient } from './typed-client.ts';

/** What a user does with the network's client, from signing in to signing out. Each answer is decoded as that client does it. */
const PASSWORD = 'correct-horse-1';
let alice: Instance;
let client: ReturnType<typeof typedClient>;

beforeAll(async () => {
  alice = await startInstance({
    accessTokens: { get: async () => 'a.b.c', with: async (_as, _peer, call) => call('a.b.c') },
  });
  const { identities, clock } = alice;
  await setPassword({ identities, clock: clockOf(() => clock.now) }, { as: 'alice.test', password: PASSWORD });
  client = typedClient(alice, 'alice.test');
  const { data } = await client.call('login', 'POST', '/auth/login', {
    body: { idTag: 'alice.test', password: PASSWORD },
  });
  client.signIn(data.token);
});
afterAll(() => alice.close());

describe('signing in', () => {
  it('a guest: who is there, and nobody signed in', async () => {
    const guest = typedClient(alice, 'alice.test');
    expect((await guest.call('me', 'GET', '/me')).data.idTag).toBe('alice.test');
    expect((await guest.call('loginToken', 'GET', '/auth/login-token')).data).toBeNull();
    const wrong = guest.call('login', 'POST', '/auth/login', { body: { idTag: 'alice.test', password: 'wrong-one' } });
    await expect(wrong).rejects.toEqual(new Refused(403, 'E-AUTH-NOPERM'));
    await expect(guest.call('actions', 'GET', '/nothing')).rejects.toEqual(new Refused(404, 'E-CORE-NOTFOUND'));
  });

  it('the session goes on, narrows, and serves elsewhere', async () => {
    expect((await client.call('loginToken', 'GET', '/auth/login-token')).data?.idTag).toBe('alice.test');
    await client.call('accessToken', 'GET', '/auth/access-token', { query: { lifetime: 600 } });
    await client.call('proxyToken', 'GET', '/auth/proxy-token');
    await client.call('proxyToken', 'GET', '/auth/proxy-token', { query: { idTag: 'bob.test' } });
  });

  it('API keys: made, listed, changed, exchanged, deleted with no body', async () => {
    const { status, data: made } = await client.call('newApiKey', 'POST', '/auth/api-keys', {
      body: { name: 'browser' },
    });
    expect(status).toBe(201);
    const path = `/auth/api-keys/${made.keyId}`;
    expect((await client.call('apiKeys', 'GET', '/auth/api-keys')).data).toHaveLength(1);
    await client.call('apiKey', 'PATCH', path, { body: { name: null, expiresAt: 4_000_000_000 } });
    const guest = typedClient(alice, 'alice.test');
    const { data } = await guest.call('login', 'GET', '/auth/access-token', { query: { apiKey: made.plaintextKey } });
    guest.signIn(data.token);
    const { data: key } = await guest.call('apiKey', 'GET', path);
    expect(key).toMatchObject({ expiresAt: 4_000_000_000, lastUsedAt: alice.clock.now / 1000 });
    await client.call('nothing', 'DELETE', path);
    await expect(guest.call('apiKeys', 'GET', '/auth/api-keys')).rejects.toEqual(new Refused(401, 'E-AUTH-UNAUTH'));
  });

  it('another password; then out, which ends this session', async () => {
    const own = typedClient(alice, 'alice.test');
    const body = { idTag: 'alice.test', password: PASSWORD };
    own.signIn((await own.call('login', 'POST', '/auth/login', { body })).data.token);
    const passwords = { currentPassword: PASSWORD, newPassword: 'battery-staple-2' };
    await own.call('empty', 'POST', '/auth/password', { body: passwords });
    await own.call('nothing', 'POST', '/auth/logout', { body: {} });
    await expect(own.call('apiKeys', 'GET', '/auth/api-keys')).rejects.toEqual(new Refused(401, 'E-AUTH-UNAUTH'));
    client.signIn(await alice.bearer());
  });
});

describe('actions', () => {
  const list = (query: object) => client.call('actions', 'GET', '/actions', { query: query as never });

  it('said, listed, counted, commented, deleted', async () => {
    const text = { type: 'POST', subType: 'TEXT', content: 'hello', visibility: 'P' };
    const { status, data: post } = await client.call('action', 'POST', '/actions', { body: text });
    expect(status).toBe(201);
    const comment = { type: 'CMNT', parentId: post.actionId, content: 'more' };
    const { data: answer } = await client.call('action', 'POST', '/actions', { body: comment });
    const ids = (await list({ type: ['POST', 'CMNT'], status: ['A', 'C'], limit: 10 })).data.map(
      (each) => each.actionId,
    );
    expect(new Set(ids)).toEqual(new Set([post.actionId, answer.actionId]));
    const { data, cursorPagination } = await list({ type: 'POST,CMNT', count: true });
    expect([data, cursorPagination?.count]).toEqual([[], 2]);
    const first = await list({ limit: 1 });
    expect(first.cursorPagination?.hasMore).toBe(true);
    expect((await list({ limit: 1, cursor: first.cursorPagination?.nextCursor })).data).toHaveLength(1);
    expect((await client.call('action', 'GET', `/actions/${answer.actionId}`)).data.parentId).toBe(post.actionId);
    expect((await client.call('nothing', 'DELETE', `/actions/${answer.actionId}`)).status).toBe(200);
    const left = (await list({ parentId: post.actionId })).data.map(({ actionId }) => actionId);
    expect(left).not.toContain(answer.actionId);
  });

  it('what came is accepted or rejected, with no body', async () => {
    for (const decision of ['accept', 'reject']) {
      const peer = alice.peer(`${decision}.test`);
      const arrival = await alice.send(await peer.sign({ t: 'CONN', aud: 'alice.test', c: 'hello' }));
      expect(arrival.statusCode).toBe(201);
      const { data } = await list({ type: 'CONN', issuer: `${decision}.test`, status: 'C' });
      await client.call('nothing', 'POST', `/actions/${data[0]?.actionId}/${decision}`);
      expect((await list({ type: 'CONN', issuer: `${decision}.test`, status: 'C' })).data).toEqual([]);
    }
  });
});

describe('files and people', () => {
  it('files: put there, listed by what they are, described', async () => {
    const upload = await alice.app.inject({
      method: 'POST',
      url: '/api/files/file/hello.txt',
      headers: {
        host: 'cl-o.alice.test',
        'content-type': 'text/plain',
        authorization: `Bearer ${await alice.bearer()}`,
      },
      payload: 'hello, file',
    });
    expect(upload.statusCode).toBe(201);
    const { fileId } = upload.json().data;
    const query = { status: ['P', 'A'], fileName: 'hello', limit: 20, sort: 'created', sortDir: 'desc' };
    const { data, cursorPagination } = await client.call('files', 'GET', '/files', { query });
    expect([data.map((each) => each.fileId), cursorPagination?.hasMore]).toEqual([[fileId], false]);
    expect((await client.call('file', 'GET', `/files/${fileId}/metadata`)).data.fileName).toBe('hello.txt');
  });

  it('profiles: one’s own changed, others listed, one of them blocked', async () => {
    const arrival = await alice.send(await alice.peer('bob.test').sign({ t: 'FLLW', aud: 'alice.test' }));
    expect(arrival.statusCode).toBe(201);
    const { data: changed } = await client.call('ownProfile', 'PATCH', '/me', { body: { name: 'Alice of Test' } });
    expect(changed.profile.name).toBe('Alice of Test');
    expect((await client.call('me', 'GET', '/me')).data.name).toBe('Alice of Test');
    const known = (await client.call('profiles', 'GET', '/profiles')).data.map(({ idTag }) => idTag);
    expect(known).toContain('bob.test');
    expect((await client.call('profile', 'GET', '/profiles/bob.test')).data.follower).toBe(true);
    await client.call('empty', 'PATCH', '/profiles/bob.test', { body: { status: 'B' } });
    const blocked = await client.call('profiles', 'GET', '/profiles', { query: { status: ['B'] } });
    expect(blocked.data.map(({ idTag }) => idTag)).toEqual(['bob.test']);
    await client.call('empty', 'PATCH', '/profiles/bob.test', { body: { status: null } });
  });
});
