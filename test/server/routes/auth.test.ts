import { scryptSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jwtClaims } from '../../../src/federation/peer/jwt-expiry.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { createAccessToken } from '../../../src/services/auth/create-script-token.ts';
import { clearPassword, setPassword } from '../../../src/services/auth/password.ts';
import { hashPassword } from '../../../src/services/auth/password-hash.ts';
import type { PasswordHash } from '../../../src/store/identities/access-document.ts';
import { createIdentities } from '../../../src/store/identities/identities.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, type RequestOptions, refusal, startInstance } from '../../support/instance.ts';

const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const UNAUTH = { status: 401, code: 'E-AUTH-UNAUTH' };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };
const NOT_FOUND = { status: 404, code: 'E-CORE-NOTFOUND' };
const LIMITED = { status: 429, code: 'E-RATE-LIMITED' };
const PASSWORD = 'correct-horse-1';
const ROLES = ['public', 'follower', 'supporter', 'contributor', 'moderator', 'leader'];
const SCOPE = `file:f1~${'A'.repeat(43)}:R`;

let alice: Instance;
beforeEach(async () => {
  alice = await startInstance({ idTags: ['alice.test', 'olga.test'], settings: { rateLimits: true } });
  await keep(alice, quickHash(PASSWORD));
});
afterEach(() => alice.close());

const keep = ({ identities }: Instance, password: PasswordHash) =>
  identities.updateAccess('alice.test', (access) => ({ ...access, password }));

/** As an instance keeps it, at a hundredth of the cost: that is kept with it. */
function quickHash(password: string): PasswordHash {
  const cost = { N: 2 ** 10, r: 8, p: 1 };
  const salt = Buffer.alloc(16, 'salt');
  const hash = scryptSync(password, salt, 32, cost).toString('base64url');
  return { algorithm: 'scrypt', ...cost, salt: salt.toString('base64url'), hash, setAt: new Date(0).toISOString() };
}

const depsOf = ({ identities, clock }: Instance) => ({ identities, clock: clockOf(() => clock.now) });
const accessPath = () => join(alice.home, 'identities/alice.test/access.json');
const signIn = (secret = PASSWORD, options: RequestOptions = {}, idTag = 'alice.test') =>
  alice.post('/api/auth/login', { idTag, password: secret }, options);

/** As a login opens it, without what a login costs. */
const session = () => alice.bearer();

/** Does a token still read what is the owner's alone? */
async function isOwner(bearer: string): Promise<boolean> {
  const answer = await alice.get('/api/profiles', { bearer });
  if (answer.statusCode !== 200) expect(refusal(answer)).toEqual(UNAUTH);
  return answer.statusCode === 200;
}

