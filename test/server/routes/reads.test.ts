import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import type { Visibility } from '../../../src/protocol/visibility.ts';
import { actionQuerySchema } from '../../../src/server/schemas/actions.ts';
import { type Instance, refusal, startInstance } from '../../support/instance.ts';

const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const UNAUTH = { status: 401, code: 'E-AUTH-UNAUTH' };
const NOT_FOUND = { status: 404, code: 'E-CORE-NOTFOUND' };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };

let alice: Instance;
beforeEach(async () => {
  alice = await startInstance({ idTags: ['alice.test', 'olga.test'] });
});
afterEach(() => alice.close());

let counter = 0;
async function post(v: Visibility, changes: Record<string, unknown> = {}): Promise<{ id: string; token: string }> {
  counter += 1;
  const token = await alice.owner('alice.test').sign({ t: 'POST:TEXT', c: `${v} ${counter}`, v, ...changes });
  const id = actionId(token);
  await alice.store.append([
    {
      kind: 'action',
      tenant: 'alice.test',
      actionId: id,
      token,
      direction: 'out',
      receivedAt: alice.clock.now,
      status: 'A',
      visibility: v,
    },
  ]);
  return { id, token };
}

async function relate(peer: string, flags: object): Promise<void> {
  const none = { following: false, follower: false, connected: false };
  await alice.store.append([{ kind: 'relation', tenant: 'alice.test', peer, ...none, ...flags, at: alice.clock.now }]);
}

interface Page {
  data: { actionId: string }[];
  cursorPagination: { nextCursor: string | null; hasMore: boolean };
}

const READERS = ['guest', 'stranger.test', 'follower.test', 'friend.test', 'alice.test'] as const;
async function bearerOf(reader: (typeof READERS)[number]): Promise<{ bearer?: string }> {
  if (reader === 'guest') return {};
  return { bearer: await alice.bearer({ subject: reader, owner: reader === 'alice.test' }) };
}

describe('visibility', () => {
  it.each([
    ['P', 5],
    ['V', 4],
    ['2', 3],
    ['F', 3],
    ['C', 2],
    ['S', 1],
    ['D', 1],
  ] as [Visibility, number][])(
    '%s is read by the %i closest, alone, in lists, in counts and in the outbox',
    async (v, count) => {
      await relate('follower.test', { follower: true });
      await relate('friend.test', { connected: true });
      const { id, token } = await post(v);
      for (const [index, reader] of READERS.entries()) {
        const may = index >= READERS.length - count;
        const as = await bearerOf(reader);
        const one = await alice.get(`/api/actions/${id}`, as);
        expect([reader, one.statusCode]).toEqual([reader, may ? 200 : 403]);
        if (may) expect(one.json().data.token).toBe(token);
        else expect(one.body).not.toContain(token);
        const list = (await alice.get('/api/actions', as)).json();
        expect([reader, list.data.length]).toEqual([reader, may ? 1 : 0]);
        const counted = (await alice.get('/api/actions?count=true', as)).json();
        expect(counted).toMatchObject({ data: [], cursorPagination: { count: may ? 1 : 0 } });
        if (reader === 'guest') continue;
        const { items } = (await alice.get('/api/outbox', as)).json().data;
        expect([reader, items]).toEqual([reader, may ? [{ token }] : []]);
      }
    },
  );

  it('personal actions are between the two, whatever their letter', async () => {
    const { id } = await post('P', { t: 'MSG', aud: 'friend.test', c: 'just us' });
    await relate('follower.test', { follower: true });
    expect((await alice.get(`/api/actions/${id}`, await bearerOf('friend.test'))).statusCode).toBe(200);
    expect(refusal(await alice.get(`/api/actions/${id}`, await bearerOf('follower.test')))).toEqual(DENIED);
    expect(refusal(await alice.get(`/api/actions/${id}`))).toEqual(DENIED);
  });

  it('one tenant’s actions aren’t at another’s host', async () => {
    const { id } = await post('P');
    expect(refusal(await alice.get(`/api/actions/${id}`, { tenant: 'olga.test' }))).toEqual(NOT_FOUND);
    expect((await alice.get('/api/actions', { tenant: 'olga.test' })).json().data).toEqual([]);
  });
});

