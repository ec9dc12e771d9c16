import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failureOf } from '../../support/failure.ts';
import { answer, type Lab, startLab } from '../../support/lab.ts';
import type { NameAnswer } from '../../support/name-server.ts';

const URL = 'https://cl-o.bob.test/api/me';

/** A server that isn't TLS at all, at bob.test. */
async function rawServer(lab: Lab, onConnection: (socket: Socket) => void): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {
      // The client hangs up first in most of these tests.
    });
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  lab.know('bob.test', (server.address() as AddressInfo).port);
}

describe('a name', () => {
  it.each<[string, NameAnswer | undefined, boolean]>([
    ['dns.nxdomain', undefined, false],
    ['dns.nodata', [], false],
    ['dns.servfail', 'SERVFAIL', true],
    ['dns.refused', 'REFUSED', true],
  ])('that fails as %s', async (code, said, retryable) => {
    const lab = await startLab();
    if (said !== undefined) lab.dns.names.set('cl-o.bob.test', said);
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code, stage: 'dns', retryable, details: { host: 'cl-o.bob.test' } });
    expect(error.message).toContain('cl-o.bob.test');
    expect(error.hint).toBeTruthy();
  });

  it("that nobody answers for is dns.timeout within the call's limit", async () => {
    const lab = await startLab({ timeout: 200 });
    lab.dns.names.set('cl-o.bob.test', 'silence');
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'dns.timeout', stage: 'dns', retryable: true });
  });
});

describe('a connection', () => {
  it('that is refused', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
    await bob.close();
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.refused', stage: 'connect', retryable: true });
  });

  it('that says nothing times out in the TLS handshake', async () => {
    const lab = await startLab({ timeout: 200 });
    await rawServer(lab, () => {});
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.timeout', stage: 'tls', retryable: true });
  });

  it('that is closed in the TLS handshake is a retryable tls.handshake', async () => {
    const lab = await startLab();
    await rawServer(lab, (socket) => socket.destroy());
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'tls.handshake', stage: 'tls', retryable: true });
  });

  it('to a plain HTTP server is tls.handshake', async () => {
    const lab = await startLab();
    await rawServer(lab, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'tls.handshake', stage: 'tls', retryable: false });
  });
});

describe('an answer', () => {
  it('that never comes times out as a response', async () => {
    const lab = await startLab({ timeout: 300 });
    await lab.peer('bob.test', () => {});
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.timeout', stage: 'response', retryable: true });
  });

  it('whose body drips times out: the limit is for the whole call', async () => {
    const lab = await startLab({ timeout: 300 });
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.timeout', stage: 'response' });
  });

  it('whose body stops is ended by the idle limit', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(200).write('the start');
    });
    const error = await failureOf(lab.requester.get(URL, { idleTimeout: 100 }));
    expect(error).toMatchObject({ code: 'network.timeout', details: { timeout: 100 } });
  });

  it('that breaks off without a word is network.reset', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => void response.socket?.destroy());
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.reset', stage: 'response', retryable: true });
  });

  it.each([
    ['Content-Length', { 'content-length': '100' }],
    ['chunked', {}],
  ])('that breaks off in its body (%s) is network.reset', async (_, headers) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_request, response) => {
      response.writeHead(200, headers);
      response.write('half', () => response.socket?.destroy());
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.reset', retryable: true });
  });

  it('that is no HTTP is network.protocol', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => void response.socket?.end('220 smtp.bob.test ready\r\n'));
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'network.protocol', retryable: false });
  });

  it.each([301, 302, 303, 307, 308])('that redirects (%i) is not followed', async (status) => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => {
      response.writeHead(status, { location: 'https://cl-o.bob.test/elsewhere?secret=1' }).end();
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({
      code: 'network.redirect',
      details: { status, location: 'https://cl-o.bob.test/elsewhere' },
    });
    expect(bob.requests).toHaveLength(1);
  });

  it('304 to a question without an ETag is refused like a redirect', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => void response.writeHead(304).end());
    const error = await failureOf(lab.requester.get(URL));
    expect(error.code).toBe('network.redirect');
  });

  it('that is not JSON is peer.invalid with an excerpt, when JSON is asked of it', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => void response.end('<html>\u001b[31mWelcome'));
    const response = await lab.requester.get(URL);
    expect(() => response.json()).toThrow(
      expect.objectContaining({
        code: 'peer.invalid',
        details: { host: 'cl-o.bob.test', path: '/api/me', body: '<html> [31mWelcome' },
      }),
    );
  });
});

describe('giving up', () => {
  it('by a signal is network.aborted, before and during the call', async () => {
    const lab = await startLab();
    const controller = new AbortController();
    await lab.peer('bob.test', () => controller.abort());
    const during = await failureOf(lab.requester.get(URL, { signal: controller.signal }));
    expect(during.code).toBe('network.aborted');
    const before = await failureOf(lab.requester.get(URL, { signal: AbortSignal.abort() }));
    expect(before.code).toBe('network.aborted');
  });
});

describe('a URL', () => {
  it.each([
    'http://cl-o.bob.test/',
    'ftp://cl-o.bob.test/',
    'data:text/plain,hello',
    'file:///etc/passwd',
    'https://user:secret@cl-o.bob.test/',
    'https://',
    'no url',
    '',
  ])('%j is usage.url, and its text is not repeated', async (url) => {
    const lab = await startLab();
    const error = await failureOf(lab.requester.get(url));
    expect(error).toMatchObject({ code: 'usage.url', stage: 'input' });
    expect(error.message).not.toContain('secret');
    expect(error.cause).toBeUndefined();
  });
});
