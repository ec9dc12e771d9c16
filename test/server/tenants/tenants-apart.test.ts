import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentId } from '../../../src/protocol/content-id.ts';
import { encodeCursor } from '../../../src/protocol/cursor.ts';
import { parseDescriptor } from '../../../src/protocol/descriptor.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { addFile } from '../../../src/services/files/add-file.ts';
import { listRelations } from '../../../src/services/peers/list-relations.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, refusal, START, startInstance } from '../../support/instance.ts';
import { fakeToken } from '../../support/store-fixtures.ts';

const UNAUTH = { status: 401, code: 'E-AUTH-UNAUTH' };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const NOT_FOUND = { status: 404, code: 'E-CORE-NOTFOUND' };
const TENANTS = ['alice.test', 'olga.test'] as const;
type Tenant = (typeof TENANTS)[number];

let home: Instance;
beforeAll(async () => {
  home = await startInstance({ idTags: [...TENANTS] });
});
afterAll(() => home.close());

const READERS = ['guest', 'peer', 'owner'] as const;
type Reader = (typeof READERS)[number];

async function as(reader: Reader, tenant: Tenant) {
  if (reader === 'guest') return { tenant };
  const subject = reader === 'owner' ? tenant : 'bob.test';
  return { tenant, bearer: await home.bearer({ tenant, subject, owner: reader === 'owner' }) };
}

let counter = 0;
/** Stores an action; which tenant's it is stands in its text, so that a leak is seen wherever it comes out. */
async function act(tenant: Tenant, { v = 'P', ...claims }: Record<string, unknown> = {}): Promise<string> {
  counter += 1;
  const token = fakeToken({
    iss: tenant,
    t: 'POST',
    c: `of ${tenant} ${counter}`,
    v: v as string,
    iat: START / 1000 + counter,
    ...claims,
  });
  const { actionId } = decodeToken(token);
  const event = { tenant, actionId, token, direction: 'out', receivedAt: START, status: 'A' } as const;
  await home.store.append([{ kind: 'action', ...event, visibility: v as 'P' }]);
  return actionId;
}

async function keep(tenant: Tenant, fileName: string, bytes: string): Promise<string> {
  const file = {
    tenant,
    fileName,
    contentType: 'text/plain',
    source: Buffer.from(bytes),
    preset: 'file',
    maxBytes: 1000,
  };
  return (await addFile({ store: home.store, clock: clockOf(() => START) }, file as Parameters<typeof addFile>[1]))
    .fileId;
}

const pages = ['/api/actions', '/api/actions?includeTokens=true', '/api/actions?status=A,C,D,N,R,S'];