describe('GET /api/actions', () => {
  it('pages through everything once, newest first, and stops', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) {
      ids.unshift((await post('P', { iat: alice.clock.now / 1000 + Math.floor(index / 2) })).id);
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = (await alice.get(`/api/actions?limit=3${cursor && `&cursor=${cursor}`}`)).json();
      seen.push(...page.data.map((view) => view.actionId));
      expect(page.cursorPagination.hasMore).toBe(page.cursorPagination.nextCursor !== null);
      cursor = page.cursorPagination.nextCursor;
    }
    expect(seen).toEqual(ids);
  });

  it('in pages of bearable size, though strangers write as much as a token holds', async () => {
    const bob = alice.peer('bob.test');
    const { id } = await post('P', { iat: 1000 });
    const ids = [id];
    for (let index = 1; index <= 20; index++) {
      const padding = 'x'.repeat(390_000);
      const claims = { t: 'CMNT', aud: 'alice.test', p: id, c: 'hi', v: 'P', f: padding, iat: 1000 + index };
      const token = await bob.sign(claims);
      expect((await alice.send(token)).statusCode).toBe(201);
      ids.unshift(actionId(token));
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const answer = await alice.get(`/api/actions?limit=100&includeTokens=true${cursor && `&cursor=${cursor}`}`);
      const { data, cursorPagination }: Page = answer.json();
      expect(data.length).toBeGreaterThan(0);
      expect(answer.body.length).toBeLessThan(10_000_000);
      seen.push(...data.map(({ actionId }) => actionId));
      cursor = cursorPagination.nextCursor;
    }
    expect(seen).toEqual(ids);
    const { cursorPagination } = (await alice.get('/api/actions?count=true')).json();
    expect(cursorPagination.count).toBe(ids.length);
  });

  it('filters by each field, and gives tokens when asked', async () => {
    const { id, token } = await post('P', { iat: 1000 });
    const later = await post('P', { t: 'CMNT', p: id, c: 'more', iat: 2000 });
    const ids = async (query: string) => {
      const { data } = (await alice.get(`/api/actions?${query}`)).json();
      return data.map((view: { actionId: string }) => view.actionId);
    };
    expect(await ids('type=POST')).toEqual([id]);
    expect(await ids('type=CMNT,REACT')).toEqual([later.id]);
    expect(await ids('status=A')).toEqual([later.id, id]);
    expect(await ids('limit=4294967295')).toEqual([later.id, id]);
    expect(await ids('status=C')).toEqual([]);
    expect(await ids('issuer=alice.test')).toEqual([later.id, id]);
    expect(await ids('issuer=bob.test')).toEqual([]);
    expect(await ids('audience=bob.test')).toEqual([]);
    expect(await ids(`parentId=${id}`)).toEqual([later.id]);
    expect(await ids(`rootId=${id}`)).toEqual([later.id, id]);
    expect(await ids(`subject=${id}`)).toEqual([]);
    expect(await ids('createdAfter=1000')).toEqual([later.id]);
    expect(await ids('createdAfter=1970-01-01T00:16:40Z')).toEqual([later.id]);
    const [view] = (await alice.get(`/api/actions?actionId=${id}&includeTokens=true`)).json().data;
    expect(view).toMatchObject({ actionId: id, token });
    expect((await alice.get(`/api/actions?actionId=${id}`)).json().data[0].token).toBeUndefined();
  });

  describe('by whose wall, between whom, and in what order', () => {
    let own: string;
    let wall: string;
    let dm: string;
    let told: string;
    let answer: string;
    const ids = async (query: string, reader: (typeof READERS)[number] = 'alice.test'): Promise<string[]> => {
      const { data }: Page = (await alice.get(`/api/actions?${query}`, await bearerOf(reader))).json();
      return data.map(({ actionId }) => actionId);
    };
    beforeEach(async () => {
      const friend = alice.peer('friend.test');
      await relate('friend.test', { following: true, connected: true });
      const arrive = async (claims: { t: string } & Record<string, unknown>) => {
        const token = await friend.sign(claims);
        expect((await alice.send(token)).statusCode).toBe(201);
        return actionId(token);
      };
      own = (await post('P', { iat: 1000 })).id;
      wall = await arrive({ t: 'POST', c: 'hi', aud: 'alice.test', v: 'P', iat: 2000 });
      dm = (await post('F', { t: 'MSG', c: 'psst', aud: 'friend.test', iat: 3000 })).id;
      told = await arrive({ t: 'POST', c: 'all', v: 'C', iat: 4000 });
      answer = (await post('P', { t: 'REACT:LIKE', c: undefined, sub: own, aud: 'alice.test', iat: 5000 })).id;
    });

    it('audience: what is for it, and its own that are for nobody', async () => {
      expect(await ids('audience=alice.test')).toEqual([answer, wall, own]);
      expect(await ids('audience=friend.test')).toEqual([told, dm]);
      expect(await ids('audience=alice.test&type=POST', 'guest')).toEqual([wall, own]);
      const count = (await alice.get('/api/actions?audience=alice.test&count=true')).json();
      expect(count.cursorPagination.count).toBe(3);
    });

    it('audienceType: persons and communities that were seen', async () => {
      expect(await ids('audienceType=personal')).toEqual([answer, told, dm, wall, own]);
      expect(await ids('audienceType=community')).toEqual([]);
    });

    it('involved: between it and whoever asks', async () => {
      expect(await ids('involved=friend.test')).toEqual([dm, wall]);
      expect(await ids('involved=alice.test', 'friend.test')).toEqual([dm, wall]);
      expect(await ids('involved=alice.test', 'guest')).toEqual([answer, wall, own]);
      expect(await ids('involved=alice.test')).toEqual([answer]);
    });

    it('visibility, createdBefore, excludeOwnIssuer, several subjects', async () => {
      expect(await ids('visibility=F,C')).toEqual([told, dm]);
      expect(await ids('createdBefore=3000')).toEqual([wall, own]);
      expect(await ids('createdBefore=1970-01-01T01:50:00%2B01:00&createdAfter=1000')).toEqual([wall]);
      expect(await ids('excludeOwnIssuer=true')).toEqual([told, wall]);
      expect(await ids(`subject=${own},${wall}`)).toEqual([answer]);
    });

    it('sortDir=asc: oldest first, also page by page', async () => {
      const all = [own, wall, dm, told, answer];
      expect(await ids('sort=created&sortDir=asc')).toEqual(all);
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query = `sortDir=asc&limit=2${cursor && `&cursor=${cursor}`}`;
        const page: Page = (await alice.get(`/api/actions?${query}`, await bearerOf('alice.test'))).json();
        seen.push(...page.data.map(({ actionId }) => actionId));
        cursor = page.cursorPagination.nextCursor;
      }
      expect(seen).toEqual(all);
    });

    it('includeSubject: what an action is about is in its view, as far as the reader may see it', async () => {
      const about = async (id: string, more = '') =>
        (await alice.get(`/api/actions?actionId=${id}${more}`)).json().data[0].subjectAction?.actionId;
      expect(await about(answer)).toBeUndefined();
      expect(await about(answer, '&includeSubject=true')).toBe(own);
      const hidden = (await post('P', { t: 'REACT:LOVE', c: undefined, sub: dm, aud: 'friend.test' })).id;
      expect(await about(hidden, '&includeSubject=true')).toBeUndefined();
    });

    it('spaces and empty entries of a list don’t count', async () => {
      expect(await ids('type=POST,%20REACT,&status=')).toEqual([answer, told, wall, own]);
    });
  });

  it.each(['FLLW', 'CONN', 'SUBS'])(
    'shows a %s that was rejected silently to its issuer, until a compaction drops it',
    async (t) => {
      const token = await alice.owner('alice.test').sign({ t, iss: 'follower.test', aud: 'alice.test' });
      const id = actionId(token);
      await alice.store.append([
        {
          kind: 'action',
          tenant: 'alice.test',
          actionId: id,
          token,
          direction: 'in',
          receivedAt: alice.clock.now,
          status: 'D',
        },
      ]);
      const issuer = await bearerOf('follower.test');
      const listed = async () => (await alice.get(`/api/actions?type=${t}`, issuer)).json().data.length;
      expect((await alice.get(`/api/actions/${id}`, issuer)).statusCode).toBe(200);
      expect(await listed()).toBe(1);
      await alice.store.compact({ now: alice.clock.now, endedBefore: 0, signal: new AbortController().signal });
      for (const as of [issuer, await bearerOf('alice.test')]) {
        expect((await alice.get(`/api/actions/${id}`, as)).statusCode).toBe(410);
      }
      expect((await alice.get(`/api/actions/${id}`)).statusCode).toBe(403);
      expect(await listed()).toBe(0);
    },
  );

  it('lists deleted ones to the owner only, and only when asked', async () => {
    const { id } = await post('P');
    await alice.store.append([
      { kind: 'status', tenant: 'alice.test', actionId: id, status: 'D', at: alice.clock.now },
    ]);
    const owner = await bearerOf('alice.test');
    expect((await alice.get('/api/actions', owner)).json().data).toEqual([]);
    expect((await alice.get('/api/actions?status=D', owner)).json().data).toHaveLength(1);
    expect((await alice.get('/api/actions?status=D')).json().data).toEqual([]);
    expect((await alice.get('/api/actions?status=D&count=true')).json().cursorPagination.count).toBe(0);
    expect((await alice.get(`/api/actions/${id}`)).statusCode).toBe(410);
    expect((await alice.get(`/api/actions/${id}`, owner)).json().data.status).toBe('D');
  });

  it.each([
    'limit=abc',
    'limit=0',
    'limit=-1',
    'limit=1&limit=2',
    'cursor=x',
    'createdAfter=soon',
    'createdAfter=2026-13-41',
    'count=yes',
    'type=post',
    'status=active',
    'includeTokens=1',
    'createdAfter=2026-11-22T17:56:47',
    'createdBefore=2026-11-22T99:00:00Z',
    'sortDir=up',
    // The network searches contents; all actions would be no answer to that.
    'search=cake',
    'unheardOf=1',
  ])('?%s is malformed', async (query) => expect(refusal(await alice.get(`/api/actions?${query}`))).toEqual(INVALID));

  it('a parameter that there is not is named', async () => {
    const answer = await alice.get('/api/actions?limit=5&unheardOf=1');
    expect(answer.json().error.message).toContain('"unheardOf"');
  });

  it.each([
    ['limit=0', actionQuerySchema.properties.limit.description],
    ['createdAfter=soon', actionQuerySchema.properties.createdAfter.description],
    ['type=post', actionQuerySchema.properties.type.description],
    ['sortDir=up', '"asc" or "desc"'],
  ])('?%s is told what it may be', async (query, meaning) => {
    const answer = await alice.get(`/api/actions?${query}`);
    const [name] = query.split('=', 1);
    expect(answer.json().error.message).toMatch(new RegExp(`/${name} must be .`));
    expect(answer.json().error.message.endsWith(` ${meaning}`)).toBe(true);
  });

  it('the singular path answers the same', async () => {
    const { id } = await post('P');
    const [plural, singular] = await Promise.all([alice.get(`/api/actions/${id}`), alice.get(`/api/action/${id}`)]);
    expect(singular.json().data).toEqual(plural.json().data);
    for (const path of ['action', 'actions']) {
      expect(refusal(await alice.get(`/api/${path}/a1~${'A'.repeat(43)}`))).toEqual(NOT_FOUND);
    }
  });
});

