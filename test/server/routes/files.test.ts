import { readdirSync, readlinkSync, realpathSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { actionId, fileId as idOf } from '../../../src/protocol/content-id.ts';
import { parseDescriptor, type Variant } from '../../../src/protocol/descriptor.ts';
import { addFile } from '../../../src/services/files/add-file.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, refusal, startInstance } from '../../support/instance.ts';

const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const NOT_FOUND = { status: 404, code: 'E-CORE-NOTFOUND' };
const TENANT = 'alice.test';
const TEXT = 'Hello, file\n';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

let alice: Instance;
let owner: { bearer: string };
let hidden: string;
let open: string;
let image: string;
let blobs: { svg: string; thumbnail: string };

beforeAll(async () => {
  alice = await startInstance();
  owner = { bearer: await alice.bearer() };
  const deps = { store: alice.store, clock: clockOf(() => alice.clock.now) };
  const add = (text: string) =>
    addFile(deps, { tenant: TENANT, fileName: 'hello.txt', contentType: 'text/plain', source: Buffer.from(text) });
  hidden = (await add(TEXT)).fileId;
  open = (await add('for everybody')).fileId;
  blobs = { svg: await blob(SVG), thumbnail: await blob('tiny') };
  const descriptor = `d2,vis.sd:${blobs.svg}:f=svg:s=${SVG.length}:r=4x4;vis.tn:${blobs.thumbnail}:f=webp:s=4:r=1x1;vis.hd:${`b1~${'A'.repeat(43)}`}:f=png:s=9:r=8x8`;
  image = idOf(descriptor);
  const file = { fileId: image, descriptor, fileName: 'logo.svg', contentType: 'image/svg+xml' };
  await alice.store.append([{ kind: 'file', tenant: TENANT, ...file, at: alice.clock.now }]);
  await attach('P', [open, image]);
});
afterAll(() => alice.close());

async function blob(text: string): Promise<string> {
  return (await alice.store.blobs.write(Buffer.from(text))).id;
}

/** What this process has open. */
function openFiles(): string[] {
  const directory = '/proc/self/fd';
  return readdirSync(directory).flatMap((fd) => {
    try {
      return [readlinkSync(join(directory, fd))];
    } catch {
      return []; // Closed meanwhile.
    }
  });
}

async function attach(visibility: 'P' | 'F', a: string[]): Promise<void> {
  const token = await alice.owner(TENANT).sign({ t: 'POST:IMG', c: `look ${visibility}`, a, v: visibility });
  const event = { tenant: TENANT, actionId: actionId(token), token, receivedAt: alice.clock.now, visibility };
  await alice.store.append([{ kind: 'action', direction: 'out', status: 'A', ...event }]);
}

describe('who may read', () => {
  it('the owner everything, others what an action that they may read attaches', async () => {
    expect((await alice.get(`/api/files/${hidden}`, owner)).body).toBe(TEXT);
    expect(refusal(await alice.get(`/api/files/${hidden}`))).toEqual(NOT_FOUND);
    expect((await alice.get(`/api/files/${open}`)).body).toBe('for everybody');
    const follower = { bearer: await alice.bearer({ subject: 'bob.test', owner: false }) };
    expect(refusal(await alice.get(`/api/files/${hidden}`, follower))).toEqual(NOT_FOUND);
    const relation = { following: false, follower: true, connected: false, at: alice.clock.now };
    await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...relation }]);
    await attach('F', [hidden]);
    expect((await alice.get(`/api/files/${hidden}`, follower)).body).toBe(TEXT);
    expect(refusal(await alice.get(`/api/files/${hidden}`))).toEqual(NOT_FOUND);
    for (const part of ['descriptor', 'metadata']) {
      expect((await alice.get(`/api/files/${hidden}/${part}`, follower)).statusCode).toBe(200);
      expect(refusal(await alice.get(`/api/files/${hidden}/${part}`))).toEqual(NOT_FOUND);
    }
  });

  it('nobody opens a file of ours by naming it in an action of their own', async () => {
    const deps = { store: alice.store, clock: clockOf(() => alice.clock.now) };
    const mine = { tenant: TENANT, fileName: 'd', contentType: 'text/plain', source: Buffer.from('diary') };
    const { fileId } = await addFile(deps, mine);
    const mallory = alice.peer('mallory.test');
    const relation = { following: true, follower: true, connected: true, at: alice.clock.now };
    await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'mallory.test', ...relation }]);
    const post = await mallory.sign({ t: 'POST:IMG', c: 'look', a: [fileId], v: 'P' });
    expect((await alice.send(post)).statusCode).toBe(201);
    const reader = { bearer: await alice.bearer({ subject: 'mallory.test', owner: false }) };
    for (const who of [{}, reader]) expect(refusal(await alice.get(`/api/files/${fileId}`, who))).toEqual(NOT_FOUND);
  });

  it('a file of somebody else whose action brought it, as that action', async () => {
    const bob = alice.peer('bob.test');
    const bytes = Buffer.from('from bob');
    const { id } = await alice.store.blobs.write(bytes);
    const descriptor = `d2,orig:${id}:f=bin:s=8:r=0x0`;
    const file = { fileId: idOf(descriptor), descriptor, fileName: 'b', contentType: 'text/plain', owner: 'bob.test' };
    const relation = { following: true, follower: true, connected: false, at: alice.clock.now };
    await alice.store.append([
      { kind: 'file', tenant: TENANT, ...file, at: alice.clock.now },
      { kind: 'relation', tenant: TENANT, peer: 'bob.test', ...relation },
    ]);
    const metadata = (await alice.get(`/api/files/${file.fileId}/metadata`, owner)).json().data;
    expect(metadata).toMatchObject({ owner: { idTag: 'bob.test' }, creator: { idTag: 'bob.test' } });
    expect(refusal(await alice.get(`/api/files/${file.fileId}`))).toEqual(NOT_FOUND);
    await alice.send(await bob.sign({ t: 'POST:IMG', c: 'look', a: [file.fileId], v: 'P' }));
    expect((await alice.get(`/api/files/${file.fileId}`)).body).toBe('from bob');
    const viewOf = async (issuer: string) =>
      (await alice.get(`/api/actions?type=POST&issuer=${issuer}`, owner)).json().data[0];
    expect((await viewOf('bob.test')).attachments).toEqual([{ fileId: file.fileId, localVariants: ['orig'] }]);
    // Whoever else names it is told nothing of what is here, and may not share it with us.
    const carol = alice.peer('carol.test');
    await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'carol.test', ...relation }]);
    await alice.send(await carol.sign({ t: 'POST:IMG', c: 'look', a: [file.fileId], v: 'P' }));
    expect((await viewOf('carol.test')).attachments).toEqual([{ fileId: file.fileId }]);
    const c = { contentType: 'text/plain', fileName: 's', fileTp: 'BLOB' };
    const share = { t: 'FSHR', aud: TENANT, sub: file.fileId, c };
    expect(refusal(await alice.send(await carol.sign(share)))).toEqual(DENIED);
  });

  it('a token for one file is good for that file', async () => {
    const secret = await addFile(
      { store: alice.store, clock: clockOf(() => alice.clock.now) },
      { tenant: TENANT, fileName: 's', contentType: 'text/plain', source: Buffer.from('secret') },
    );
    const scoped = { bearer: await alice.bearer({ owner: true, scope: `file:${secret.fileId}:R` }) };
    expect((await alice.get(`/api/files/${secret.fileId}`, scoped)).body).toBe('secret');
    const other = { bearer: await alice.bearer({ owner: true, scope: `file:${open}:R` }) };
    expect(refusal(await alice.get(`/api/files/${secret.fileId}`, other))).toEqual(NOT_FOUND);
    // It narrows what its holder may: it opens nothing.
    const scope = `file:${secret.fileId}:R`;
    const stranger = { bearer: await alice.bearer({ subject: 'mallory.test', owner: false, scope }) };
    expect(refusal(await alice.get(`/api/files/${secret.fileId}`, stranger))).toEqual(NOT_FOUND);
  });

  it('a file that one may not read is answered as one that is not here', async () => {
    const deps = { store: alice.store, clock: clockOf(() => alice.clock.now) };
    const secret = { tenant: TENANT, fileName: 's', contentType: 'text/plain', source: Buffer.from('guessed') };
    const { fileId } = await addFile(deps, secret);
    const { blobId } = parseDescriptor(alice.store.file(TENANT, fileId)?.descriptor ?? '').variants[0] as Variant;
    const stranger = { bearer: await alice.bearer({ subject: 'mallory.test', owner: false }) };
    const look = async (id: string, path: string, who: object) => {
      const answer = await alice.get(path.replace('ID', id), who);
      const { 'x-request-id': _, date, ...headers } = answer.headers;
      const { error } = answer.json();
      return { status: answer.statusCode, headers, error: { ...error, requestId: null } };
    };
    const { blobs } = alice.store;
    const reads = ['size', 'has', 'read'].map((name) => vi.spyOn(blobs, name as 'size'));
    for (const who of [{}, stranger, { headers: { range: 'bytes=0-1', 'if-none-match': '*' } }]) {
      for (const base of ['/api/files', '/api/file']) {
        for (const tail of ['ID', 'ID?variant=orig', 'ID/descriptor', 'ID/metadata', 'variant/ID']) {
          const [here, prefix] = tail.startsWith('variant/') ? [blobId, 'b1~'] : [fileId, 'f1~'];
          const answer = await look(here, `${base}/${tail}`, who);
          expect(answer.status).toBe(404);
          expect(answer).toEqual(await look(`${prefix}${'C'.repeat(43)}`, `${base}/${tail}`, who));
        }
      }
    }
    for (const read of reads) expect(read).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it('whom it is shared with', async () => {
    const shared = await addFile(
      { store: alice.store, clock: clockOf(() => alice.clock.now) },
      { tenant: TENANT, fileName: 's', contentType: 'text/plain', source: Buffer.from('shared') },
    );
    const carol = { bearer: await alice.bearer({ subject: 'carol.test', owner: false }) };
    expect(refusal(await alice.get(`/api/files/${shared.fileId}`, carol))).toEqual(NOT_FOUND);
    const c = { contentType: 'text/plain', fileName: 's', fileTp: 'BLOB' };
    const token = await alice.owner(TENANT).sign({ t: 'FSHR', aud: 'carol.test', sub: shared.fileId, c });
    const event = { tenant: TENANT, actionId: actionId(token), token, receivedAt: alice.clock.now } as const;
    await alice.store.append([{ kind: 'action', direction: 'out', status: 'A', visibility: 'F', ...event }]);
    expect((await alice.get(`/api/files/${shared.fileId}`, carol)).body).toBe('shared');
  });
});

