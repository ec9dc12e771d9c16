import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobId, fileId as idOf } from '../../../src/protocol/content-id.ts';
import { parseDescriptor } from '../../../src/protocol/descriptor.ts';
import { image, noise, photo, withoutSharp } from '../../support/images.ts';
import { type Instance, refusal, startInstance } from '../../support/instance.ts';
import { type RecordedExchange, recorded } from '../../support/recorded.ts';

const exchanges = recorded<RecordedExchange[]>('counts-pictures.json');
const answered = (name: string) =>
  exchanges.find((exchange) => exchange.name === name)?.response as never as {
    headers: Record<string, string>;
    // biome-ignore lint/suspicious/noExplicitAny: any JSON
    json: any;
  };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };

let alice: Instance;
let bearer: string;
beforeEach(async () => {
  alice = await startInstance();
  bearer = await alice.bearer();
});
afterEach(() => alice.close());

function send(method: 'PUT' | 'POST', url: string, payload: Buffer, headers: Record<string, string> = {}) {
  return alice.app.inject({
    method,
    url,
    headers: { host: 'cl-o.alice.test', authorization: `Bearer ${bearer}`, 'content-type': 'image/png', ...headers },
    payload,
  });
}
const put = (payload: Buffer, headers = {}) => send('PUT', '/api/me/image', payload, headers);
const blobsOf = () => readdirSync(join(alice.home, 'blobs'), { recursive: true }).map(String);

describe('PUT /api/me/cover', () => {
  it('makes the variants of a cover, which anybody may read, and shows it in the profile', async () => {
    const source = await noise(1400, 900);
    const answer = await send('PUT', '/api/me/cover', source);
    expect([answer.statusCode, answer.json().type]).toEqual([200, 'cover-pic']);
    const { fileId } = answer.json();
    for (const path of ['/api/me', '/api/me/full']) {
      expect((await alice.get(path)).json().data).toMatchObject({ coverPic: fileId });
      expect((await alice.get(path)).json().data).not.toHaveProperty('profilePic');
    }
    const { data } = (await alice.get(`/api/files/${fileId}/descriptor`)).json();
    const names = parseDescriptor(data).variants.map(({ name }) => name);
    expect(names).toEqual(['vis.tn', 'vis.sd', 'vis.md']);
    expect((await alice.get(`/api/files/${fileId}?variant=vis.tn`)).statusCode).toBe(200);
    expect(blobsOf().some((name) => name.endsWith(blobId(source)))).toBe(false);
  });

  it('keeps the profile picture, and hides the cover before', async () => {
    const picture = (await put(await noise(300, 300))).json().fileId;
    const first = (await send('PUT', '/api/me/cover', await noise(400, 300))).json().fileId;
    const second = (await send('PUT', '/api/me/cover', await noise(500, 300))).json().fileId;
    expect((await alice.get('/api/me')).json().data).toMatchObject({ profilePic: picture, coverPic: second });
    expect((await alice.get(`/api/files/${second}/descriptor`)).statusCode).toBe(200);
    expect((await alice.get(`/api/files/${first}/descriptor`)).statusCode).toBe(404);
  });

  it('is the owner’s, and takes images alone', async () => {
    const stranger = { authorization: `Bearer ${await alice.bearer({ subject: 'bob.test', owner: false })}` };
    expect(refusal(await send('PUT', '/api/me/cover', await image(20, 20), stranger))).toMatchObject(DENIED);
    expect(refusal(await send('PUT', '/api/me/cover', Buffer.from('text')))).toMatchObject(INVALID);
    expect((await alice.get('/api/me')).json().data).not.toHaveProperty('coverPic');
  });
});

