import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as packet from 'dns-packet';
import { beforeAll, describe, expect, it } from 'vitest';
import { askServer } from '../../../src/federation/dns/ask-server.ts';
import { type CertifiedKey, createAuthority, issueCertificate } from '../../../src/sandbox/certificates/authority.ts';
import { replyTo } from '../../../src/sandbox/dns/reply.ts';
import { answerFrom } from '../../../src/sandbox/dns/zone.ts';
import { codeOf, onClose, record, zone } from '../../support/dns-servers.ts';
import { failureOf } from '../../support/failure.ts';

const question = { name: 'a.test', type: 'A' } as const;
const zones = [zone('test', record('a.test', 'A', '192.0.2.1'))];

let authority: CertifiedKey;
let leaf: CertifiedKey;
beforeAll(async () => {
  authority = await createAuthority(new Date());
  leaf = await issueCertificate(authority, ['localhost'], new Date());
});

/** An https server that gets the query's bytes. */
async function doh(handle: (query: Buffer, response: ServerResponse, request: IncomingMessage) => void) {
  const server = createServer({ cert: leaf.certificate, key: leaf.key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    handle(Buffer.concat(chunks), response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onClose({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { transport: 'https', url: `https://localhost:${(server.address() as AddressInfo).port}/dns-query` } as const;
}

const answer = (query: Buffer) => replyTo(query, (q) => answerFrom(zones, q), { datagram: false }) as Buffer;
const ask = (server: Awaited<ReturnType<typeof doh>>, timeout = 3000) =>
  askServer(server, question, { recurse: true, timeout, tries: 1, ca: authority.certificate });

describe('DNS over HTTPS', () => {
  it('posts the message as RFC 8484 says', async () => {
    let seen: IncomingMessage | undefined;
    let id: number | undefined;
    const server = await doh((query, response, request) => {
      seen = request;
      id = packet.decode(query).id;
      response.setHeader('content-type', 'application/dns-message').end(answer(query));
    });
    expect((await ask(server)).answers).toMatchObject([{ data: '192.0.2.1' }]);
    expect([seen?.method, seen?.url, seen?.headers['content-type'], id]).toEqual([
      'POST',
      '/dns-query',
      'application/dns-message',
      0,
    ]);
  });

  it.each([
    ['an error status', (_: Buffer, response: ServerResponse) => response.writeHead(404).end()],
    ['a redirect', (_: Buffer, response: ServerResponse) => response.writeHead(302, { location: '/other' }).end()],
    [
      'another content type',
      (query: Buffer, response: ServerResponse) => response.setHeader('content-type', 'text/html').end(answer(query)),
    ],
    [
      'more than a message holds',
      (_: Buffer, response: ServerResponse) =>
        response.setHeader('content-type', 'application/dns-message').end(Buffer.alloc(70_000)),
    ],
    [
      'another question',
      (_: Buffer, response: ServerResponse) =>
        response
          .setHeader('content-type', 'application/dns-message')
          .end(packet.encode({ type: 'response', id: 0, questions: [{ name: 'b.test', type: 'A' }] })),
    ],
    [
      'an empty body',
      (_: Buffer, response: ServerResponse) => response.setHeader('content-type', 'application/dns-message').end(),
    ],
  ])('calls it malformed: %s', async (_, handle) => {
    expect(await codeOf(ask(await doh(handle)))).toBe('dns.malformed');
  });

  it('gives up on a server that hangs, before or in the middle of its answer', async () => {
    const silent = await doh(() => {});
    const slow = await doh((_, response) => response.setHeader('content-type', 'application/dns-message').write('x'));
    expect(await codeOf(ask(silent, 150))).toBe('dns.timeout');
    expect(await codeOf(ask(slow, 150))).toBe('dns.timeout');
  });

  it('says of an answer that breaks off how much of it came', async () => {
    const server = await doh((query, response) => {
      const bytes = answer(query);
      response.writeHead(200, { 'content-type': 'application/dns-message', 'content-length': bytes.length });
      response.write(bytes.subarray(0, 9), () => response.destroy());
    });
    const error = await failureOf(ask(server));
    expect(error.code).toBe('dns.unreachable');
    expect(error.message).toMatch(/broke off its answer: 9 of \d+ bytes came$/);
  });

  it('tells a connection that breaks, and a certificate that is not trusted, from an answer', async () => {
    const broken = await doh((_, response) => response.destroy());
    expect(await codeOf(ask(broken))).toBe('dns.unreachable');
    const good = await doh((query, response) => response.end(answer(query)));
    expect(await codeOf(askServer(good, question, { recurse: true, tries: 1 }))).toBe('dns.unreachable');
  });
});