describe('answers', () => {
  it('say what they are, and for whom caches may keep them', async () => {
    const answer = await alice.get(`/api/files/${open}`);
    const descriptor = (await alice.get(`/api/files/${open}/descriptor`)).json().data;
    expect(idOf(descriptor)).toBe(open);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '13',
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-cloudillo-variant': expect.stringMatching(/^b1~/),
      'x-cloudillo-variants': descriptor,
      'x-content-type-options': 'nosniff',
    });
    const mine = await alice.get(`/api/files/${hidden}`, owner);
    expect(mine.headers['cache-control']).toBe('private, max-age=31536000, immutable');
    const again = await alice.get(`/api/files/${open}`, {
      headers: { 'if-none-match': answer.headers.etag as string },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('a cache of one browser doesn’t show the files of one user to another', async () => {
    const mine = await alice.get(`/api/files/${hidden}`, owner);
    const unchanged = await alice.get(`/api/files/${hidden}`, {
      ...owner,
      headers: { 'if-none-match': mine.headers.etag as string },
    });
    for (const { headers } of [mine, unchanged]) expect(headers.vary).toMatch(/^origin, .*, authorization$/);
    expect((await alice.get(`/api/files/${open}`)).headers.vary).not.toContain('authorization');
  });

  it('HEAD answers 304 as GET does', async () => {
    const headers = { host: 'cl-o.alice.test' };
    for (const url of [`/api/files/${open}`, '/api/me']) {
      const { etag } = (await alice.get(url)).headers as { etag: string };
      const head = await alice.app.inject({ method: 'HEAD', url, headers: { ...headers, 'if-none-match': etag } });
      expect([url, head.statusCode, head.headers.etag, head.body]).toEqual([url, 304, etag, '']);
    }
  });

  it('variants: the wanted one, the best that is here, and by blob ID', async () => {
    expect((await alice.get(`/api/files/${image}?variant=vis.tn`)).body).toBe('tiny');
    const best = await alice.get(`/api/files/${image}`);
    expect(best.body).toBe(SVG);
    expect(best.headers['x-cloudillo-variant']).toBe(blobs.svg);
    expect((await alice.get(`/api/files/variant/${blobs.thumbnail}`)).body).toBe('tiny');
    // Of what isn't here, the next smaller one.
    expect((await alice.get(`/api/files/${image}?variant=vis.hd`)).body).toBe(SVG);
    expect(refusal(await alice.get(`/api/files/variant/b1~${'B'.repeat(43)}`))).toEqual(NOT_FOUND);
    expect(refusal(await alice.get(`/api/files/f1~${'B'.repeat(43)}`))).toEqual(NOT_FOUND);
    expect(refusal(await alice.get(`/api/files/${image}?variant=../x`))).toEqual({
      status: 400,
      code: 'E-VAL-INVALID',
    });
  });

  it('what could run scripts must not', async () => {
    const { headers } = await alice.get(`/api/files/${image}`);
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': "script-src 'none'",
      'x-content-type-options': 'nosniff',
    });
  });

  it.each([
    ['bytes=0-3', 206, 'Hell', 'bytes 0-3/12'],
    ['bytes=7-', 206, 'file\n', 'bytes 7-11/12'],
    ['bytes=-5', 206, 'file\n', 'bytes 7-11/12'],
    ['bytes=-500', 206, TEXT, 'bytes 0-11/12'],
    ['bytes=11-99', 206, '\n', 'bytes 11-11/12'],
    ['Bytes=0-3', 206, 'Hell', 'bytes 0-3/12'],
    ['bytes=3-1', 200, TEXT, undefined],
    ['bytes=0-1,3-4', 200, TEXT, undefined],
    ['bytes=x', 200, TEXT, undefined],
    ['lines=1-2', 200, TEXT, undefined],
  ])('Range: %s → %i', async (range, status, body, contentRange) => {
    const answer = await alice.get(`/api/files/${hidden}`, { ...owner, headers: { range } });
    expect([answer.statusCode, answer.body, answer.headers['content-range']]).toEqual([status, body, contentRange]);
  });

  it.each(['bytes=12-', 'bytes=999-1000', 'bytes=-0'])('Range: %s is outside', async (range) => {
    const answer = await alice.get(`/api/files/${hidden}`, { ...owner, headers: { range } });
    expect(refusal(answer)).toEqual({ status: 416, code: 'E-VAL-INVALID' });
    expect(answer.headers['content-range']).toBe('bytes */12');
  });

  it('If-Range makes the range count for these very bytes only', async () => {
    const { etag } = (await alice.get(`/api/files/${hidden}`, owner)).headers as { etag: string };
    const ask = (ifRange: string, range = 'bytes=0-3') =>
      alice.get(`/api/files/${hidden}`, { ...owner, headers: { range, 'if-range': ifRange } });
    expect(await ask(etag)).toMatchObject({ statusCode: 206, body: 'Hell' });
    for (const other of [`W/${etag}`, '"b1~other"', 'Sun, 22 Nov 2026 18:00:00 GMT', '', '"', etag.slice(1)]) {
      expect(await ask(other)).toMatchObject({ statusCode: 200, body: TEXT });
    }
    // Not looked at when the bytes are others: no 416 for a part that the new ones don't have.
    expect((await ask('"b1~other"', 'bytes=999-')).statusCode).toBe(200);
    expect((await ask(etag, 'bytes=999-')).statusCode).toBe(416);
  });

  it.each(['', 'bytes=0-3', 'bytes=999-'])(
    'HEAD tells the size and sends nothing, whatever range: %s',
    async (range) => {
      const answer = await alice.app.inject({
        method: 'HEAD',
        url: `/api/files/${open}`,
        headers: { host: 'cl-o.alice.test', ...(range && { range }) },
      });
      expect([answer.statusCode, answer.headers['content-length'], answer.body]).toEqual([200, '13', '']);
    },
  );

  it.skipIf(process.platform !== 'linux')('HEAD leaves the file alone, however large it is', async () => {
    const file = await addFile(
      { store: alice.store, clock: clockOf(() => alice.clock.now) },
      { tenant: TENANT, fileName: 'l', contentType: 'text/plain', source: Buffer.from('large') },
    );
    const blobId = (await alice.get(`/api/files/${file.fileId}`, owner)).headers['x-cloudillo-variant'] as string;
    const path = join(alice.home, 'blobs', blobId.slice(3, 5), blobId);
    const size = 8 * 1024 ** 3;
    truncateSync(path, size);
    const answer = await alice.app.inject({
      method: 'HEAD',
      url: `/api/files/${file.fileId}`,
      headers: { host: 'cl-o.alice.test', authorization: `Bearer ${owner.bearer}` },
    });
    expect([answer.statusCode, answer.headers['content-length']]).toEqual([200, String(size)]);
    await expect.poll(openFiles).not.toContain(realpathSync(path));
  });

  it('the singular path answers the same', async () => {
    expect((await alice.get(`/api/file/${open}`)).body).toBe('for everybody');
    expect((await alice.get(`/api/file/${open}/metadata`)).json().data).toMatchObject({ fileName: 'hello.txt' });
  });
});