describe('PUT /api/me/image', () => {
  it('makes the variants of a profile picture, which anybody may read, as recorded', async () => {
    const source = await noise(1400, 900);
    const answer = await put(source);
    expect([answer.statusCode, Object.keys(answer.json())]).toEqual([200, Object.keys(answered('picture.put').json)]);
    const { fileId } = answer.json();
    expect((await alice.get('/api/me')).json().data.profilePic).toBe(fileId);
    const { data: descriptor } = (await alice.get(`/api/files/${fileId}/descriptor`)).json();
    const shape = (text: string) =>
      parseDescriptor(text).variants.map(({ name, width, height }) => [name, width, height]);
    expect(shape(descriptor)).toEqual(shape(answered('picture.descriptor').json.data));
    for (const name of ['vis.pf', 'vis.tn', 'vis.hd']) {
      const { headers, rawPayload } = await alice.get(`/api/files/${fileId}?variant=${name}`);
      const wanted = answered(`picture.variant.${name}`).headers;
      for (const header of ['content-type', 'accept-ranges', 'cache-control']) {
        expect([name, header, headers[header]]).toEqual([name, header, wanted[header]]);
      }
      expect(headers['x-cloudillo-variants']).toBe(descriptor);
      expect(headers['x-cloudillo-variant']).toBe(blobId(rawPayload));
    }
    expect(blobsOf().some((name) => name.endsWith(blobId(source)))).toBe(false);
  });

  it('is described, and left out of lists, as recorded', async () => {
    const { fileId } = (await put(await noise(1400, 900))).json();
    const { data } = (await alice.get(`/api/files/${fileId}/metadata`)).json();
    const wanted = answered('picture.metadata').json.data;
    expect(Object.keys(data).sort()).toEqual(Object.keys(wanted).sort());
    for (const field of ['parentId', 'preset', 'contentType', 'fileTp', 'tags', 'visibility', 'hidden']) {
      expect([field, data[field]]).toEqual([field, wanted[field]]);
    }
    // Of the largest variant: the original isn't kept.
    expect(data.x).toEqual({ dim: [1280, 823] });
    await send('POST', '/api/files/default/holiday.png', await noise(1400, 900));
    const names = async (query: string) =>
      (await alice.get(`/api/files${query}`, { bearer }))
        .json()
        .data.map((file: { fileName: string }) => file.fileName);
    const listed = answered('files.list').json.data.map((file: { fileName: string }) => file.fileName);
    expect(await names('')).toEqual(listed);
    expect(await names('?parentId=__root__')).toEqual(listed);
    for (const query of ['?parentId=__managed__', '?preset=profile-picture', `?fileId=${fileId}`]) {
      expect(await names(query)).toEqual(['alice.test-profile-pic.jpg']);
    }
    // Another picture takes its place; whoever has the old one’s ID doesn't get it from us any more.
    await put(await image(90, 90));
    expect((await alice.get(`/api/files/${fileId}`)).statusCode).toBe(404);
    expect((await alice.get(`/api/files/${fileId}/metadata`, { bearer })).json().data.visibility).toBeUndefined();
  });

  it.each(['png', 'jpeg', 'webp', 'avif', 'gif'] as const)(
    'goes by the bytes, not by what they are called: %s',
    async (format) => {
      const answer = await put(await image(100, 100, format), { 'content-type': 'application/octet-stream' });
      expect(answer.statusCode).toBe(200);
      const { data } = (await alice.get(`/api/files/${answer.json().fileId}/metadata`)).json();
      expect(data.contentType).toBe(`image/${format}`);
    },
  );

  it('tells nobody where it was taken', async () => {
    const source = await photo(300, 200);
    expect((await put(source)).statusCode).toBe(200);
    const { profilePic } = (await alice.get('/api/me')).json().data;
    const { data } = (await alice.get(`/api/files/${profilePic}/descriptor`)).json();
    for (const { blobId: id } of parseDescriptor(data).variants) {
      expect((await alice.get(`/api/files/variant/${id}`)).rawPayload.includes('A camera')).toBe(false);
    }
    expect((await alice.get(`/api/files/variant/${blobId(source)}`)).statusCode).toBe(404);
  });

  it('refuses what is no picture, and anybody but the owner; nothing of it stays', async () => {
    const before = [alice.journal(), blobsOf()];
    const whole = await noise(300, 300);
    for (const payload of [Buffer.from('no picture at all'), Buffer.alloc(0), whole.subarray(0, 5000)]) {
      expect(refusal(await put(payload))).toEqual(INVALID);
    }
    const peer = await alice.bearer({ subject: 'bob.test', owner: false });
    expect(refusal(await put(whole, { authorization: `Bearer ${peer}` }))).toEqual(DENIED);
    expect([alice.journal(), blobsOf().filter((name) => name.includes('~') || !before[1]?.includes(name))]).toEqual([
      before[0],
      [],
    ]);
    expect((await alice.get('/api/me')).json().data.profilePic).toBeUndefined();
  });
});

