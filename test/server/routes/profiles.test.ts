import { Value } from '@sinclair/typebox/value';
import type { LightMyRequestResponse } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { apiHost } from '../../../src/protocol/id-tag.ts';
import {
  knownProfileAnswerSchema,
  profileListSchema,
  profilePatchAnswerSchema,
  treatmentPatchAnswerSchema,
} from '../../../src/server/schemas/profile.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, refusal, startInstance } from '../../support/instance.ts';
import { type RecordedExchange, recorded } from '../../support/recorded.ts';

const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const UNAUTH = { status: 401, code: 'E-AUTH-UNAUTH' };
const NOT_FOUND = { status: 404, code: 'E-CORE-NOTFOUND' };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };

let alice: Instance;
let owner: { bearer: string };
beforeEach(async () => {
  alice = await startInstance({ idTags: ['alice.test', 'olga.test'] });
  owner = { bearer: await alice.bearer() };
});
afterEach(() => alice.close());

/** As the network's client sends it: JSON, whatever it is. */
function patch(
  url: string,
  body: unknown,
  { bearer, tenant = 'alice.test' }: { bearer?: string; tenant?: string } = {},
) {
  return alice.app.inject({
    method: 'PATCH',
    url,
    headers: {
      host: apiHost(tenant),
      'content-type': 'application/json',
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  }) as Promise<LightMyRequestResponse>;
}

async function relate(peer: string, flags: object = {}): Promise<void> {
  const none = { following: false, follower: false, connected: false };
  await alice.store.append([{ kind: 'relation', tenant: 'alice.test', peer, ...none, ...flags, at: alice.clock.now }]);
}

const strangers = async () => ({
  guest: {},
  peer: { bearer: await alice.bearer({ subject: 'bob.test', owner: false }) },
  'other tenant’s owner': { bearer: await alice.bearer({ tenant: 'olga.test', subject: 'olga.test' }) },
});

describe('PATCH /api/me', () => {
  it.each(['\n', 'a\nb', '\r', '\u2028', '', '__proto__'])(
    'the value under the name %j has to be a text',
    async (name) => {
      const body = `{"x":{${JSON.stringify(name)}:{}}}`;
      const answer = await patch('/api/me', JSON.parse(body), owner);
      expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'E-VAL-INVALID']);
    },
  );

  it('changes the profile at once, ETag and all, and nobody else’s', async () => {
    const before = await alice.get('/api/me');
    const answer = await patch('/api/me', { name: 'Alice L.', x: { about: 'rabbit holes' } }, owner);
    expect(answer.statusCode).toBe(200);
    expect([...Value.Errors(profilePatchAnswerSchema, answer.json())]).toEqual([]);
    const profile = { idTag: 'alice.test', name: 'Alice L.', type: 'person', x: { about: 'rabbit holes' } };
    expect(answer.json().data).toEqual({ profile });
    const after = await alice.get('/api/me', { headers: { 'if-none-match': before.headers['etag'] as string } });
    expect(after.statusCode).toBe(200);
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
    expect(after.json().data.name).toBe('Alice L.');
    expect((await alice.get('/api/me', { tenant: 'olga.test' })).json().data.name).toBe('Olga');
    // What clients keep with it is between them and the owner.
    expect(after.body).not.toContain('rabbit');
    expect((await patch('/api/me', { x: { about: null } }, owner)).json().data.profile).not.toHaveProperty('x');
    expect((await patch('/api/me', {}, owner)).json().data.profile.name).toBe('Alice L.');
  });

  it.each([
    ['an unknown field', { surname: 'L.' }],
    ['a type, which is no client’s business', { type: 'community' }],
    ['a number for a name', { name: 7 }],
    ['no name', { name: '' }],
    ['a control character', { name: 'a\u0007' }],
    ['a list for x', { x: [] }],
    ['a number in x', { x: { a: 1 } }],
    ['33 fields', { x: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`f${n}`, 'x'])) }],
    ['a field of 4097 bytes', { x: { a: 'é'.repeat(2049) } }],
    ['a field name of 257 bytes', { x: { ['a'.repeat(257)]: '' } }],
    ['a prototype', '{"x":{"__proto__":"x"}}'],
    ['no object', '[]'],
    ['no JSON', '{'],
  ])('%s is refused, and nothing changes', async (_, body) => {
    const before = (await alice.get('/api/me')).headers['etag'];
    expect(refusal(await patch('/api/me', body, owner))).toEqual(INVALID);
    expect((await alice.get('/api/me')).headers['etag']).toBe(before);
  });

  it('is the owner’s', async () => {
    const { guest, peer, ...others } = await strangers();
    expect(refusal(await patch('/api/me', { name: 'M' }, guest))).toEqual(DENIED);
    expect(refusal(await patch('/api/me', { name: 'M' }, peer))).toEqual(DENIED);
    for (const one of Object.values(others))
      expect(refusal(await patch('/api/me', { name: 'M' }, one))).toEqual(UNAUTH);
    const fileOnly = await alice.bearer({ scope: `file:f1~${'A'.repeat(43)}:W` });
    expect(refusal(await patch('/api/me', { name: 'M' }, { bearer: fileOnly }))).toEqual(DENIED);
    expect((await alice.get('/api/me')).json().data.name).toBe('Alice');
  });
});

