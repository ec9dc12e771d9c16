import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { blobId, fileId } from '../../../src/protocol/content-id.ts';
import { formatDescriptor } from '../../../src/protocol/descriptor.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, type Handler, refuse, startLab } from '../../support/lab.ts';

const ORIGINAL = Buffer.from('the original picture, more or less');
const THUMBNAIL = Buffer.from('tiny');
const DESCRIPTOR = formatDescriptor({
  version: 2,
  variants: [
    { name: 'orig', blobId: blobId(ORIGINAL), format: 'png', size: ORIGINAL.length, width: 8, height: 8 },
    { name: 'vis.tn', blobId: blobId(THUMBNAIL), format: 'webp', size: THUMBNAIL.length, width: 2, height: 2 },
  ],
});
const ID = fileId(DESCRIPTOR);

interface Served {
  descriptor?: string | null;
  bytes?: Buffer;
  headers?: Record<string, string>;
  /** `files` or `file` */
  folder?: string;
}

/** A server with one file, wrong in the ways a test asks for. */
function serving({ descriptor = DESCRIPTOR, bytes, headers = {}, folder = 'files' }: Served = {}): Handler {
  return ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, 'https://cl-o.bob.test');
    if (pathname === `/api/${folder}/${ID}/descriptor` && descriptor !== null) return answer(response, descriptor);
    const isFile = pathname === `/api/${folder}/${ID}` || pathname === `/api/${folder}/@7`;
    if (!isFile) return refuse(response, 404, 'E-CORE-NOTFOUND');
    const body = bytes ?? (searchParams.get('variant') === 'vis.tn' ? THUMBNAIL : ORIGINAL);
    sendBytes(response, body, headers);
  };
}

function sendBytes(response: ServerResponse, body: Buffer, headers: Record<string, string>): void {
  response.writeHead(200, { 'content-type': 'image/png', ...headers }).end(body);
}

async function labWith(handler: Handler) {
  const lab = await startLab();
  return { ...lab, bob: await lab.peer('bob.test', handler) };
}