describe('two identities in one home', () => {
  it('whatever the one stores, no answer for the other changes', async () => {
    const visibility = fc.constantFrom('P', 'V', 'F', 'C', 'S', 'D');
    const kind = fc.constantFrom('action', 'comment', 'relation', 'treatment', 'peer', 'file', 'parked', 'delivery');
    const steps = fc.array(fc.record({ kind, v: visibility, n: fc.nat(5) }), { minLength: 1, maxLength: 12 });
    const own = await act('olga.test');
    await keep('olga.test', 'olga.txt', 'the same bytes');
    const relation = { peer: 'bob.test', following: true, follower: true, connected: false, at: 1 };
    await home.store.append([{ kind: 'relation', tenant: 'olga.test', ...relation }]);

    const everything = async () => {
      const answers: unknown[] = [];
      for (const reader of READERS) {
        const who = await as(reader, 'olga.test');
        const more = ['/api/actions?count=true', `/api/actions/${own}`, `/api/actions?parentId=${own}`, '/api/outbox'];
        for (const path of [...pages, ...more, '/api/files', '/api/profiles', '/api/profiles/bob.test', '/api/me']) {
          const answer = await home.get(path, { ...who, headers: { 'x-request-id': 'same' } });
          answers.push([reader, path, answer.statusCode, answer.body]);
        }
      }
      const { store, identities } = home;
      answers.push(await listRelations({ store, identities }, { as: 'olga.test' }));
      answers.push(store.deliveries({ tenant: 'olga.test' }), store.parked({ tenant: 'olga.test' }));
      return answers;
    };
    const before = await everything();
    await fc.assert(
      fc.asyncProperty(steps, async (todo) => {
        for (const { kind: what, v, n } of todo) await step(what, v, n, own);
        expect(await everything()).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });

  async function step(what: string, v: string, n: number, parent: string): Promise<void> {
    const [tenant, peer, at] = ['alice.test', n === 0 ? 'bob.test' : `p${n}.test`, START] as const;
    const actionId = contentId('a1', `${counter}`);
    switch (what) {
      case 'action':
        return void (await act('alice.test', { v }));
      case 'comment':
        return void (await act('alice.test', { v, t: 'CMNT', p: parent }));
      case 'relation':
        return home.store.append([
          { kind: 'relation', tenant, peer, following: n > 2, follower: n < 3, connected: n > 1, at },
        ]);
      case 'treatment':
        return home.store.append([{ kind: 'treatment', tenant, peer, blocked: n < 3, muted: n > 3, at }]);
      case 'peer':
        return home.store.append([
          { kind: 'peer', tenant, idTag: peer, name: `seen by alice ${n}`, type: 'person', at },
        ]);
      case 'file':
        return void (await keep('alice.test', `alice ${n}.txt`, n < 3 ? 'the same bytes' : `bytes ${n}`));
      case 'parked': {
        const token = fakeToken({ iss: peer });
        const parked = {
          tenant,
          actionId: decodeToken(token).actionId,
          token,
          issuer: peer,
          attempts: 1,
          nextAt: at,
          at,
        };
        return home.store.append([{ kind: 'parked', ...parked }]);
      }
      default:
        return home.store.append([
          { kind: 'delivery', tenant, actionId, to: peer, state: 'queued', attempts: 0, nextAt: at, at },
        ]);
    }
  }

  it('an action is found at its own host only, whoever asks', async () => {
    const id = await act('alice.test');
    for (const reader of READERS) {
      expect((await home.get(`/api/actions/${id}`, await as(reader, 'alice.test'))).statusCode).toBe(200);
      expect(refusal(await home.get(`/api/actions/${id}`, await as(reader, 'olga.test')))).toEqual(NOT_FOUND);
      const list = await home.get(`/api/actions?actionId=${id}`, await as(reader, 'olga.test'));
      expect(list.json().data).toEqual([]);
    }
  });

  it('a cursor of the one opens no page of the other', async () => {
    const theirs = await Promise.all([act('alice.test'), act('alice.test'), act('alice.test')]);
    const mine = await act('olga.test');
    const first = await home.get('/api/actions?limit=1', await as('owner', 'alice.test'));
    const { nextCursor } = first.json().cursorPagination;
    const future = encodeCursor({ createdAt: START / 1000 + 10_000, actionId: theirs[0] });
    for (const cursor of [nextCursor, future]) {
      const page = await home.get(`/api/actions?limit=100&cursor=${cursor}`, await as('owner', 'olga.test'));
      expect(page.body).not.toContain('of alice.test');
      const ids = page.json().data.map((view: { actionId: string }) => view.actionId);
      expect(ids.filter((id: string) => theirs.includes(id))).toEqual([]);
      if (cursor === future) expect(ids).toContain(mine);
    }
  });

  it('a file, its descriptor and its blob are at their own host only, though the blob is one on disk', async () => {
    const shared = await keep('alice.test', 'a.txt', 'bytes of both');
    expect(await keep('olga.test', 'o.txt', 'bytes of both')).toBe(shared);
    const single = await keep('alice.test', 'secret.txt', 'bytes of alice alone');
    const file = home.store.file('alice.test', single);
    const blobId = parseDescriptor(file?.descriptor ?? '').variants[0]?.blobId as string;
    expect(await home.store.blobs.has(blobId)).toBe(true);
    const olga = await as('owner', 'olga.test');
    for (const path of [single, `${single}/descriptor`, `${single}/metadata`, `variant/${blobId}`]) {
      expect([path, refusal(await home.get(`/api/files/${path}`, olga))]).toEqual([path, NOT_FOUND]);
      const own = await home.get(`/api/files/${path}`, await as('owner', 'alice.test'));
      expect([path, own.statusCode]).toEqual([path, 200]);
    }
    // The one makes it public: the other's copy stays as private as it was.
    await act('alice.test', { a: [shared] });
    expect((await home.get(`/api/files/${shared}`, { tenant: 'alice.test' })).statusCode).toBe(200);
    expect(refusal(await home.get(`/api/files/${shared}`, { tenant: 'olga.test' }))).toEqual(NOT_FOUND);
    const metadata = await home.get(`/api/files/${shared}/metadata`, olga);
    expect(metadata.json().data.fileName).toBe('o.txt');
  });

  it('a relation with the one opens nothing at the other; so does a block', async () => {
    const ids = { 'alice.test': await act('alice.test', { v: 'C' }), 'olga.test': await act('olga.test', { v: 'C' }) };
    const related = {
      kind: 'relation',
      peer: 'friend.test',
      following: true,
      follower: true,
      connected: true,
    } as const;
    await home.store.append([{ ...related, tenant: 'alice.test', at: 1 }]);
    const read = async (tenant: Tenant) => {
      const bearer = await home.bearer({ tenant, subject: 'friend.test', owner: false });
      return (await home.get(`/api/actions/${ids[tenant]}`, { tenant, bearer })).statusCode;
    };
    expect([await read('alice.test'), await read('olga.test')]).toEqual([200, 403]);
    await home.store.append([
      { ...related, tenant: 'olga.test', at: 2 },
      { kind: 'treatment', tenant: 'alice.test', peer: 'friend.test', blocked: true, muted: false, at: 2 },
    ]);
    expect([await read('alice.test'), await read('olga.test')]).toEqual([403, 200]);
  });

  it.each(['/api/me', '/api/actions', '/api/outbox', '/api/profiles', '/api/files'])(
    'an access token of the one is nothing at the other’s %s',
    async (path) => {
      for (const owner of [true, false]) {
        const bearer = await home.bearer({ tenant: 'alice.test', subject: owner ? 'alice.test' : 'bob.test', owner });
        const answer = await home.get(path, { tenant: 'olga.test', bearer });
        if (path === '/api/me') expect(answer.json().data.idTag).toBe('olga.test');
        else expect(refusal(answer)).toEqual(UNAUTH);
      }
    },
  );

  it('a PROXY token for the one is none for the other, and the one is a stranger at the other', async () => {
    const exp = START / 1000 + 60;
    const bob = home.peer('bob2.test');
    const token = await bob.sign({ t: 'PROXY', aud: 'alice.test', exp });
    expect(refusal(await home.get(`/api/auth/access-token?token=${token}`, { tenant: 'olga.test' }))).toEqual(DENIED);
    const proxy = await home.owner('alice.test').sign({ t: 'PROXY', aud: 'olga.test', exp });
    const answer = await home.get(`/api/auth/access-token?token=${proxy}`, { tenant: 'olga.test' });
    const bearer = answer.json().data.token as string;
    expect(refusal(await home.get('/api/profiles', { tenant: 'olga.test', bearer }))).toEqual(DENIED);
    const id = await act('olga.test', { v: 'F' });
    expect(refusal(await home.get(`/api/actions/${id}`, { tenant: 'olga.test', bearer }))).toEqual(DENIED);
  });

  it('an action that arrives for the one is nowhere in the other', async () => {
    const bob = home.peer('bob3.test');
    const token = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    expect(refusal(await home.post('/api/inbox/sync', { token }, { tenant: 'olga.test' })).status).toBe(400);
    expect((await home.post('/api/inbox/sync', { token }, { tenant: 'alice.test' })).statusCode).toBe(201);
    expect(home.store.relation('alice.test', 'bob3.test').follower).toBe(true);
    expect(home.store.relation('olga.test', 'bob3.test').follower).toBe(false);
    expect(home.store.peer('olga.test', 'bob3.test')).toBeNull();
  });
});