describe('GET /api/profiles', () => {
  const list = async (query = '') => {
    const answer = await alice.get(`/api/profiles${query}`, owner);
    expect([...Value.Errors(profileListSchema, answer.json())]).toEqual([]);
    return answer.json().data as { idTag: string; status?: string; connected: boolean | 'R' }[];
  };
  const names = async (query: string) => (await list(query)).map(({ idTag }) => idTag);

  it('filters by everything that it shows', async () => {
    await relate('bob.test', { following: true });
    await relate('carol.test', { connected: true, following: true, follower: true });
    await patch('/api/profiles/carol.test', { status: 'M' }, owner);
    await patch('/api/profiles/mallory.test', { status: 'B' }, owner);
    const peer = { kind: 'peer', tenant: 'alice.test', at: 1 } as const;
    await alice.store.append([
      { ...peer, idTag: 'bob.test', name: 'The Club', type: 'community' },
      { ...peer, idTag: 'carol.test', name: 'Carol', type: 'person' },
    ]);
    expect((await list()).map(({ idTag, status }) => [idTag, status])).toEqual([
      ['alice.test', undefined],
      ['bob.test', undefined],
      ['carol.test', 'M'],
      ['mallory.test', 'B'],
    ]);
    const cases: [string, string[]][] = [
      ['?idTag=BOB.test', ['bob.test']],
      ['?idTag=nobody.test', []],
      ['?type=community', ['bob.test']],
      ['?status=B', ['mallory.test']],
      ['?status=M,B', ['carol.test', 'mallory.test']],
      ['?status=A', ['alice.test', 'bob.test']],
      ['?connected=true', ['carol.test']],
      ['?connected=R', []],
      ['?following=true', ['bob.test', 'carol.test']],
      ['?following=true&connected=false', ['bob.test']],
      ['?follower=true', ['carol.test']],
      ['?trustSet=true', []],
      ['?trustSet=false', ['alice.test', 'bob.test', 'carol.test', 'mallory.test']],
      ['?q=CLUB', ['bob.test']],
      ['?q=.test', ['alice.test', 'bob.test', 'carol.test', 'mallory.test']],
    ];
    for (const [query, expected] of cases) expect([query, await names(query)]).toEqual([query, expected]);
  });

  it('says R while our CONN waits', async () => {
    const token = await alice.owner('alice.test').sign({ t: 'CONN', aud: 'bob.test', v: 'F' });
    const { actionId } = (await import('../../../src/protocol/token.ts')).decodeToken(token);
    const action = { tenant: 'alice.test', actionId, token, direction: 'out', receivedAt: 1, status: 'A' } as const;
    await alice.store.append([{ kind: 'action', ...action, visibility: 'F' }]);
    await relate('bob.test', { following: true });
    expect(await names('?connected=R')).toEqual(['bob.test']);
    const one = await alice.get('/api/profiles/bob.test', owner);
    expect([...Value.Errors(knownProfileAnswerSchema, one.json())]).toEqual([]);
    expect(one.json().data.connected).toBe('R');
    await relate('bob.test', { following: true, connected: true });
    expect((await alice.get('/api/profiles/bob.test', owner)).json().data.connected).toBe(true);
  });

  it.each([
    '?type=robot',
    '?status=b',
    '?connected=maybe',
    '?following=1',
    '?idTag=',
    '?idTag=no%20name',
    '?trusted=true',
  ])('%s is refused', async (query) => {
    expect(refusal(await alice.get(`/api/profiles${query}`, owner))).toEqual(INVALID);
  });

  it('is the owner’s, one of them too', async () => {
    await relate('bob.test', { follower: true });
    const { guest, peer } = await strangers();
    for (const path of ['/api/profiles', '/api/profiles/bob.test']) {
      expect(refusal(await alice.get(path, guest))).toEqual(DENIED);
      expect(refusal(await alice.get(path, peer))).toEqual(DENIED);
    }
    expect((await alice.get('/api/profiles/nobody.test', owner)).json().data).toBeNull();
  });
});