describe('the list', () => {
  let bob: Instance;
  const names = ['b.txt', 'A.txt', 'c.png', 'a.txt'];

  beforeAll(async () => {
    bob = await startInstance({ idTags: ['bob.test'] });
    const deps = { store: bob.store, clock: clockOf(() => bob.clock.now) };
    for (const fileName of names) {
      const contentType = fileName.endsWith('png') ? 'image/png' : 'text/plain';
      await addFile(deps, { tenant: 'bob.test', fileName, contentType, source: Buffer.from(fileName) });
      bob.clock.now += 60_000;
    }
    const at = bob.clock.now;
    const descriptor = `d2,orig:b1~${'A'.repeat(43)}:f=bin:s=1:r=0x0`;
    const file = {
      fileId: idOf(descriptor),
      descriptor,
      fileName: 'z',
      contentType: 'text/plain',
      owner: 'carol.test',
    };
    await bob.store.append([{ kind: 'file', tenant: 'bob.test', ...file, preset: 'default', at }]);
  });
  afterAll(() => bob.close());

  const ask = async (query: string) =>
    bob.get(`/api/files?${query}`, { bearer: await bob.bearer({ tenant: 'bob.test', subject: 'bob.test' }) });
  const namesOf = async (query: string) =>
    (await ask(query)).json().data.map(({ fileName }: { fileName: string }) => fileName);

  it.each([
    ['', ['z', 'a.txt', 'c.png', 'A.txt', 'b.txt']],
    ['sortDir=asc', ['b.txt', 'A.txt', 'c.png', 'a.txt', 'z']],
    ['sort=name', ['A.txt', 'a.txt', 'b.txt', 'c.png', 'z']],
    ['sort=name&sortDir=desc', ['z', 'c.png', 'b.txt', 'a.txt', 'A.txt']],
    ['fileName=A.', ['a.txt', 'A.txt']],
    ['contentType=image/png', ['c.png']],
    ['contentType=image/*,text/html', ['c.png']],
    ['preset=default', ['z']],
    ['preset=default,file&limit=2', ['z', 'a.txt']],
    ['status=A&status=P&sort=name&_limit=1', ['A.txt']],
    ['status=P', []],
    ['fileTp=BLOB&fileName=z', ['z']],
    ['fileTp=CRDT', []],
    ['ownerIdTag=carol.test', ['z']],
    ['notOwnerIdTag=bob.test', ['z']],
    ['createdAfter=2026-11-22T18:02:00Z', ['z', 'a.txt']],
    ['createdBefore=1795370460', ['b.txt']],
    ['parentId=__root__&pinned=false&limit=1', ['z']],
    ['parentId=__trash__', []],
    ['tag=x', []],
    ['starred=true', []],
  ])('takes %s', async (query, expected) => {
    expect(await namesOf(query)).toEqual(expected);
  });

  it('by fileId, one or several', async () => {
    const all = (await ask('sort=name')).json().data.map(({ fileId }: { fileId: string }) => fileId);
    expect(await namesOf(`fileId=${all[0]}`)).toEqual(['A.txt']);
    expect(await namesOf(`fileId=${all[0]},${all[4]}`)).toEqual(['z', 'A.txt']);
  });

  it.each(['', 'sort=name&', 'sort=name&sortDir=desc&'])('in pages, each file once: %s', async (order) => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const { data, cursorPagination } = (await ask(`${order}limit=2${cursor}`)).json();
      seen.push(...data.map(({ fileName }: { fileName: string }) => fileName));
      cursor = cursorPagination.hasMore ? `&cursor=${cursorPagination.nextCursor}` : '';
      expect(cursorPagination.nextCursor === null).toBe(cursor === '');
    } while (cursor !== '');
    expect(seen).toEqual(await namesOf(`${order}limit=100`));
  });

  it.each([
    'limit=0',
    'limit=-1',
    'limit=x',
    'sort=size',
    'sortDir=up',
    'createdAfter=yesterday',
    'pinned=1',
    'nonsense=1',
    'cursor=x',
    `cursor=${Buffer.from('{"s":"created","d":true,"v":1,"id":"x"}').toString('base64url')}`,
    `cursor=${Buffer.from(`{"s":"name","d":true,"v":"a","id":"f1~${'A'.repeat(43)}"}`).toString('base64url')}`,
    `cursor=${'A'.repeat(3000)}`,
  ])('refuses %s', async (query) => {
    expect(refusal(await ask(query))).toEqual({ status: 400, code: 'E-VAL-INVALID' });
  });

  it('is the owner’s', async () => {
    expect(refusal(await bob.get('/api/files'))).toEqual(DENIED);
    const follower = await bob.bearer({ tenant: 'bob.test', subject: 'carol.test', owner: false });
    expect(refusal(await bob.get('/api/files', { bearer: follower }))).toEqual(DENIED);
  });
});
