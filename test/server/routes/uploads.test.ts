import { readdirSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobId, fileId } from '../../../src/protocol/content-id.ts';
import { imageDimensions } from '../../../src/services/files/image-dimensions.ts';
import { withoutSharp } from '../../support/images.ts';
import { type Instance, refusal, startInstance } from '../../support/instance.ts';

const TOO_LARGE = { status: 413, code: 'E-VAL-INVALID' };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const MAX = 200_000;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const GIF = Buffer.from('R0lGODlhAgADAIAAAP///wAAACwAAAAAAgADAAACAkQBADs=', 'base64');
const SVG = Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"></svg>');

let alice: Instance;
let bearer: string;
let port: number;

beforeAll(async () => {
  // Without what makes variants: with them in pictures.test.ts.
  const pictures = withoutSharp();
  alice = await startInstance({ idTags: ['alice.test', 'bob.test'], settings: { 'files.maxBytes': MAX }, pictures });
  bearer = await alice.bearer();
  await alice.app.listen({ port: 0, host: '127.0.0.1' });
  port = (alice.app.server.address() as AddressInfo).port;
});
afterAll(() => alice.close());

interface Upload {
  type?: string | undefined;
  headers?: Record<string, string>;
  token?: string;
}

function upload(path: string, body: Uint8Array, { type = 'text/plain', headers = {}, token = bearer }: Upload = {}) {
  return alice.app.inject({
    method: 'POST',
    url: `/api/files/${path}`,
    headers: {
      host: 'cl-o.alice.test',
      ...(type !== '' && { 'content-type': type }),
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    payload: Buffer.from(body),
  });
}

const descriptorOf = (bytes: Uint8Array, format: string, size: string) =>
  `d2,orig:${blobId(bytes)}:f=${format}:s=${bytes.length}:r=${size}`;

/** Blobs and what is left of them. */
const blobNames = () => readdirSync(join(alice.home, 'blobs'), { recursive: true }).map(String).sort();

/** Nothing of a refused upload stays. */
const FORM = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--';

async function keepsNothing(act: () => Promise<unknown>): Promise<void> {
  const before = [alice.journal(), blobNames()];
  await act();
  await expect.poll(() => [alice.journal(), blobNames()]).toEqual(before);
}

describe('an upload', () => {
  it('is kept as it is with preset file, and answered with its ID', async () => {
    const bytes = Buffer.from('Hello, file\n');
    const answer = await upload('file/hello.txt', bytes);
    expect(answer.statusCode).toBe(201);
    const id = fileId(descriptorOf(bytes, 'bin', '0x0'));
    expect(answer.json().data).toEqual({ fileId: id });
    expect((await alice.get(`/api/files/${id}`, { bearer })).body).toBe('Hello, file\n');
    const { json } = await alice.get(`/api/files/${id}/metadata`, { bearer });
    expect(json().data).toMatchObject({ preset: 'file', contentType: 'text/plain', fileName: 'hello.txt' });
    expect((await upload('file/again.txt', bytes)).json().data).toEqual({ fileId: id });
    expect((await alice.get(`/api/files/${id}/metadata`, { bearer })).json().data.fileName).toBe('hello.txt');
    expect(alice.store.file('bob.test', id)).toBeNull();
  });

  it.each([
    ['JSON', 'application/json', '{"not": "parsed'],
    ['no type at all', '', 'anything'],
    ['an image, with preset file', 'image/png', 'no image'],
  ])('of %s is just bytes', async (_what, type, text) => {
    const bytes = Buffer.from(text);
    const answer = await upload('file/x', bytes, { type });
    expect([answer.statusCode, answer.json().data?.fileId]).toEqual([201, fileId(descriptorOf(bytes, 'bin', '0x0'))]);
  });

  it('of nothing is a file of nothing', async () => {
    const answer = await upload('file/empty', Buffer.alloc(0));
    expect([answer.statusCode, answer.json().data?.fileId]).toEqual([
      201,
      fileId(descriptorOf(Buffer.alloc(0), 'bin', '0x0')),
    ]);
  });

  it.each([
    ['default', 'image/png', PNG, 'png', [1, 1]],
    ['default', 'image/gif', GIF, 'gif', [2, 3]],
    ['default', 'image/svg+xml', SVG, 'svg', [20, 10]],
    ['profile-picture', 'image/png', PNG, 'png', [1, 1]],
    ['gallery', 'image/png', PNG, 'png', [1, 1]],
    ['default', 'image/jpeg', jpeg(640, 480), 'jpeg', [640, 480]],
    ['default', 'image/webp', webp(33, 44), 'webp', [33, 44]],
  ])('of an image tells its size: %s %s', async (preset, type, bytes, format, dim) => {
    const answer = await upload(`${preset}/picture`, bytes, { type });
    const id = fileId(descriptorOf(bytes, format, dim.join('x')));
    expect([answer.statusCode, answer.json().data]).toEqual([201, { fileId: id, dim }]);
    const metadata = (await alice.get(`/api/files/${id}/metadata`, { bearer })).json().data;
    expect(metadata.x).toEqual({ dim });
    const { headers, rawPayload } = await alice.get(`/api/files/${id}`, { bearer });
    expect(headers['content-type']).toBe(type);
    expect(rawPayload.equals(bytes)).toBe(true);
  });

  it('of a film is kept without a size', async () => {
    const answer = await upload('default/film.mp4', Buffer.from('film'), { type: 'video/mp4' });
    expect(answer.json().data).toEqual({ fileId: fileId(descriptorOf(Buffer.from('film'), 'mp4', '0x0')) });
  });

  it.each([
    ['text', 'default', 'text/plain', 'x'],
    ['a film as a profile picture', 'profile-picture', 'video/mp4', 'x'],
    ['an image for a podcast', 'podcast', 'image/png', PNG],
    ['no image', 'default', 'image/png', 'no image'],
    ['another image', 'default', 'image/png', GIF],
    ['half an image', 'default', 'image/png', PNG.subarray(0, 12)],
    ['no bytes', 'default', 'image/png', ''],
    ['an image without pixels', 'default', 'image/gif', Buffer.from('R0lGODlhAAAAAA==', 'base64')],
    ['no media type', 'file', 'text/plain; a=\u0001', 'x'],
    ['a form', 'file', 'multipart/form-data; boundary=x', FORM],
    ['a form without an end', 'file', 'multipart/form-data; boundary=x', FORM.slice(0, -4)],
    ['a form that names no boundary', 'default', 'Multipart/Form-Data', '--x'],
  ])('is refused, and nothing kept, for %s', async (_what, preset, type, body) => {
    await keepsNothing(async () => {
      const answer = await upload(`${preset}/x`, Buffer.from(body), { type });
      expect([400, 415]).toContain(answer.statusCode);
      expect(refusal(answer).code).toBe('E-VAL-INVALID');
    });
  });

  it('is refused when it says that it is compressed: it would be kept as what it isn’t', async () => {
    await keepsNothing(async () => {
      const answer = await upload('file/x', gzipSync('x'), { headers: { 'content-encoding': 'gzip' } });
      expect(refusal(answer)).toEqual({ status: 415, code: 'E-VAL-INVALID' });
    });
  });

  it.each([
    ['a%2Fb', 400],
    ['a%5Cb', 400],
    ['%2e%2e', 404],
    ['a%00b', 400],
    ['a%0D%0Ab', 400],
    ['a%E2%80%AEb', 400],
    ['%20', 400],
    ['x'.repeat(256), 400],
    ['%C3%A4'.repeat(128), 400],
    ['%E0%A4', 400],
    ['a/b', 404],
    ['', 400],
    ['x?visibility=P', 400],
  ])('under the name %s is refused', async (name, status) => {
    await keepsNothing(async () => expect((await upload(`file/${name}`, Buffer.from('x'))).statusCode).toBe(status));
  });

  it('decodes the name', async () => {
    const answer = await upload('file/%C3%A4%20%25.txt', Buffer.from('decoded'));
    expect(alice.store.file('alice.test', answer.json().data.fileId)?.fileName).toBe('ä %.txt');
  });

  it('is for the owner only', async () => {
    const follower = await alice.bearer({ subject: 'bob.test', owner: false });
    const scoped = await alice.bearer({ scope: `file:f1~${'A'.repeat(43)}:W` });
    const elsewhere = await alice.bearer({ tenant: 'bob.test', subject: 'bob.test' });
    await keepsNothing(async () => {
      for (const token of ['', follower, scoped]) {
        expect(refusal(await upload('default/x.txt', Buffer.from('x'), { token }))).toEqual(DENIED);
      }
      const unauthorised = { status: 401, code: 'E-AUTH-UNAUTH' };
      for (const token of ['x', elsewhere]) {
        expect(refusal(await upload('file/x.txt', Buffer.from('x'), { token }))).toEqual(unauthorised);
      }
    });
  });

  it('may be as large as the setting says, and not larger', async () => {
    expect((await upload('file/large', Buffer.alloc(MAX))).statusCode).toBe(201);
    await keepsNothing(async () => {
      expect(refusal(await upload('file/larger', Buffer.alloc(MAX + 1)))).toEqual(TOO_LARGE);
    });
  });
});

/** An upload on a real socket, whose sender does what the test wants. */
async function onSocket(head: string[], send: (socket: Socket) => void): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const lines = [
    'POST /api/files/file/x HTTP/1.1',
    'Host: cl-o.alice.test',
    `Authorization: Bearer ${bearer}`,
    ...head,
  ];
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
    if (answer.includes('}')) socket.destroy();
  });
  socket.on('error', () => {
    // What the server sent before it is what counts.
  });
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  send(socket);
  // Not `once`, which would throw the reset that a client gets who goes on writing.
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

