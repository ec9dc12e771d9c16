import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { brotliCompressSync, createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failure.ts';
import { answer, startLab, trustedAuthority } from '../../support/lab.ts';

const URL = 'https://cl-o.bob.test/api/me';
const MIB = 1024 * 1024;

/** Writes without end, as fast as the client takes it; tells how much went out. */
function flood(response: ServerResponse, onWritten: (bytes: number) => void): void {
  const block = Buffer.alloc(64 * 1024, 0x20);
  const more = (): void => {
    let open = true;
    while (open && !response.destroyed) {
      open = response.write(block);
      onWritten(block.length);
    }
  };
  response.on('drain', more);
  more();
}

describe('an endless answer', () => {
  it('is ended at the cap, and the server notices', async () => {
    const lab = await startLab();
    let written = 0;
    const closed = new Promise<void>((resolve) => {
      void lab.peer('bob.test', (_, response) => {
        response.on('close', resolve);
        response.writeHead(200);
        flood(response, (bytes) => {
          written += bytes;
        });
      });
    });
    await expect.poll(() => lab.network.endpoints['bob.test']).toBeTruthy();
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.too-large', retryable: false, details: { maxBytes: MIB } });
    await closed;
    // The cap, and what the buffers of both ends hold.
    expect(written).toBeLessThan(16 * MIB);
  });

  it('is refused by its announced length before a byte is read', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(200, { 'content-length': String(200 * MIB) });
      response.flushHeaders();
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error.code).toBe('network.too-large');
  });

  it('that is refused by its status is ended too', async () => {
    const lab = await startLab();
    let closed: Promise<unknown> | undefined;
    await lab.peer('bob.test', (_, response) => {
      closed = once(response, 'close');
      response.writeHead(302, { location: '/elsewhere' });
      flood(response, () => {});
    });
    expect((await failureOf(lab.requester.get(URL))).code).toBe('network.redirect');
    await closed;
  });

  it('of an error costs 64 KiB and is still an error status', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(500);
      flood(response, () => {});
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'peer.error', details: { status: 500 } });
  });

  it('to a sink stops there too', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => flood(response, () => {}));
    let size = 0;
    const error = await failureOf(
      lab.requester.get(URL, {
        maxBytes: 100_000,
        sink: (chunk) => {
          size += chunk.length;
        },
      }),
    );
    expect(error.code).toBe('network.too-large');
    expect(size).toBeLessThanOrEqual(100_000);
  });
});

describe('a compressed answer', () => {
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ] as const)('in %s is read', async (coding, compress) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(compress(Buffer.from('{"a":1}')));
    });
    expect((await lab.requester.get(URL)).json()).toEqual({ a: 1 });
  });

  it('that unpacks to more than the cap is ended by what comes out of it', async () => {
    const lab = await startLab();
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    expect(bomb.length).toBeLessThan(100_000);
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error.code).toBe('network.too-large');
  });

  it('that is an endless bomb is ended as well', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.pipe(response);
      const block = Buffer.alloc(MIB);
      const more = (): void => void gzip.write(block, (error) => error ?? (response.destroyed || more()));
      more();
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error.code).toBe('network.too-large');
  });

  it('that cannot be unpacked is peer.invalid', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all');
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'peer.invalid', retryable: false });
  });
});

describe('a large answer', () => {
  it('streams to a sink, held back by its promises, and is not kept', async () => {
    const lab = await startLab();
    const block = Buffer.alloc(256 * 1024, 1);
    await lab.peer('bob.test', (_, response) => {
      for (let i = 0; i < 8; i++) response.write(block);
      response.end();
    });
    let size = 0;
    let running = 0;
    const response = await lab.requester.get(URL, {
      maxBytes: 4 * MIB,
      sink: async (chunk) => {
        running += 1;
        expect(running).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        size += chunk.length;
        running -= 1;
      },
    });
    expect(size).toBe(2 * MIB);
    expect(response.body).toHaveLength(0);
  });

  it('may take longer than the limit when a minimal rate is set and kept', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', async (_, response) => {
      for (let i = 0; i < 8; i++) {
        response.write(Buffer.alloc(10_000));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      response.end();
    });
    const slow = await failureOf(lab.requester.get(URL, { timeout: 500 }));
    expect(slow.code).toBe('network.timeout');
    const response = await lab.requester.get(URL, { timeout: 500, minRate: 10_000 });
    expect(response.body).toHaveLength(80_000);
    expect(response.timings.total).toBeGreaterThan(500);
  });
});

it('a sink that fails ends the call with its own error', async () => {
  const lab = await startLab();
  await lab.peer('bob.test', (_, response) => answer(response, 'x'.repeat(100)));
  const call = lab.requester.get(URL, {
    sink: () => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    },
  });
  await expect(call).rejects.toMatchObject({ code: 'ENOSPC' });
});

it('a compressed answer in chunks is whole, however its end comes before the connection closes', async () => {
  const json = JSON.stringify({ a: 'x'.repeat(900_000) });
  const packed = gzipSync(json);
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n';
  const end = '\r\n0\r\nX-Trailer: a\r\n\r\n';
  const bytes = Buffer.concat([Buffer.from(`${head}${packed.length.toString(16)}\r\n`), packed, Buffer.from(end)]);
  const lab = await startLab();
  const { issue } = await trustedAuthority();
  const server = createServer(await issue(['bob.test', 'cl-o.bob.test']), (socket) => {
    socket.once('data', () => socket.end(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lab.know('bob.test', (server.address() as AddressInfo).port);
  expect((await lab.requester.get(URL)).body.toString()).toBe(json);
  server.close();
});