it('GET /api/outbox: the newest that make an answer of bearable size, oldest first, with what goes along', async () => {
  const stranger = await bearerOf('stranger.test');
  const f = 'x'.repeat(390_000);
  const tokens: string[] = [];
  for (let iat = 1000; iat < 1010; iat++) tokens.push((await post('P', { f, iat })).token);
  const outbox = async () => {
    const { data } = (await alice.get('/api/outbox', stranger)).json();
    return data.items as { token: string; related?: string[] }[];
  };
  const items = await outbox();
  expect(items.length).toBeGreaterThan(3);
  expect(items.length).toBeLessThan(tokens.length);
  expect(items.map(({ token }) => token)).toEqual(tokens.slice(-items.length));

  const bob = alice.peer('bob.test');
  await relate('bob.test', { following: true });
  for (let iat = 2000; iat < 2010; iat++) {
    const wall = await bob.sign({ t: 'POST:TEXT', aud: 'alice.test', c: 'hi', v: 'P', f, iat });
    expect((await alice.send(wall)).statusCode).toBe(201);
    await post('P', { t: 'APRV', c: undefined, aud: 'bob.test', sub: actionId(wall), iat });
  }
  const approvals = await outbox();
  expect(approvals.length).toBeGreaterThan(3);
  expect(approvals.length).toBeLessThan(10);
  expect(approvals.every(({ related }) => related?.length === 1)).toBe(true);
});