describe('PATCH /api/profiles/:idTag', () => {
  const treatment = () => alice.store.treatment('alice.test', 'bob.test');

  it.each([
    ['B', { blocked: true, muted: false }],
    ['M', { blocked: false, muted: true }],
    ['A', { blocked: false, muted: false }],
    ['T', { blocked: false, muted: false }],
    [null, { blocked: false, muted: false }],
  ])('%j sets the treatment', async (status, expected) => {
    await patch('/api/profiles/bob.test', { status: status === 'B' ? 'M' : 'B' }, owner);
    const answer = await patch('/api/profiles/bob.test', { status }, owner);
    expect([...Value.Errors(treatmentPatchAnswerSchema, answer.json())]).toEqual([]);
    expect([answer.statusCode, answer.json().data]).toEqual([200, {}]);
    expect(treatment()).toMatchObject(expected);
    await patch('/api/profiles/bob.test', {}, owner);
    expect(treatment()).toMatchObject(expected);
  });

  it('a block ends the relation', async () => {
    await relate('bob.test', { follower: true, following: true, connected: true });
    await patch('/api/profiles/bob.test', { status: 'B' }, owner);
    expect((await alice.get('/api/profiles/bob.test', owner)).json().data).toMatchObject({
      status: 'B',
      connected: false,
      following: false,
      follower: false,
    });
  });

  it.each([
    ['/api/profiles/bob.test', { status: 'S' }],
    ['/api/profiles/bob.test', { status: 'b' }],
    ['/api/profiles/bob.test', { status: true }],
    ['/api/profiles/bob.test', { connected: true }],
    ['/api/profiles/bob.test', '"B"'],
    ['/api/profiles/b_b.test', { status: 'B' }],
    ['/api/profiles/alice.test', { status: 'B' }],
  ])('%s %j is refused, and nothing changes', async (url, body) => {
    const before = alice.journal();
    expect(refusal(await patch(url, body, owner))).toEqual(INVALID);
    expect(alice.journal()).toBe(before);
  });

  it('is the owner’s', async () => {
    const { guest, peer } = await strangers();
    expect(refusal(await patch('/api/profiles/bob.test', { status: 'B' }, guest))).toEqual(DENIED);
    expect(refusal(await patch('/api/profiles/bob.test', { status: 'B' }, peer))).toEqual(DENIED);
    expect(treatment().blocked).toBe(false);
  });
});

describe('a blocked peer', () => {
  it('reads what a guest reads, whatever token it holds, and gets no new one', async () => {
    const { addFile } = await import('../../../src/services/files/add-file.ts');
    const { actionId } = await import('../../../src/protocol/content-id.ts');
    const bob = alice.peer('bob.test');
    await relate('bob.test', { follower: true, connected: true });
    const bearer = { bearer: await alice.bearer({ subject: 'bob.test', owner: false }) };
    const given = { tenant: 'alice.test', fileName: 'x', contentType: 'text/plain', source: Buffer.from('x') };
    const input = { ...given, preset: 'file', maxBytes: 100 } as Parameters<typeof addFile>[1];
    const { fileId } = await addFile({ store: alice.store, clock: clockOf(() => alice.clock.now) }, input);
    const ids: Record<string, string> = {};
    for (const v of ['P', 'V', 'F', 'C'] as const) {
      const token = await alice.owner('alice.test').sign({ t: 'POST', c: v, v, ...(v === 'F' && { a: [fileId] }) });
      ids[v] = actionId(token);
      const event = { tenant: 'alice.test', actionId: ids[v], token, receivedAt: 1, visibility: v } as const;
      await alice.store.append([{ kind: 'action', direction: 'out', status: 'A', ...event }]);
    }
    const message = await alice.owner('alice.test').sign({ t: 'MSG', aud: 'bob.test', c: 'just us' });
    const own = { tenant: 'alice.test', actionId: actionId(message), token: message, receivedAt: 1 } as const;
    await alice.store.append([{ kind: 'action', direction: 'out', status: 'A', visibility: 'F', ...own }]);
    const seen = async () => (await alice.get('/api/actions', bearer)).json().data.length;
    expect(await seen()).toBe(5);
    expect((await alice.get(`/api/files/${fileId}`, bearer)).statusCode).toBe(200);

    await patch('/api/profiles/bob.test', { status: 'B' }, owner);
    expect(await seen()).toBe(1);
    expect((await alice.get('/api/actions?count=true', bearer)).json().cursorPagination.count).toBe(1);
    for (const [v, id] of Object.entries(ids)) {
      expect([v, (await alice.get(`/api/actions/${id}`, bearer)).statusCode]).toEqual([v, v === 'P' ? 200 : 403]);
    }
    expect(refusal(await alice.get(`/api/actions/${own.actionId}`, bearer))).toEqual(DENIED);
    expect(refusal(await alice.get('/api/outbox', bearer))).toEqual(DENIED);
    expect(refusal(await alice.get(`/api/files/${fileId}`, bearer))).toEqual(NOT_FOUND);
    expect(refusal(await alice.get(`/api/files/${fileId}/descriptor`, bearer))).toEqual(NOT_FOUND);
    const proxy = await bob.sign({ t: 'PROXY', aud: 'alice.test', exp: alice.clock.now / 1000 + 60 });
    expect(refusal(await alice.get(`/api/auth/access-token?token=${proxy}`))).toEqual(DENIED);

    await patch('/api/profiles/bob.test', { status: null }, owner);
    expect((await alice.get(`/api/auth/access-token?token=${proxy}`)).statusCode).toBe(200);
    // A stranger again, who sees what was addressed to it.
    expect(await seen()).toBe(3);
  });
});