describe('fetchFile', () => {
  it('verifies the descriptor by the ID and the bytes by the descriptor', async () => {
    const { api, bob } = await labWith(serving());
    const file = await api.fetchFile('bob.test', ID);
    expect(file).toMatchObject({
      size: ORIGINAL.length,
      blobId: blobId(ORIGINAL),
      descriptor: DESCRIPTOR,
      variant: { name: 'orig', format: 'png' },
      contentType: 'image/png',
      verified: 'descriptor',
    });
    expect(file.bytes.equals(ORIGINAL)).toBe(true);
    expect(bob.requests.map(({ url }) => url)).toEqual([`/api/files/${ID}/descriptor`, `/api/files/${ID}`]);
  });

  it('asks for a variant, with a bearer', async () => {
    const { api, bob } = await labWith(serving());
    const file = await api.fetchFile('bob.test', ID, { variant: 'vis.tn', bearer: 'secret-bearer' });
    expect(file).toMatchObject({ variant: { name: 'vis.tn' }, verified: 'descriptor' });
    expect(bob.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer secret-bearer'));
  });

  it('streams to a sink', async () => {
    const { api } = await labWith(serving());
    const chunks: Uint8Array[] = [];
    const file = await api.fetchFile('bob.test', ID, { sink: (chunk) => void chunks.push(chunk) });
    expect(file).toMatchObject({ size: ORIGINAL.length, verified: 'descriptor' });
    expect(file.bytes).toHaveLength(0);
    expect(Buffer.concat(chunks).equals(ORIGINAL)).toBe(true);
  });

  it('asks at the singular paths when the plural ones are not there', async () => {
    const { api } = await labWith(serving({ folder: 'file' }));
    expect(await api.fetchFile('bob.test', ID)).toMatchObject({ verified: 'descriptor' });
  });

  it('takes the descriptor from the header when it has no path of its own', async () => {
    const { api } = await labWith(serving({ descriptor: null, headers: { 'x-cloudillo-variants': DESCRIPTOR } }));
    expect(await api.fetchFile('bob.test', ID)).toMatchObject({ descriptor: DESCRIPTOR, verified: 'descriptor' });
  });

  it('says that nothing was verified when the peer gives no descriptor', async () => {
    const { api } = await labWith(serving({ descriptor: null }));
    expect(await api.fetchFile('bob.test', ID)).toMatchObject({ verified: 'none', descriptor: null, variant: null });
  });

  it('does not take a blob ID that the peer only claims for a verification', async () => {
    const named = { 'x-cloudillo-variant': blobId(ORIGINAL) };
    const { api } = await labWith(serving({ descriptor: null, headers: named }));
    expect(await api.fetchFile('bob.test', ID)).toMatchObject({ verified: 'none' });
  });

  it.each<[string, Served]>([
    ['bytes that are no variant', { bytes: Buffer.from('the original picture, more or lesS') }],
    ['bytes cut off', { bytes: ORIGINAL.subarray(0, -1) }],
    ['no bytes', { bytes: Buffer.alloc(0) }],
    ['the descriptor of another file', { descriptor: DESCRIPTOR.replace('8x8', '9x9') }],
    ['another descriptor in the header', { descriptor: null, headers: { 'x-cloudillo-variants': 'd2,' } }],
    ['other bytes than it says', { descriptor: null, headers: { 'x-cloudillo-variant': blobId(THUMBNAIL) } }],
  ])('refuses %s as peer.mismatch', async (_, served) => {
    const { api } = await labWith(serving(served));
    expect(await failureOf(api.fetchFile('bob.test', ID))).toMatchObject({ code: 'peer.mismatch', retryable: false });
  });

  it('stops at the size that the descriptor allows', async () => {
    const { api } = await labWith(serving({ bytes: Buffer.alloc(1_000_000) }));
    const error = await failureOf(api.fetchFile('bob.test', ID));
    expect(error).toMatchObject({ code: 'network.too-large', details: { maxBytes: ORIGINAL.length } });
  });

  it("stops at the caller's cap", async () => {
    const { api } = await labWith(serving());
    expect((await failureOf(api.fetchFile('bob.test', ID, { maxBytes: 10 }))).code).toBe('network.too-large');
  });

  it('copes with a temporary ID, which nothing can be verified against', async () => {
    const { api } = await labWith(serving());
    expect(await api.fetchFile('bob.test', '@7')).toMatchObject({ size: ORIGINAL.length, verified: 'none' });
  });

  it('passes a refusal on, and 404 as 404', async () => {
    const guest = await labWith((_, response) => refuse(response, 403, 'E-AUTH-NOPERM'));
    expect(await failureOf(guest.api.fetchFile('bob.test', ID))).toMatchObject({ details: { status: 403 } });
    const empty = await labWith((_, response) => refuse(response, 404, 'E-CORE-NOTFOUND'));
    expect(await failureOf(empty.api.fetchFile('bob.test', ID))).toMatchObject({ details: { status: 404 } });
  });

  it('ends an answer that only drips', async () => {
    const lab = await startLab({ timeout: 300 });
    await lab.peer('bob.test', ({ url }, response) => {
      if (url.endsWith('/descriptor')) return refuse(response, 404, 'E-CORE-NOTFOUND');
      const drip = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(drip));
    });
    expect((await failureOf(lab.api.fetchFile('bob.test', ID))).code).toBe('network.timeout');
  });

  it("may take longer than the requester's limit as long as enough arrives, and is ended when it stalls", async () => {
    const lab = await startLab({ timeout: 250 });
    let stall = false;
    await lab.peer('bob.test', async ({ url }, response) => {
      if (url.endsWith('/descriptor')) return refuse(response, 404, 'E-CORE-NOTFOUND');
      for (let i = 0; i < 8; i++) {
        response.write(Buffer.alloc(8 * 1024));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      if (!stall) response.end();
    });
    expect(await lab.api.fetchFile('bob.test', ID)).toMatchObject({ size: 64 * 1024 });
    stall = true;
    const startedAt = performance.now();
    expect((await failureOf(lab.api.fetchFile('bob.test', ID))).code).toBe('network.timeout');
    // What arrived would allow four more seconds; a pause is allowed only the limit.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it.each(['f1~short', 'a1~', '@', `${ID}/descriptor`, '../../me'])('does not ask for %j', async (id) => {
    const lab = await startLab();
    expect((await failureOf(lab.api.fetchFile('bob.test', id))).code).toBe('usage.content-id');
  });
});

describe('fetchDescriptor', () => {
  it('parses what it has verified', async () => {
    const { api } = await labWith(serving());
    const fetched = await api.fetchDescriptor('bob.test', ID);
    expect(fetched).toMatchObject({ text: DESCRIPTOR, verified: true });
    expect(fetched.descriptor.variants.map(({ name }) => name)).toEqual(['orig', 'vis.tn']);
  });

  it.each([5, null, {}, ['d2,']])('refuses %j as peer.invalid', async (data) => {
    const { api } = await labWith((_, response) => answer(response, data));
    expect((await failureOf(api.fetchDescriptor('bob.test', ID))).code).toBe('peer.invalid');
  });

  it('refuses one that hashes right and says nothing sensible', async () => {
    const nonsense = 'd2,nonsense';
    const { api } = await labWith((_, response) => answer(response, nonsense));
    expect((await failureOf(api.fetchDescriptor('bob.test', fileId(nonsense)))).code).toBe('peer.descriptor');
  });
});

describe('fetchBlob', () => {
  it('verifies by the blob ID', async () => {
    const { api, bob } = await labWith((_, response) => sendBytes(response, THUMBNAIL, {}));
    expect(await api.fetchBlob('bob.test', blobId(THUMBNAIL))).toMatchObject({ verified: 'blob', size: 4 });
    expect(bob.requests[0]?.url).toBe(`/api/files/variant/${blobId(THUMBNAIL)}`);
  });

  it('refuses other bytes', async () => {
    const { api } = await labWith((_, response) => sendBytes(response, ORIGINAL, {}));
    expect((await failureOf(api.fetchBlob('bob.test', blobId(THUMBNAIL)))).code).toBe('peer.mismatch');
  });

  it('takes no temporary ID', async () => {
    const lab = await startLab();
    expect((await failureOf(lab.api.fetchBlob('bob.test', '@1'))).code).toBe('usage.content-id');
  });
});

it('fetchMetadata answers what the peer tells', async () => {
  const { api, bob } = await labWith((_, response) => answer(response, { fileName: 'hello.txt' }));
  expect(await api.fetchMetadata('bob.test', ID, { bearer: 'secret-bearer' })).toEqual({ fileName: 'hello.txt' });
  expect(bob.requests[0]).toMatchObject({
    url: `/api/files/${ID}/metadata`,
    headers: { authorization: 'Bearer secret-bearer' },
  });
});