describe('Authorization', () => {
  it('is refused when it is bad, also where it is optional', async () => {
    await post('P');
    const good = await alice.bearer({ subject: 'bob.test', owner: false });
    const [head, body, signature] = good.split('.') as [string, string, string];
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const bad = [
      'garbage',
      `${none}.${body}.`,
      `${head}.${body}.${signature.slice(2)}`,
      await alice.owner('alice.test').sign({ t: 'PROXY', aud: 'alice.test', exp: alice.clock.now / 1000 + 60 }),
    ];
    for (const bearer of bad) expect(refusal(await alice.get('/api/actions', { bearer }))).toEqual(UNAUTH);
    const basic = await alice.get('/api/actions', { headers: { authorization: 'Basic YTpi' } });
    expect(refusal(basic)).toEqual(UNAUTH);
    expect((await alice.get('/api/actions', { bearer: good })).statusCode).toBe(200);
    alice.clock.now += 3600_000;
    expect(refusal(await alice.get('/api/actions', { bearer: good }))).toEqual(UNAUTH);
  });

  it('is good at its own tenant only', async () => {
    const bearer = await alice.bearer({ subject: 'bob.test', owner: false });
    expect(refusal(await alice.get('/api/actions', { bearer, tenant: 'olga.test' }))).toEqual(UNAUTH);
  });

  it('signed in as another hosted identity is not the owner', async () => {
    const { id } = await post('D');
    const bearer = await alice.bearer({ subject: 'olga.test', owner: true });
    expect(refusal(await alice.get(`/api/actions/${id}`, { bearer }))).toEqual(DENIED);
    expect(refusal(await alice.get('/api/profiles', { bearer }))).toEqual(DENIED);
  });

  it('a token for one file reads nothing else, not even as the owner', async () => {
    const { id } = await post('F');
    const bearer = await alice.bearer({ scope: `file:f1~${'A'.repeat(43)}:R` });
    expect(refusal(await alice.get(`/api/actions/${id}`, { bearer }))).toEqual(DENIED);
    expect((await alice.get('/api/actions', { bearer })).json().data).toEqual([]);
    expect(refusal(await alice.get('/api/outbox', { bearer }))).toEqual(DENIED);
    expect(refusal(await alice.get('/api/files', { bearer }))).toEqual(DENIED);
  });
});

