import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionId, fileId as idOf } from '../../src/protocol/content-id.ts';
import { addFile } from '../../src/services/files/add-file.ts';
import { type Instance, refusal, startInstance } from './instance.ts';

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
  const deps = { store: alice.store, clock: () => alice.clock.now };
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

async function attach(visibility: 'P' | 'F', a: string[]): Promise<void> {
  const token = await alice.owner(TENANT).sign({ t: 'POST:IMG', c: `look ${visibility}`, a, v: visibility });
  const event = { tenant: TENANT, actionId: actionId(token), token, receivedAt: alice.clock.now, visibility };
  await alice.store.append([{ kind: 'action', direction: 'out', status: 'A', ...event }]);
}

describe('who may read', () => {
  it('the owner everything, others what an action that they may read attaches', async () => {
    expect((await alice.get(`/api/files/${hidden}`, owner)).body).toBe(TEXT);
    expect(refusal(await alice.get(`/api/files/${hidden}`))).toEqual(DENIED);
    expect((await alice.get(`/api/files/${open}`)).body).toBe('for everybody');
    const follower = { bearer: await alice.bearer({ subject: 'bob.test', owner: false }) };
    expect(refusal(await alice.get(`/api/files/${hidden}`, follower))).toEqual(DENIED);
    const relation = { following: false, follower: true, connected: false, at: alice.clock.now };
    await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...relation }]);
    await attach('F', [hidden]);
    expect((await alice.get(`/api/files/${hidden}`, follower)).body).toBe(TEXT);
    expect(refusal(await alice.get(`/api/files/${hidden}`))).toEqual(DENIED);
    for (const part of ['descriptor', 'metadata']) {
      expect((await alice.get(`/api/files/${hidden}/${part}`, follower)).statusCode).toBe(200);
      expect(refusal(await alice.get(`/api/files/${hidden}/${part}`))).toEqual(DENIED);
    }
  });

  it('a token for one file is good for that file', async () => {
    const secret = await addFile(
      { store: alice.store, clock: () => alice.clock.now },
      { tenant: TENANT, fileName: 's', contentType: 'text/plain', source: Buffer.from('secret') },
    );
    const scoped = { bearer: await alice.bearer({ owner: true, scope: `file:${secret.fileId}:R` }) };
    expect((await alice.get(`/api/files/${secret.fileId}`, scoped)).body).toBe('secret');
    const other = { bearer: await alice.bearer({ owner: true, scope: `file:${open}:R` }) };
    expect(refusal(await alice.get(`/api/files/${secret.fileId}`, other))).toEqual(DENIED);
    // It narrows what its holder may: it opens nothing.
    const scope = `file:${secret.fileId}:R`;
    const stranger = { bearer: await alice.bearer({ subject: 'mallory.test', owner: false, scope }) };
    expect(refusal(await alice.get(`/api/files/${secret.fileId}`, stranger))).toEqual(DENIED);
  });

  it('whom it is shared with', async () => {
    const shared = await addFile(
      { store: alice.store, clock: () => alice.clock.now },
      { tenant: TENANT, fileName: 's', contentType: 'text/plain', source: Buffer.from('shared') },
    );
    const carol = { bearer: await alice.bearer({ subject: 'carol.test', owner: false }) };
    expect(refusal(await alice.get(`/api/files/${shared.fileId}`, carol))).toEqual(DENIED);
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

  it('variants: the wanted one, the best that is here, and by blob ID', async () => {
    expect((await alice.get(`/api/files/${image}?variant=vis.tn`)).body).toBe('tiny');
    const best = await alice.get(`/api/files/${image}`);
    expect(best.body).toBe(SVG);
    expect(best.headers['x-cloudillo-variant']).toBe(blobs.svg);
    expect((await alice.get(`/api/files/variant/${blobs.thumbnail}`)).body).toBe('tiny');
    expect(refusal(await alice.get(`/api/files/${image}?variant=vis.hd`))).toEqual(NOT_FOUND);
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

  it('HEAD tells the size and sends nothing', async () => {
    const answer = await alice.app.inject({
      method: 'HEAD',
      url: `/api/files/${open}`,
      headers: { host: 'cl-o.alice.test' },
    });
    expect([answer.statusCode, answer.headers['content-length'], answer.body]).toEqual([200, '13', '']);
  });

  it('the singular path answers the same', async () => {
    expect((await alice.get(`/api/file/${open}`)).body).toBe('for everybody');
    expect((await alice.get(`/api/file/${open}/metadata`)).json().data).toMatchObject({ fileName: 'hello.txt' });
  });
});
