import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionId } from '../../src/protocol/content-id.ts';
import { decodeCursor, encodeCursor } from '../../src/protocol/cursor.ts';
import type { Visibility } from '../../src/protocol/visibility.ts';
import { addFile } from '../../src/services/files/add-file.ts';
import { clockOf } from '../support/clock.ts';
import { type Instance, refusal, startInstance } from '../support/instance.ts';

/** Nearest last. */
const READERS = ['guest', 'blocked.test', 'stranger.test', 'follower.test', 'friend.test', 'alice.test'] as const;
type Reader = (typeof READERS)[number];

/** Something that is stored, and the mark that nobody else's answer may have in it. */
interface Secret {
  mark: string;
  id: string;
  token: string;
  fileId: string | null;
  /** What it answers: its token names it. */
  parent: string | null;
  readers: readonly Reader[];
}

const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const NEAREST: Record<Visibility, number> = { P: 6, V: 4, '2': 3, F: 3, C: 2, S: 1, D: 1 };

let alice: Instance;
let secrets: Secret[];
let bearers: Record<Reader, { bearer?: string }>;

beforeAll(async () => {
  alice = await startInstance({ idTags: ['alice.test', 'olga.test'] });
  const at = alice.clock.now;
  const none = { following: false, follower: false, connected: false };
  const relation = { kind: 'relation', tenant: 'alice.test', ...none, at } as const;
  await alice.store.append([
    { ...relation, peer: 'follower.test', follower: true },
    { ...relation, peer: 'friend.test', connected: true },
    // Everything that could open a door, had it not been blocked.
    { ...relation, peer: 'blocked.test', follower: true, connected: true },
    { kind: 'treatment', tenant: 'alice.test', peer: 'blocked.test', blocked: true, muted: false, at },
  ]);
  secrets = await Promise.all([
    ...(Object.keys(NEAREST) as Visibility[]).map((v, index) =>
      say('alice.test', { t: 'POST:TEXT', v, iat: at / 1000 + index }, nearest(NEAREST[v])),
    ),
    say('alice.test', { t: 'MSG', v: 'P', aud: 'friend.test' }, ['friend.test', 'alice.test']),
    say('alice.test', { t: 'MSG', v: 'F', aud: 'blocked.test' }, ['alice.test']),
    say('friend.test', { t: 'POST:TEXT', v: 'D', aud: 'alice.test' }, ['friend.test', 'alice.test']),
  ]);
  // A thread: what anybody may read answers what only the connected may.
  const hidden = await say('alice.test', { t: 'POST:TEXT', v: 'C', iat: at / 1000 - 9 }, nearest(2));
  const between = await say('alice.test', { t: 'CMNT', p: hidden.id, v: 'F', iat: at / 1000 - 8 }, nearest(3));
  const open = await say('alice.test', { t: 'CMNT', p: between.id, v: 'P', iat: at / 1000 - 7 }, nearest(6));
  secrets.push(hidden, between, open);
  const entries = READERS.map(async (reader) => [reader, await as(reader)] as const);
  bearers = Object.fromEntries(await Promise.all(entries)) as typeof bearers;
});
afterAll(() => alice.close());

const nearest = (count: number) => READERS.slice(READERS.length - count);

async function as(reader: Reader): Promise<{ bearer?: string }> {
  if (reader === 'guest') return {};
  return { bearer: await alice.bearer({ subject: reader, owner: reader === 'alice.test' }) };
}

let counter = 0;
async function say(
  issuer: string,
  claims: { t: string; v: Visibility; p?: string; [claim: string]: unknown },
  readers: readonly Reader[],
): Promise<Secret> {
  counter += 1;
  const mark = `secret-${counter}-${'x'.repeat(8)}`;
  const own = issuer === 'alice.test';
  let fileId: string | null = null;
  const draft = { c: mark, ...claims };
  if (own && draft.t.startsWith('POST')) {
    const deps = { store: alice.store, clock: clockOf(() => alice.clock.now) };
    const file = {
      tenant: 'alice.test',
      fileName: `${mark}.txt`,
      contentType: 'text/plain',
      source: Buffer.from(mark),
    };
    fileId = (await addFile(deps, file)).fileId;
  }
  const signer = own ? alice.owner(issuer) : alice.peer(issuer);
  const token = await signer.sign({ ...draft, ...(fileId && { a: [fileId] }) });
  const event = { tenant: 'alice.test', actionId: actionId(token), token, receivedAt: alice.clock.now } as const;
  const direction = own ? 'out' : 'in';
  await alice.store.append([{ kind: 'action', ...event, direction, status: 'A', visibility: draft.v }]);
  return { mark, id: event.actionId, token, fileId, parent: draft.p ?? null, readers };
}