describe('GET /api/auth/access-token', () => {
  const exchange = (token: string, more = '') => alice.get(`/api/auth/access-token?token=${token}${more}`);

  it('gives who proves itself an hour, and nothing more', async () => {
    const bob = alice.peer('bob.test');
    const now = alice.clock.now / 1000;
    const answer = await exchange(await bob.sign({ t: 'PROXY', aud: 'alice.test', exp: now + 60 }));
    expect(answer.statusCode).toBe(200);
    const { token } = answer.json().data;
    const payload = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    expect(payload).toEqual({ iss: 'alice.test', sub: 'bob.test', exp: now + 3600 });
    expect((await alice.get('/api/outbox', { bearer: token })).statusCode).toBe(200);
    expect(refusal(await alice.get('/api/profiles', { bearer: token }))).toEqual(DENIED);
    expect(alice.journal()).toBe('');
  });

  it('gives the identity itself the owner’s roles', async () => {
    const now = alice.clock.now / 1000;
    const answer = await exchange(
      await alice.owner('alice.test').sign({ t: 'PROXY', aud: 'alice.test', exp: now + 60 }),
    );
    expect((await alice.get('/api/profiles', { bearer: answer.json().data.token })).statusCode).toBe(200);
  });

  it('carries the scope', async () => {
    const bob = alice.peer('bob.test');
    const proxy = await bob.sign({ t: 'PROXY', aud: 'alice.test', exp: alice.clock.now / 1000 + 60 });
    const scope = `file:f1~${'A'.repeat(43)}:R`;
    const { token } = (await exchange(proxy, `&scope=${scope}`)).json().data;
    expect(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())).toMatchObject({ scope });
    expect(refusal(await exchange(proxy, '&scope=everything'))).toEqual(INVALID);
  });

  it('refuses whatever isn’t a short PROXY token for us', async () => {
    const bob = alice.peer('bob.test');
    const mallory = alice.peer('mallory.test');
    const now = alice.clock.now / 1000;
    const proxy = { t: 'PROXY', aud: 'alice.test', exp: now + 60 };
    const cases: [string, string, object][] = [
      ['for somebody else', await bob.sign({ ...proxy, aud: 'carol.test' }), DENIED],
      ['another type', await bob.sign({ t: 'FLLW', aud: 'alice.test', exp: now + 60 }), UNAUTH],
      ['a type that nobody knows', await bob.sign({ t: 'NOPE', aud: 'alice.test', exp: now + 60 }), UNAUTH],
      ['an action without its content', await bob.sign({ t: 'POST', exp: now + 60 }), UNAUTH],
      ['no end', await bob.sign({ t: 'PROXY', aud: 'alice.test' }), UNAUTH],
      ['too long', await bob.sign({ ...proxy, exp: now + 301 }), UNAUTH],
      ['expired', await bob.sign({ ...proxy, iat: now - 200, exp: now - 61 }), UNAUTH],
      ['forged', await mallory.sign({ ...proxy, iss: 'bob.test' }), UNAUTH],
      ['unknown issuer', await bob.sign({ ...proxy, iss: 'nobody.test' }), { status: 503, code: 'E-SYS-UNAVAIL' }],
      ['garbage', 'garbage', INVALID],
    ];
    for (const [name, token, expected] of cases) {
      expect({ name, ...refusal(await exchange(token)) }).toEqual({ name, ...expected });
    }
    expect(refusal(await alice.get('/api/auth/access-token'))).toEqual(UNAUTH);
  });
});

describe('profiles', () => {
  it('are the owner’s business', async () => {
    await relate('bob.test', { follower: true });
    expect(refusal(await alice.get('/api/profiles'))).toEqual(DENIED);
    expect(refusal(await alice.get('/api/profiles/bob.test', await bearerOf('friend.test')))).toEqual(DENIED);
    const owner = await bearerOf('alice.test');
    const { data } = (await alice.get('/api/profiles', owner)).json();
    expect(data.map(({ idTag }: { idTag: string }) => idTag)).toEqual(['alice.test', 'bob.test']);
    expect((await alice.get('/api/profiles/bob.test', owner)).json().data).toMatchObject({ follower: true });
    expect((await alice.get('/api/profiles/nobody.test', owner)).json().data).toBeNull();
  });
});