function send(method: 'PATCH' | 'DELETE' | 'POST', url: string, bearer: string, body?: unknown) {
  return alice.app.inject({
    method,
    url,
    // As the network's client does, body or not.
    headers: { host: 'cl-o.alice.test', authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
}

describe('POST /api/auth/login', () => {
  it('signs the owner in', async () => {
    const answer = await signIn();
    expect(answer.statusCode).toBe(200);
    const { token, ...facts } = answer.json().data;
    const who = { tnId: 1, idTag: 'alice.test', name: 'Alice', profilePic: '', settings: [] };
    expect(facts).toEqual({ ...who, roles: ROLES });
    const now = alice.clock.now / 1000;
    expect(jwtClaims(token)).toMatchObject({ iss: 'alice.test', sub: 'alice.test', r: ROLES.join(), exp: now + 3600 });
    expect(await isOwner(token)).toBe(true);
    expect(alice.pauses).toEqual([]);
  });

  it('answers alike, and after a second, whatever was wrong', async () => {
    const wrong = [
      await signIn('wrong-horse-1'),
      await signIn(PASSWORD, {}, 'nobody.test'),
      await signIn(PASSWORD, {}, 'olga.test'),
      await signIn(PASSWORD, {}, '\u0000'),
      await signIn(PASSWORD, { tenant: 'olga.test' }, 'olga.test'),
      await signIn(PASSWORD, { tenant: 'olga.test' }, 'alice.test'),
    ];
    for (const answer of wrong) {
      expect(refusal(answer)).toEqual(DENIED);
      expect(answer.body).toBe(wrong[0]?.body);
      expect(answer.body).not.toContain('horse');
    }
    expect(alice.pauses).toEqual(wrong.map(() => 1000));
  });

  it.each([
    ['no password', { idTag: 'alice.test' }],
    ['no identity', { password: PASSWORD }],
    ['a number', { idTag: 'alice.test', password: 12345678 }],
    ['more than a password', { idTag: 'alice.test', password: 'x'.repeat(2049) }],
    ['an unknown field', { idTag: 'alice.test', password: PASSWORD, remember: true }],
    ['no JSON', '{'],
    ['nothing', ''],
    ['null', 'null'],
  ])('refuses %s', async (_what, body) => {
    const answer = await alice.post('/api/auth/login', body);
    expect(refusal(answer)).toEqual(INVALID);
    expect(answer.body).not.toContain(PASSWORD);
  });

  it('one spelling or the other of a letter is the same password', async () => {
    await setPassword(depsOf(alice), { as: 'alice.test', password: 'caf\u00e9-caf\u00e9' });
    expect((await signIn('cafe\u0301-cafe\u0301')).statusCode).toBe(200);
  });

  it('holds up an address that keeps failing, the right password too, and no other', async () => {
    const wrong = () => signIn('wrong-horse-1', { address: '192.0.2.1' });
    await Promise.all(Array.from({ length: 11 }, wrong));
    const held = await signIn(PASSWORD, { address: '192.0.2.1' });
    expect(refusal(held)).toEqual(LIMITED);
    expect(held.headers['retry-after']).toBe('60');
    expect((await signIn(PASSWORD, { address: '192.0.2.2' })).statusCode).toBe(200);
    expect((await alice.get('/api/actions', { address: '192.0.2.1' })).statusCode).toBe(200);
    alice.clock.now += 60_000;
    expect((await signIn(PASSWORD, { address: '192.0.2.1' })).statusCode).toBe(200);
  });

  it('turns a flood away instead of piling it up', async () => {
    await keep(alice, await hashPassword(PASSWORD, 0));
    const flood = await Promise.all(Array.from({ length: 24 }, (_, n) => signIn(PASSWORD, { address: `10.0.0.${n}` })));
    const statuses = flood.map(({ statusCode }) => statusCode);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect(statuses.filter((status) => status === 503)).toHaveLength(24 - 18);
    const away = flood.find(({ statusCode }) => statusCode === 503);
    expect(refusal(away as never)).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    expect(away?.headers['retry-after']).toBeDefined();
    expect((await signIn()).statusCode).toBe(200);
  });
});

describe('a session', () => {
  it('goes on with login-token; a guest is told null', async () => {
    expect((await alice.get('/api/auth/login-token')).json().data).toBeNull();
    const first = await session();
    alice.clock.now += 1800_000;
    const { token, ...facts } = (await alice.get('/api/auth/login-token', { bearer: first })).json().data;
    expect(facts).toMatchObject({ idTag: 'alice.test', roles: ROLES });
    alice.clock.now += 1900_000;
    expect(await isOwner(first)).toBe(false);
    expect(await isOwner(token)).toBe(true);
    const peer = await alice.bearer({ subject: 'bob.test', owner: false });
    expect(refusal(await alice.get('/api/auth/login-token', { bearer: peer }))).toEqual(DENIED);
    const scoped = await alice.bearer({ scope: SCOPE });
    expect(refusal(await alice.get('/api/auth/login-token', { bearer: scoped }))).toEqual(DENIED);
    expect(refusal(await alice.get('/api/auth/login-token', { bearer: 'x' }))).toEqual(UNAUTH);
  });

  it('ends with its logout, all of its tokens with it, and no other session', async () => {
    const [mine, other] = [await session(), await session()];
    const renewed = (await alice.get('/api/auth/login-token', { bearer: mine })).json().data.token;
    const scoped = (await alice.get(`/api/auth/access-token?scope=${SCOPE}`, { bearer: mine })).json().data.token;
    const answer = await send('POST', '/api/auth/logout', mine, {});
    expect(answer.json()).toMatchObject({ data: null });
    for (const token of [mine, renewed, scoped]) expect(await isOwner(token)).toBe(false);
    expect(await isOwner(other)).toBe(true);
    expect(refusal(await send('POST', '/api/auth/logout', mine, {}))).toEqual(UNAUTH);
    // Another process, or this one after a restart.
    const again = createIdentities(alice.home);
    expect((await again.access('alice.test')).endedSessions).toHaveLength(1);
    // What nobody could use any longer isn't kept.
    alice.clock.now += 7200_000;
    await send('POST', '/api/auth/logout', await session());
    expect((await alice.identities.access('alice.test')).endedSessions).toHaveLength(1);
  });

  it('a token that was made to last is out as long as it would have lasted', async () => {
    const { token } = await createAccessToken(depsOf(alice), {
      as: 'alice.test',
      expiresAt: Math.floor(alice.clock.now / 1000) + 86_400,
    });
    await send('POST', '/api/auth/logout', token);
    alice.clock.now += 7200_000;
    await send('POST', '/api/auth/logout', await session());
    expect(await isOwner(token)).toBe(false);
  });

  it('logs out with no body, and deletes the API key that it is told', async () => {
    const { plaintextKey } = (await send('POST', '/api/auth/api-keys', await session(), {})).json().data;
    const answer = await send('POST', '/api/auth/logout', await session(), { apiKey: plaintextKey });
    expect(answer.json().data).toBeNull();
    expect(refusal(await alice.get(`/api/auth/access-token?apiKey=${plaintextKey}`))).toEqual(DENIED);
    expect((await send('POST', '/api/auth/logout', await session(), { apiKey: 'cl_gone' })).statusCode).toBe(200);
    expect((await send('POST', '/api/auth/logout', await session())).statusCode).toBe(200);
    expect(refusal(await send('POST', '/api/auth/logout', await session(), { api: 1 }))).toEqual(INVALID);
  });

  it('only the owner logs out; who is nobody, or good for a file, doesn’t', async () => {
    expect(refusal(await alice.post('/api/auth/logout', {}))).toEqual(DENIED);
    for (const grant of [{ subject: 'bob.test', owner: false }, { scope: SCOPE }]) {
      expect(refusal(await send('POST', '/api/auth/logout', await alice.bearer(grant), {}))).toEqual(DENIED);
    }
  });
});

describe('POST /api/auth/password', () => {
  const change = (bearer: string, currentPassword: string, newPassword: string) =>
    send('POST', '/api/auth/password', bearer, { currentPassword, newPassword });

  it('changes it; the session that did goes on, all others end', async () => {
    const [mine, other] = [await session(), await session()];
    const script = (
      await createAccessToken(depsOf(alice), {
        as: 'alice.test',
        expiresAt: Math.floor(alice.clock.now / 1000) + 86_400,
      })
    ).token;
    const answer = await change(mine, PASSWORD, 'battery-staple-2');
    expect([answer.statusCode, answer.json().data]).toEqual([200, {}]);
    expect(await isOwner(mine)).toBe(true);
    for (const token of [other, script]) expect(await isOwner(token)).toBe(false);
    expect(refusal(await signIn())).toEqual(DENIED);
    expect((await signIn('battery-staple-2')).statusCode).toBe(200);
    const renewed = (await alice.get('/api/auth/login-token', { bearer: mine })).json().data.token;
    await change(await session2('battery-staple-2'), 'battery-staple-2', PASSWORD);
    for (const token of [mine, renewed]) expect(await isOwner(token)).toBe(false);
  });
  const session2 = async (secret: string) => (await signIn(secret)).json().data.token;

  it('a wrong one is refused after a second, and counted', async () => {
    const mine = await session();
    expect(refusal(await change(mine, 'wrong-horse-1', 'battery-staple-2'))).toEqual(DENIED);
    expect(alice.pauses).toEqual([1000]);
    for (let count = 0; count < 10; count++) await change(mine, 'wrong-horse-1', 'battery-staple-2');
    expect(refusal(await change(mine, PASSWORD, 'battery-staple-2'))).toEqual(LIMITED);
  });

  it.each([['short-7'], ['          '], [PASSWORD], ['x'.repeat(1025)], ['😀😀😀😀']])(
    'refuses %j',
    async (password) => {
      expect(refusal(await change(await session(), PASSWORD, password))).toEqual(INVALID);
      expect((await signIn()).statusCode).toBe(200);
    },
  );

  it('is for the owner', async () => {
    const peer = await alice.bearer({ subject: 'bob.test', owner: false });
    expect(refusal(await change(peer, PASSWORD, 'battery-staple-2'))).toEqual(DENIED);
    expect(refusal(await alice.post('/api/auth/password', { currentPassword: 'x', newPassword: 'y' }))).toEqual(DENIED);
  });

  it('taken away at the command line, nobody signs in, and sessions end', async () => {
    const mine = await session();
    await clearPassword(depsOf(alice), { as: 'alice.test' });
    expect(refusal(await signIn())).toEqual(DENIED);
    expect(await isOwner(mine)).toBe(false);
    expect(await isOwner(await alice.bearer())).toBe(true);
  });
});

describe('API keys', () => {
  const create = async (body: object = {}, bearer?: string) =>
    send('POST', '/api/auth/api-keys', bearer ?? (await alice.bearer()), body);
  const exchange = (apiKey: string, more = '', options: RequestOptions = {}) =>
    alice.get(`/api/auth/access-token?apiKey=${apiKey}${more}`, options);

  it('are made, listed, changed, and shown once only', async () => {
    const bearer = await alice.bearer();
    const now = alice.clock.now / 1000;
    const made = await create({ name: 'backup', expiresAt: now + 86_400 }, bearer);
    expect(made.statusCode).toBe(201);
    const { plaintextKey, ...item } = made.json().data;
    expect(plaintextKey).toMatch(/^cl_[\w-]{43}$/);
    const keyPrefix = plaintextKey.slice(0, 11);
    expect(item).toEqual({ keyId: 1, keyPrefix, name: 'backup', expiresAt: now + 86_400, createdAt: now });
    const second = (await create()).json().data;
    expect(second).toMatchObject({ keyId: 2, createdAt: now });
    const list = await alice.get('/api/auth/api-keys', { bearer });
    expect(list.json().data).toEqual([item, { keyId: 2, keyPrefix: second.keyPrefix, createdAt: now }]);
    expect(list.body).not.toContain(plaintextKey);
    expect((await alice.get('/api/auth/api-keys/1', { bearer })).json().data).toEqual(item);
    const patched = await send('PATCH', '/api/auth/api-keys/1', bearer, { name: 'nightly', expiresAt: null });
    const { expiresAt: _, ...rest } = item;
    expect(patched.json().data).toEqual({ ...rest, name: 'nightly' });
    const kept = readFileSync(accessPath(), 'utf8');
    expect(kept).not.toContain(plaintextKey);
    expect(kept).not.toContain(PASSWORD);
    expect(statSync(accessPath()).mode & 0o777).toBe(0o600);
    expect((await send('DELETE', '/api/auth/api-keys/1', bearer)).json().data).toBeNull();
    expect(refusal(await send('DELETE', '/api/auth/api-keys/1', bearer))).toEqual(NOT_FOUND);
    expect(refusal(await alice.get('/api/auth/api-keys/1', { bearer }))).toEqual(NOT_FOUND);
    expect((await create()).json().data.keyId).toBe(3);
  });

  it('are exchanged for a login, which ends with them', async () => {
    const { plaintextKey, keyId } = (await create()).json().data;
    const { token, ...facts } = (await exchange(plaintextKey)).json().data;
    expect(facts).toMatchObject({ tnId: 1, idTag: 'alice.test', name: 'Alice', roles: ROLES });
    expect(await isOwner(token)).toBe(true);
    const bearer = await alice.bearer();
    const { lastUsedAt } = (await alice.get(`/api/auth/api-keys/${keyId}`, { bearer })).json().data;
    expect(lastUsedAt).toBe(alice.clock.now / 1000);
    // A clock that was ahead for a while leaves a date in the future.
    alice.clock.ahead = 10 * 86_400_000;
    await exchange(plaintextKey);
    alice.clock.ahead = 0;
    await exchange(plaintextKey);
    const later = (await alice.get(`/api/auth/api-keys/${keyId}`, { bearer })).json().data;
    expect(later.lastUsedAt).toBe(alice.clock.now / 1000);
    const renewed = (await alice.get('/api/auth/login-token', { bearer: token })).json().data.token;
    await send('DELETE', `/api/auth/api-keys/${keyId}`, bearer);
    expect(refusal(await exchange(plaintextKey))).toEqual(DENIED);
    for (const each of [token, renewed]) expect(await isOwner(each)).toBe(false);
  });

  it('expire, and what they gave with them', async () => {
    const expiresAt = alice.clock.now / 1000 + 600;
    const { plaintextKey } = (await create({ expiresAt })).json().data;
    const { token } = (await exchange(plaintextKey)).json().data;
    const renewed = (await alice.get('/api/auth/login-token', { bearer: token })).json().data.token;
    const again = (await alice.get('/api/auth/access-token', { bearer: token })).json().data.token;
    for (const each of [token, renewed, again]) expect(jwtClaims(each)?.['exp']).toBe(expiresAt);
    alice.clock.now += 600_000;
    expect(refusal(await exchange(plaintextKey))).toEqual(DENIED);
    expect(await isOwner(token)).toBe(false);
  });

  it('with a scope are good for that, and can’t be widened', async () => {
    const other = SCOPE.replace(':R', ':W');
    const { plaintextKey, keyId } = (await create({ scopes: SCOPE })).json().data;
    const { token } = (await exchange(plaintextKey)).json().data;
    expect(jwtClaims(token)).toMatchObject({ scope: SCOPE });
    expect(refusal(await alice.get('/api/profiles', { bearer: token }))).toEqual(DENIED);
    expect(refusal(await alice.get('/api/auth/api-keys', { bearer: token }))).toEqual(DENIED);
    expect(refusal(await create({}, token))).toEqual(DENIED);
    expect(refusal(await exchange(plaintextKey, `&scope=${other}`))).toEqual(DENIED);
    expect(refusal(await alice.get(`/api/auth/access-token?scope=${other}`, { bearer: token }))).toEqual(DENIED);
    const again = (await alice.get('/api/auth/access-token', { bearer: token })).json().data.token;
    expect(jwtClaims(again)).toMatchObject({ scope: SCOPE });
    // A key that is narrowed takes back what it gave.
    const open = (await create()).json().data;
    const wide = (await exchange(open.plaintextKey)).json().data.token;
    await send('PATCH', `/api/auth/api-keys/${open.keyId}`, await alice.bearer(), { scopes: SCOPE });
    expect(await isOwner(wide)).toBe(false);
    expect(keyId).not.toBe(open.keyId);
  });

  it('are one identity’s', async () => {
    const { plaintextKey } = (await create()).json().data;
    expect(refusal(await exchange(plaintextKey, '', { tenant: 'olga.test' }))).toEqual(DENIED);
    const olga = await alice.bearer({ tenant: 'olga.test', subject: 'olga.test' });
    const list = await alice.get('/api/auth/api-keys', { tenant: 'olga.test', bearer: olga });
    expect(list.json().data).toEqual([]);
    expect(refusal(await alice.get('/api/auth/api-keys/1', { tenant: 'olga.test', bearer: olga }))).toEqual(NOT_FOUND);
  });

  it('guessing is counted', async () => {
    const { plaintextKey } = (await create()).json().data;
    for (let n = 0; n < 11; n++) expect(refusal(await exchange(`cl_${n}`))).toEqual(DENIED);
    expect(refusal(await exchange(plaintextKey))).toEqual(LIMITED);
  });

  it.each([
    ['a scope that nobody knows', { scopes: 'actions:read' }],
    ['two scopes', { scopes: `${SCOPE},${SCOPE}` }],
    ['an empty name', { name: '' }],
    ['a number for a name', { name: 1 }],
    ['a time that has passed', { expiresAt: 1000 }],
    ['half a second', { expiresAt: 1e9 + 0.5 }],
    ['a time beyond all dates', { expiresAt: 1e15 }],
    ['an unknown field', { role: 'leader' }],
    ['no object', []],
  ])('refuses %s', async (_what, body) => {
    expect(refusal(await create(body))).toEqual(INVALID);
    expect((await alice.identities.access('alice.test')).apiKeys).toEqual([]);
  });

  it('are the owner’s business', async () => {
    await create();
    const peer = await alice.bearer({ subject: 'bob.test', owner: false });
    expect(refusal(await alice.get('/api/auth/api-keys'))).toEqual(DENIED);
    for (const url of ['/api/auth/api-keys', '/api/auth/api-keys/1']) {
      expect(refusal(await alice.get(url, { bearer: peer }))).toEqual(DENIED);
    }
    expect(refusal(await send('PATCH', '/api/auth/api-keys/1', peer, { name: 'x' }))).toEqual(DENIED);
    expect(refusal(await send('DELETE', '/api/auth/api-keys/1', peer))).toEqual(DENIED);
    for (const id of ['0', '-1', 'x', '1.5', '9'.repeat(16)]) {
      expect(refusal(await alice.get(`/api/auth/api-keys/${id}`, { bearer: await alice.bearer() }))).toEqual(INVALID);
    }
  });

  it('there are a hundred at most', async () => {
    const key = { prefix: 'cl_xxxxxxxx', hash: 'A'.repeat(43), createdAt: new Date(alice.clock.now).toISOString() };
    await alice.identities.updateAccess('alice.test', (access) => {
      access.apiKeys = Array.from({ length: 100 }, (_, index) => ({ keyId: index + 1, ...key }));
      access.lastKeyId = 100;
    });
    expect(refusal(await create())).toEqual(INVALID);
  });
});

describe('GET /api/auth/access-token with a session', () => {
  it('gives the owner another, narrower or shorter when asked', async () => {
    const mine = await session();
    const ask = async (query: string) =>
      jwtClaims((await alice.get(`/api/auth/access-token?${query}`, { bearer: mine })).json().data.token);
    const now = alice.clock.now / 1000;
    expect(await ask('')).toMatchObject({ sub: 'alice.test', exp: now + 3600 });
    expect(await ask(`scope=${SCOPE}&lifetime=60`)).toMatchObject({ scope: SCOPE, exp: now + 60 });
    expect(await ask('lifetime=86400')).toMatchObject({ exp: now + 3600 });
    for (const query of ['lifetime=0', 'lifetime=x', 'scope=all', 'refId=x', 'via=x']) {
      expect(refusal(await alice.get(`/api/auth/access-token?${query}`, { bearer: mine }))).toEqual(INVALID);
    }
  });

  it('gives a peer no longer than it had', async () => {
    const first = await alice.bearer({ subject: 'bob.test', owner: false });
    alice.clock.now += 1800_000;
    const { token } = (await alice.get('/api/auth/access-token', { bearer: first })).json().data;
    expect(jwtClaims(token)).toEqual(jwtClaims(first));
  });
});

describe('GET /api/auth/proxy-token', () => {
  it('is a token of ours, or the one that another instance gives us', async () => {
    const asked: string[] = [];
    const theirs = `x.${Buffer.from('{"r":"public,follower"}').toString('base64url')}.x`;
    const get = async (as: string, peer: string) => {
      asked.push(`${as} at ${peer}`);
      if (peer === 'shut.test') throw new CloudilloError('peer.refused', 'no', { details: { status: 403 } });
      if (peer === 'away.test') throw new CloudilloError('network.refused', 'no');
      return theirs;
    };
    const own = await startInstance({ accessTokens: { get, with: async (_as, _peer, call) => call('x') } });
    const bearer = await own.bearer();
    const ask = (query: string, as = bearer) => own.get(`/api/auth/proxy-token${query}`, { bearer: as });
    for (const query of ['', '?idTag=alice.test']) {
      const { token, roles } = (await ask(query)).json().data;
      expect(roles).toEqual(ROLES);
      expect((await own.get('/api/profiles', { bearer: token })).statusCode).toBe(200);
    }
    expect((await ask('?idTag=bob.test')).json().data).toEqual({ token: theirs, roles: ['public', 'follower'] });
    expect(refusal(await ask('?idTag=shut.test'))).toEqual(DENIED);
    expect(refusal(await ask('?idTag=away.test'))).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    expect(refusal(await ask('?idTag=localhost/x'))).toEqual(INVALID);
    expect(refusal(await ask('?peer=bob.test'))).toEqual(INVALID);
    expect(refusal(await ask('', await own.bearer({ subject: 'bob.test', owner: false })))).toEqual(DENIED);
    expect(refusal(await own.get('/api/auth/proxy-token'))).toEqual(DENIED);
    expect(asked).toEqual(['bob.test', 'shut.test', 'away.test'].map((peer) => `alice.test at ${peer}`));
    await own.close();
  });
});

describe('the token exchange', () => {
  it('lets nobody in who is blocked, and shows whoever got in before only what is public', async () => {
    const bob = alice.peer('bob.test');
    const proxy = () => bob.sign({ t: 'PROXY', aud: 'alice.test', exp: alice.clock.now / 1000 + 60 });
    const before = (await alice.get(`/api/auth/access-token?token=${await proxy()}`)).json().data.token;
    expect((await alice.get('/api/outbox', { bearer: before })).statusCode).toBe(200);
    const treatment = { kind: 'treatment', tenant: 'alice.test', peer: 'bob.test', muted: false } as const;
    await alice.store.append([{ ...treatment, blocked: true, at: alice.clock.now }]);
    expect(refusal(await alice.get(`/api/auth/access-token?token=${await proxy()}`))).toEqual(DENIED);
    expect(refusal(await alice.get('/api/outbox', { bearer: before }))).toEqual(DENIED);
    await alice.store.append([{ ...treatment, blocked: false, at: alice.clock.now }]);
    expect((await alice.get('/api/outbox', { bearer: before })).statusCode).toBe(200);
  });
});

describe('access.json', () => {
  it('is read again when another process changed it', async () => {
    const other = createIdentities(alice.home);
    await setPassword(
      { identities: other, clock: clockOf(() => alice.clock.now) },
      { as: 'alice.test', password: 'another-horse-3' },
    );
    expect(refusal(await signIn())).toEqual(DENIED);
    expect((await signIn('another-horse-3')).statusCode).toBe(200);
  });

  it('that isn’t what it should be shuts the owner out, says nothing, and is left alone', async () => {
    writeFileSync(accessPath(), '{"apiKeys":[],"lastKeyId":0,"endedSessions":[],"pasword":1}');
    const answer = await signIn();
    expect(refusal(answer)).toEqual({ status: 500, code: 'E-CORE-INTERNAL' });
    expect(answer.body).not.toContain('pasword');
    expect(readFileSync(accessPath(), 'utf8')).toContain('pasword');
  });
});

it('the log tells who asked for what, and no secret', async () => {
  const lines: string[] = [];
  const log = (_level: string, message: string, fields: Record<string, unknown> = {}) => {
    const { err, ...rest } = fields;
    lines.push(
      `${message} ${JSON.stringify(rest)} ${err instanceof Error ? `${err.stack} ${JSON.stringify(err)}` : ''}`,
    );
  };
  const own = await startInstance({ log });
  const path = join(own.home, 'identities/alice.test/access.json');
  await keep(own, quickHash(PASSWORD));
  const { token } = (await own.post('/api/auth/login', { idTag: 'alice.test', password: PASSWORD })).json().data;
  await own.post('/api/auth/login', { idTag: 'alice.test', password: 'wrong-horse-1' });
  const { plaintextKey } = (await own.post('/api/auth/api-keys', {}, { bearer: token })).json().data;
  await own.get(`/api/auth/access-token?apiKey=${plaintextKey}`);
  await own.get('/api/auth/access-token?apiKey=cl_wrong-key');
  writeFileSync(path, '{');
  await own.post('/api/auth/login', { idTag: 'alice.test', password: PASSWORD });
  await own.get(`/api/auth/access-token?apiKey=${plaintextKey}`);
  await own.get('/api/profiles', { bearer: token });
  await own.close();
  const all = lines.join('\n');
  expect(all).toContain('/api/auth/login');
  expect(all).toContain('request failed');
  for (const secret of [PASSWORD, 'wrong-horse-1', 'wrong-key', plaintextKey, token]) expect(all).not.toContain(secret);
});