describe('POST /api/profiles/:idTag/refresh', () => {
  const wanted = recorded<RecordedExchange[]>('counts-pictures.json').find(
    ({ name }) => name === 'picture.refresh-at-peer',
  )?.response as { json: { data: Record<string, string> } };
  const { data } = wanted.json;
  let asked: string[];

  async function refresh(idTag: string, bearer?: string) {
    return alice.app.inject({
      method: 'POST',
      url: `/api/profiles/${idTag}/refresh`,
      headers: { host: 'cl-o.alice.test', ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) },
      payload: {},
    });
  }

  beforeEach(async () => {
    await alice.close();
    asked = [];
    alice = await startInstance({
      idTags: ['alice.test', 'olga.test'],
      refreshProfile: async (idTag) => {
        asked.push(idTag);
        if (idTag !== data['idTag'])
          throw new CloudilloError('dns.nxdomain', `${idTag} has no record`, { stage: 'dns' });
        const { name = '', profilePic = '' } = data;
        return { idTag, name, type: 'person', profilePic, keys: [], fetchedAt: alice.clock.now };
      },
    });
    owner = { bearer: await alice.bearer() };
  });

  it('fetches the profile now, keeps it, and answers as recorded', async () => {
    const answer = await refresh('dave.test', owner.bearer);
    expect(answer.statusCode).toBe(200);
    const { createdAt, ...rest } = answer.json().data;
    const { createdAt: theirs = '', ...others } = data;
    expect(rest).toEqual(others);
    expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(createdAt).toHaveLength(theirs.length);
    expect(alice.store.peer('alice.test', 'dave.test')).toMatchObject({ name: 'Dave', profilePic: data['profilePic'] });
    expect(alice.store.peer('olga.test', 'dave.test')).toBeNull();
    // The same profile again isn't written again.
    const { at } = alice.store.peer('alice.test', 'dave.test') ?? {};
    await refresh('dave.test', owner.bearer);
    expect(asked).toHaveLength(2);
    expect(alice.store.peer('alice.test', 'dave.test')?.at).toBe(at);
  });

  it('says why it could not', async () => {
    const answer = await refresh('nobody.test', owner.bearer);
    expect(answer.statusCode).toBe(503);
    expect(alice.store.peer('alice.test', 'nobody.test')).toBeNull();
  });

  it('asks nobody for a guest, about the owner, a blocked peer, or what is no name', async () => {
    const treatment = { peer: 'mallory.test', blocked: true, muted: false, at: 1 };
    await alice.store.append([{ kind: 'treatment', tenant: 'alice.test', ...treatment }]);
    expect((await refresh('dave.test')).statusCode).toBe(403);
    expect((await refresh('dave.test', await alice.bearer({ subject: 'bob.test', owner: false }))).statusCode).toBe(
      403,
    );
    for (const idTag of ['alice.test', 'mallory.test', 'no_name']) {
      expect([idTag, (await refresh(idTag, owner.bearer)).statusCode]).toEqual([idTag, 400]);
    }
    expect(asked).toEqual([]);
  });
});