/** Fails when an answer holds anything of what its reader may not see, but the parents that are named by what it may. */
function expectNothingOf(reader: Reader, what: string, body: string): void {
  const named = secrets.filter(({ readers }) => readers.includes(reader)).map(({ parent }) => parent);
  for (const { mark, id, token, fileId, readers } of secrets) {
    if (readers.includes(reader)) continue;
    const told = [mark, token, id, fileId].filter(
      (each) => each !== null && !named.includes(each) && body.includes(each),
    );
    expect({ reader, what, told }).toEqual({ reader, what, told: [] });
  }
}

const FILTERS = () => [
  '',
  'limit=1',
  'includeTokens=true',
  'type=POST,MSG,CMNT',
  'status=A,C,N,D,R,S',
  'issuer=alice.test',
  'issuer=friend.test',
  'audience=friend.test',
  'createdAfter=0',
  ...secrets.flatMap(({ id }) => [`actionId=${id}`, `parentId=${id}`, `rootId=${id}`, `subject=${id}`]),
];

describe.each(READERS)('what %s gets', (reader) => {
  const mine = () => secrets.filter(({ readers }) => readers.includes(reader));

  it('lists, by every filter, have what it may read, and the counts say as many', async () => {
    for (const filter of FILTERS()) {
      const answer = await alice.get(`/api/actions?${filter}`, bearers[reader]);
      expectNothingOf(reader, filter, answer.body);
      const page = answer.json();
      const counted = await alice.get(`/api/actions?${filter}&count=true`, bearers[reader]);
      const { count, hasMore, nextCursor } = counted.json().cursorPagination;
      expect([counted.json().data, hasMore, nextCursor]).toEqual([[], false, null]);
      const isPage = filter === 'limit=1' && count > 1;
      expect([filter, isPage ? 1 : count]).toEqual([filter, page.data.length]);
      expect(page.cursorPagination.hasMore).toBe(isPage);
    }
    const all = (await alice.get('/api/actions?limit=100', bearers[reader])).json();
    const ids = all.data.map(({ actionId: id }: { actionId: string }) => id).sort();
    expect(ids).toEqual(
      mine()
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('cursors: its own name only what it saw; another’s gives no more than its own pages', async () => {
    const seen = new Set<string>();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await alice.get(`/api/actions?limit=1${cursor && `&cursor=${cursor}`}`, bearers[reader]);
      const { data, cursorPagination } = answer.json();
      expect(data).toHaveLength(1);
      seen.add(data[0].actionId);
      cursor = cursorPagination.nextCursor as string | null;
      // A last page that says "more" would tell of what is hidden behind it.
      if (cursor !== null) expect(decodeCursor(cursor).actionId).toBe(data[0].actionId);
    }
    expect(seen).toEqual(new Set(mine().map(({ id }) => id)));
    for (const { id } of secrets) {
      const row = alice.store.row('alice.test', id);
      const cursor = encodeCursor({ createdAt: row?.createdAt as number, actionId: id });
      const answer = await alice.get(`/api/actions?cursor=${cursor}&limit=100`, bearers[reader]);
      expect(answer.statusCode).toBe(200);
      expectNothingOf(reader, 'a foreign cursor', answer.body);
    }
  });

  it('one action: all of it, or 403 and nothing', async () => {
    for (const { id, readers } of secrets) {
      for (const path of [`/api/actions/${id}`, `/api/action/${id}`]) {
        const answer = await alice.get(path, bearers[reader]);
        expectNothingOf(reader, path, answer.body);
        if (readers.includes(reader)) expect(answer.json().data.actionId).toBe(id);
        else expect(refusal(answer)).toEqual(DENIED);
        const head = await alice.app.inject({ method: 'HEAD', url: path, headers: headersOf(reader) });
        expect([head.statusCode, head.body]).toEqual([answer.statusCode, '']);
      }
    }
  });

  it('the outbox: what it may read', async () => {
    for (const query of ['', '?since=0', '?limit=1']) {
      const answer = await alice.get(`/api/outbox${query}`, bearers[reader]);
      expectNothingOf(reader, `outbox${query}`, answer.body);
      if (reader === 'guest' || reader === 'blocked.test') {
        expect(refusal(answer)).toEqual(DENIED);
        continue;
      }
      const tokens = answer.json().data.items.map(({ token }: { token: string }) => token);
      expect(tokens.length).toBeGreaterThan(0);
      expect(mine().map(({ token }) => token)).toEqual(expect.arrayContaining(tokens));
    }
  });

  it('files: by the actions that attach them; neither ranges nor conditions nor variants help', async () => {
    for (const { mark, fileId, readers } of secrets) {
      if (fileId === null) continue;
      const may = readers.includes(reader);
      const { descriptor } = alice.store.file('alice.test', fileId) as { descriptor: string };
      const blob = /b1~[\w-]{43}/.exec(descriptor)?.[0] as string;
      for (const path of [`files/${fileId}`, `file/${fileId}`, `files/variant/${blob}`]) {
        for (const headers of [
          {},
          { range: 'bytes=0-3' },
          { 'if-none-match': `"${blob}"` },
          { 'if-none-match': '*' },
        ]) {
          const answer = await alice.get(`/api/${path}`, { ...bearers[reader], headers: headers as never });
          expect([path, answer.statusCode < 400]).toEqual([path, may]);
          if (may) continue;
          expect(refusal(answer)).toEqual({ status: 404, code: 'E-CORE-NOTFOUND' });
          expect(JSON.stringify([answer.headers, answer.body])).not.toContain(mark);
          expect(JSON.stringify(answer.headers)).not.toContain(blob);
        }
      }
      for (const part of ['descriptor', 'metadata']) {
        const answer = await alice.get(`/api/files/${fileId}/${part}`, bearers[reader]);
        expect([part, answer.statusCode]).toEqual([part, may ? 200 : 404]);
        if (!may) expect(answer.body).not.toContain(blob);
      }
    }
    const list = await alice.get('/api/files', bearers[reader]);
    expectNothingOf(reader, 'files', list.body);
  });

  it('what is the owner’s alone tells others nothing', async () => {
    for (const path of [
      '/api/profiles',
      '/api/profiles/friend.test',
      '/api/profiles/nobody.test',
      '/api/auth/api-keys',
    ]) {
      const answer = await alice.get(path, bearers[reader]);
      if (reader === 'alice.test') {
        expect([path, answer.statusCode]).toEqual([path, 200]);
        continue;
      }
      // The same for who is known and who isn't.
      expect({ path, ...refusal(answer) }).toEqual({ path, ...DENIED });
    }
  });

  it('nothing at the host of another identity, where its token is refused', async () => {
    for (const path of [
      '/api/actions',
      `/api/actions/${secrets[0]?.id}`,
      '/api/outbox',
      '/api/profiles',
      '/api/files',
    ]) {
      const answer = await alice.get(path, { tenant: 'olga.test', ...bearers[reader] });
      expectNothingOf(reader === 'alice.test' ? 'guest' : reader, path, answer.body);
      if (reader !== 'guest') expect(answer.statusCode).toBe(401);
    }
  });
});

it('a token for one file reads as a guest everywhere else', async () => {
  const file = secrets.find(({ readers, fileId }) => readers.length === 1 && fileId !== null) as Secret;
  const bearer = await alice.bearer({ scope: `file:${file.fileId}:W` });
  expect((await alice.get(`/api/files/${file.fileId}`, { bearer })).body).toBe(file.mark);
  for (const path of ['/api/actions?includeTokens=true', '/api/actions?count=true', '/api/files', '/api/outbox']) {
    const [scoped, guest] = [await alice.get(path, { bearer }), await alice.get(path)];
    expectNothingOf('guest', path, scoped.body);
    const plain = ({ data, cursorPagination, error }: Record<string, unknown>) => ({ data, cursorPagination, error });
    expect(plain(scoped.json())).toEqual(plain(guest.json()));
  }
});

function headersOf(reader: Reader): Record<string, string> {
  const { bearer } = bearers[reader];
  return { host: 'cl-o.alice.test', ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) };
}