describe('an uploaded image', () => {
  it('is answered with its size and its thumbnail, as recorded', async () => {
    const answer = await send('POST', '/api/files/default/holiday.png', await noise(1400, 900));
    expect(answer.statusCode).toBe(201);
    const { data } = answer.json();
    expect(Object.keys(data)).toEqual(Object.keys(answered('image.upload').json.data));
    expect(data.dim).toEqual(answered('image.upload').json.data.dim);
    const { headers } = await alice.get(`/api/files/${data.fileId}?variant=vis.tn`, { bearer });
    expect(headers['x-cloudillo-variant']).toBe(data.thumbnailVariantId);
  });
});

it('without the optional package a picture is kept as it is, and the log says so', async () => {
  await alice.close();
  const lines: string[] = [];
  alice = await startInstance({ pictures: withoutSharp(), log: (level, message) => lines.push(`${level} ${message}`) });
  bearer = await alice.bearer();
  const source = await image(30, 30);
  const { fileId } = (await put(source)).json();
  expect((await alice.get(`/api/files/${fileId}`)).rawPayload.equals(source)).toBe(true);
  expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
    'warn no variants were made of an image: the optional package sharp is not installed',
  ]);
});

describe('a peer’s picture that was fetched', () => {
  it('is served to anybody while it is the peer’s, and is no file of the owner’s list', async () => {
    const bytes = Buffer.from('a small picture');
    const { id: blob } = await alice.store.blobs.write(bytes);
    const descriptor = `d2,vis.pf:${blob}:f=avif:s=${bytes.length}:r=80x51;vis.sd:b1~${'A'.repeat(43)}:f=webp:s=9:r=720x463`;
    const id = idOf(descriptor);
    const file = { fileId: id, descriptor, fileName: 'x', contentType: 'image/png', preset: 'profile-picture' };
    const bob = { kind: 'peer', tenant: 'alice.test', idTag: 'bob.test', name: 'Bob', type: 'person', at: 1 } as const;
    await alice.store.append([
      { kind: 'file', tenant: 'alice.test', ...file, owner: 'bob.test', at: 1 },
      { ...bob, profilePic: id },
    ]);
    const wanted = answered('picture.at-peer').headers;
    for (const name of ['vis.pf', 'vis.tn', 'vis.sd']) {
      const { statusCode, headers, rawPayload } = await alice.get(`/api/files/${id}?variant=${name}`);
      expect([name, statusCode, rawPayload]).toEqual([name, 200, bytes]);
      for (const header of ['content-type', 'cache-control', 'accept-ranges'])
        expect(headers[header]).toBe(wanted[header]);
    }
    expect((await alice.get(`/api/files/variant/${blob}`)).rawPayload).toEqual(bytes);
    expect((await alice.get('/api/files', { bearer })).json().data).toEqual([]);
    await alice.store.append([{ ...bob, at: 2 }]);
    expect((await alice.get(`/api/files/${id}`)).statusCode).toBe(404);
  });
});
