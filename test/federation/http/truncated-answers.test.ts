import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorToObject } from '../../../src/protocol/errors.ts';
import { failureOf } from '../../support/failure.ts';
import { type Lab, startLab, trustedAuthority } from '../../support/lab.ts';

const URL = 'https://cl-o.bob.test/api/me';
const TEXT = JSON.stringify({ text: Array.from({ length: 2_000 }, (_, i) => i * 7919).join() });
const CODINGS = { gzip: gzipSync, 'x-gzip': gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;

/** bob.test answers with exactly these bytes, then closes the connection; in the pieces that they are given in. */
async function answering(lab: Lab, head: string, ...pieces: Buffer[]): Promise<void> {
  const { issue } = await trustedAuthority();
  const server = createServer(await issue(['bob.test', 'cl-o.bob.test']), (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', async () => {
      socket.write(`HTTP/1.1 ${head}\r\n\r\n`);
      for (const piece of pieces) {
        await new Promise((resolve) => socket.write(piece, resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  lab.know('bob.test', (server.address() as AddressInfo).port);
}

const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
const LAST = Buffer.from('0\r\n\r\n');

describe.each(Object.entries(CODINGS))('an answer in %s', (coding, compress) => {
  const packed = compress(TEXT);
  const half = packed.subarray(0, packed.length / 2);

  it('that is half, with a fitting Content-Length, is no answer', async () => {
    const lab = await startLab();
    await answering(lab, `200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${half.length}`, half);
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({
      code: 'peer.invalid',
      retryable: true,
      details: { received: half.length, expected: half.length },
    });
    expect(error.message).toContain(`${half.length} of ${half.length} bytes`);
  });

  it('that lacks its last byte, or is half in whole chunks, is no answer either', async () => {
    const lab = await startLab();
    const most = packed.subarray(0, -1);
    await answering(lab, `200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${most.length}`, most);
    expect(await failureOf(lab.requester.get(URL))).toMatchObject({ code: 'peer.invalid' });
    const chunks = [chunk(half.subarray(0, 10)), chunk(half.subarray(10)), LAST];
    await answering(lab, `200 OK\r\nContent-Encoding: ${coding}\r\nTransfer-Encoding: chunked`, ...chunks);
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'peer.invalid', details: { received: half.length, expected: null } });
  });

  it('that breaks off before its length or its last chunk is network.reset, with what came', async () => {
    const lab = await startLab();
    await answering(lab, `200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${packed.length}`, half);
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({
      code: 'network.reset',
      stage: 'response',
      retryable: true,
      details: { received: half.length, expected: packed.length },
    });
    expect(error.message).toContain(`in the middle of its answer: ${half.length} of ${packed.length} bytes came`);
    await answering(lab, `200 OK\r\nContent-Encoding: ${coding}\r\nTransfer-Encoding: chunked`, chunk(packed));
    expect(await failureOf(lab.requester.get(URL))).toMatchObject({
      code: 'network.reset',
      details: { received: packed.length, expected: null },
    });
  });

  it('that has bytes after its end is refused, and a whole one is taken, in any pieces', async () => {
    const lab = await startLab();
    const more = Buffer.concat([packed, Buffer.from('more')]);
    await answering(lab, `200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${more.length}`, more);
    expect(await failureOf(lab.requester.get(URL))).toMatchObject({ code: 'peer.invalid', retryable: false });
    const pieces = [...packed].map((byte) => Buffer.from([byte])).slice(0, 50);
    const rest = packed.subarray(50);
    const head = `200 OK\r\nContent-Encoding: ${coding.toUpperCase()}\r\nContent-Length: ${packed.length}`;
    await answering(lab, head, ...pieces, rest);
    expect((await lab.requester.get(URL)).body.toString()).toBe(TEXT);
    await answering(lab, `200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: 0`);
    expect((await lab.requester.get(URL)).body).toHaveLength(0);
  });
});

describe('an answer without a coding', () => {
  it.each([
    ['Content-Length: 100', Buffer.from('half'), 4, 100],
    ['Transfer-Encoding: chunked', chunk(Buffer.from('half')), 4, null],
  ])('that breaks off (%s) says how much of it came', async (header, body, received, expected) => {
    const lab = await startLab();
    await answering(lab, `200 OK\r\n${header}`, body);
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.reset', details: { received, expected } });
    expect(error.message).toContain(
      expected === null
        ? 'in the middle of its answer: 4 bytes came'
        : 'in the middle of its answer: 4 of 100 bytes came',
    );
    expect(errorToObject(error).details).toMatchObject({ received, expected });
  });

  it('that breaks off on its way to a sink says so as well', async () => {
    const lab = await startLab();
    await answering(lab, '200 OK\r\nContent-Length: 100', Buffer.from('half'));
    const chunks: Uint8Array[] = [];
    const error = await failureOf(lab.requester.get(URL, { sink: (bytes) => void chunks.push(bytes) }));
    expect(error).toMatchObject({ code: 'network.reset', details: { received: 4, expected: 100 } });
    expect(Buffer.concat(chunks).toString()).toBe('half');
  });

  it('that stops until the time is over says so, too', async () => {
    const lab = await startLab({ timeout: 500 });
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.timeout', details: { received: 4, expected: 100 } });
    expect(error.message).toContain('4 of 100 bytes came');
  });

  it('that is an error and breaks off is told by its status, with the part that came', async () => {
    const lab = await startLab();
    await answering(lab, '403 Forbidden\r\nContent-Length: 100', Buffer.from('not for you'));
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'peer.refused', details: { status: 403, body: 'not for you' } });
  });
});

it('deflate without its wrapper is read, too', async () => {
  const lab = await startLab();
  const packed = deflateRawSync(TEXT);
  await answering(lab, `200 OK\r\nContent-Encoding: deflate\r\nContent-Length: ${packed.length}`, packed);
  expect((await lab.requester.get(URL)).body.toString()).toBe(TEXT);
});

it('a coding that was not asked for is refused by its name', async () => {
  const lab = await startLab();
  await answering(lab, '200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 4', Buffer.from('half'));
  const error = await failureOf(lab.requester.get(URL));
  expect(error).toMatchObject({ code: 'peer.invalid', retryable: false });
  expect(error.message).toContain('"zstd"');
});

it('an error in gzip is read like any other answer', async () => {
  const lab = await startLab();
  const packed = gzipSync('{"error":{"code":"E-AUTH-NOPERM","message":"no"}}');
  await answering(lab, `403 Forbidden\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}`, packed);
  expect(await failureOf(lab.requester.get(URL))).toMatchObject({ details: { peerCode: 'E-AUTH-NOPERM' } });
});