describe('an upload on a socket', () => {
  it('that says it is too large is refused before its bytes', async () => {
    await keepsNothing(async () => {
      const answer = await onSocket([`Content-Length: ${MAX + 1}`], () => {});
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    });
  });

  it('that becomes too large without saying so gets its answer while it still sends', async () => {
    await keepsNothing(async () => {
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      const answer = await onSocket(['Transfer-Encoding: chunked'], (socket) => {
        for (let i = 0; i < 8; i += 1) socket.write(chunk);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    });
  });

  it.each([
    ['ends before it said', (socket: Socket) => void socket.end('half')],
    ['is reset', (socket: Socket) => void socket.write('half', () => socket.destroy())],
  ])('that %s keeps nothing, and its place is free again', async (_what, send) => {
    await keepsNothing(async () => {
      // More of them than there are places.
      await Promise.all(Array.from({ length: 48 }, () => onSocket(['Content-Length: 100'], send)));
    });
    expect((await upload('file/after', Buffer.from('after'))).statusCode).toBe(201);
  });
});

describe('a hostile image', () => {
  const formats = ['png', 'jpeg', 'gif', 'webp', 'avif', 'svg'];
  const samples = [PNG, GIF, SVG, jpeg(3, 4), webp(5, 6), avif(7, 8)];

  it('is refused or measured, whatever byte is changed in it', async () => {
    const mutated = fc
      .record({
        sample: fc.constantFrom(...samples),
        at: fc.nat(),
        byte: fc.integer({ min: 0, max: 255 }),
        cut: fc.nat(),
      })
      .map(({ sample, at, byte, cut }) => {
        const bytes = Buffer.from(sample);
        bytes[at % bytes.length] = byte;
        return bytes.subarray(0, 1 + (cut % (bytes.length * 2)));
      });
    const hostile = fc.oneof(mutated, fc.uint8Array({ maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(hostile, fc.constantFrom(...formats), async (bytes, format) => {
        const outcome = await imageDimensions(bytes, format).catch((error) => error.code);
        if (outcome !== 'usage.image') for (const length of outcome) expect(length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it('made of boxes without end, or of markers, comes to an end', async () => {
    const boxes = Buffer.concat([avif(1, 1), Buffer.alloc(60_000)]);
    const markers = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(512 * 1024 - 4, 0xff)]);
    const zeros = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(512 * 1024 - 4)]);
    const tags = Buffer.from('<svg '.repeat(13_000));
    await imageDimensions(boxes, 'avif');
    for (const [bytes, format] of [
      [markers, 'jpeg'],
      [zeros, 'jpeg'],
      [tags, 'svg'],
    ] as const) {
      await expect(imageDimensions(bytes, format)).rejects.toMatchObject({ code: 'usage.image' });
    }
  });

  it('avif', async () => {
    expect(await imageDimensions(avif(7, 8), 'avif')).toEqual([7, 8]);
  });
});

function jpeg(width: number, height: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt16BE(height, 0);
  size.writeUInt16BE(width, 2);
  const app0 = Buffer.from([0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, ...size, 1, 1, 0x11, 0]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), app0, frame, Buffer.from([0xff, 0xd9])]);
}

function webp(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(30);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(22, 4);
  bytes.write('WEBPVP8X', 8);
  bytes.writeUInt32LE(10, 16);
  bytes.writeUIntLE(width - 1, 24, 3);
  bytes.writeUIntLE(height - 1, 27, 3);
  return bytes;
}

function avif(width: number, height: number): Buffer {
  const box = (name: string, ...parts: Buffer[]): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + parts.reduce((sum, { length }) => sum + length, 0), 0);
    head.write(name, 4);
    return Buffer.concat([head, ...parts]);
  };
  const size = Buffer.alloc(12);
  size.writeUInt32BE(width, 4);
  size.writeUInt32BE(height, 8);
  const meta = box('meta', Buffer.alloc(4), box('iprp', box('ipco', box('ispe', size))));
  return Buffer.concat([box('ftyp', Buffer.from('avif\0\0\0\0avifmif1')), meta]);
}
