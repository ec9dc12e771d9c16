import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import * as packet from 'dns-packet';
import { describe, expect, it, vi } from 'vitest';
import { askServer } from '../../../src/federation/dns/ask-server.ts';
import type { DnsMessage } from '../../../src/federation/dns/message.ts';
import { authority, codeOf, onClose, record, reply, scripted, zone } from '../../support/dns-servers.ts';

const question = { name: 'a.test', type: 'A' } as const;
const quick = { recurse: true, timeout: 150, tries: 2 };
const values = (message: DnsMessage) => message.answers.map((answer) => answer.data);

function patched(bytes: Buffer, value: number, offset: number): Buffer {
  bytes.writeUInt16BE(value, offset);
  return bytes;
}

describe('askServer', () => {
  it('asks over UDP and over TCP', async () => {
    const { server } = await authority([zone('test', record('a.test', 'A', '192.0.2.1'))]);
    expect(values(await askServer(server, question, quick))).toEqual(['192.0.2.1']);
    const overTcp = { ...server, transport: 'tcp' } as typeof server;
    expect(values(await askServer(overTcp, question, quick))).toEqual(['192.0.2.1']);
  });

  it('asks again over TCP when the answer was cut off', async () => {
    const many = Array.from({ length: 200 }, (_, i) => record('a.test', 'A', `192.0.2.${i}`));
    const { server, asked } = await authority([zone('test', ...many)]);
    expect(values(await askServer(server, question, quick))).toHaveLength(200);
    expect(asked).toHaveLength(2);
  });

  it('asks again when a datagram is lost', async () => {
    let first = true;
    const { server, asked } = await scripted((query) => {
      if (first) {
        first = false;
        return [];
      }
      return [reply(query, 0)];
    });
    expect((await askServer(server, question, quick)).rcode).toBe('NOERROR');
    expect(asked()).toBe(2);
  });

  it('takes the answer to the first datagram after it has sent the second', async () => {
    const queries: packet.DecodedPacket[] = [];
    const { server } = await scripted((query) => {
      queries.push(query);
      return queries.length === 2 ? [reply(queries[0]!, 0)] : [];
    });
    expect((await askServer(server, question, quick)).rcode).toBe('NOERROR');
    expect(queries).toHaveLength(2);
  });

  it('gives up on silence when the time for the whole question is over', async () => {
    const { server, asked } = await scripted(() => []);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
    try {
      const outcome = codeOf(askServer(server, question, { ...quick, timeout: 1000 }));
      while (asked() === 0) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(1000);
      // When each datagram had this time for itself, it was still waiting.
      expect(await outcome).toBe('dns.timeout');
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells a closed port from silence', async () => {
    const { server } = await authority([]);
    const closed = { ...server, address: '127.0.0.77' } as typeof server;
    expect(await codeOf(askServer(closed, question, quick))).toBe('dns.unreachable');
    expect(await codeOf(askServer({ ...closed, transport: 'tcp' } as typeof server, question, quick))).toBe(
      'dns.unreachable',
    );
  });

  it('says so when a datagram cannot even be sent', async () => {
    const { server } = await authority([]);
    // The kernel refuses this address as it does any without a route: at once, and not through an event.
    const nowhere = { ...server, address: '255.255.255.255' } as typeof server;
    expect(await codeOf(askServer(nowhere, question, quick))).toBe('dns.unreachable');
  });

  it('waits for the answer with its own ID and question', async () => {
    const { server } = await scripted((query) => [
      { ...reply(query, 2), id: ((query.id ?? 0) + 1) & 0xffff },
      { ...reply(query, 2), questions: [{ name: 'b.test', type: 'A' }] },
      { ...reply(query, 2), questions: [{ name: 'a.test', type: 'AAAA' }] },
      { ...reply(query, 0), questions: [] },
      { type: 'query', id: query.id ?? 0, questions: query.questions ?? [] },
      Buffer.from([1]),
      reply(query, 0),
    ]);
    const answer = await askServer(server, question, quick);
    expect(answer.rcode).toBe('NOERROR');
  });

  it.each([
    ['a body cut in the middle', (bytes: Buffer) => bytes.subarray(0, bytes.length - 3)],
    ['counts that promise more', (bytes: Buffer) => patched(bytes, 9, 6)],
    ['a name that points at itself', (bytes: Buffer) => patched(bytes, 0xc00c, 12)],
  ])('calls it malformed: %s', async (_, damage) => {
    const { server } = await scripted((query) => [
      damage(
        packet.encode({
          ...reply(query, 0),
          answers: [{ name: 'a.test', type: 'A', data: '192.0.2.1' }],
        }),
      ),
    ]);
    expect(await codeOf(askServer(server, question, quick))).toBe('dns.malformed');
  });

  it('asks without EDNS where EDNS is unknown', async () => {
    const { server, asked } = await scripted((query) => {
      if (query.additionals?.length) return [{ ...reply(query, 1), questions: [] }];
      return [reply(query, 0)];
    });
    expect((await askServer(server, question, quick)).rcode).toBe('NOERROR');
    expect(asked()).toBe(2);
  });

  it('says of an answer over TCP that breaks off how much of it came', async () => {
    const tcp = createTcpServer((socket) => socket.end(Buffer.from([0, 100, 1, 2, 3])));
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    onClose(tcp);
    const { port } = tcp.address() as { port: number };
    const server = { transport: 'tcp', address: '127.0.0.1', port } as const;
    const asked = askServer(server, question, quick);
    await expect(asked).rejects.toMatchObject({ code: 'dns.unreachable' });
    await expect(asked).rejects.toMatchObject({ cause: { message: expect.stringContaining('3 of 100 bytes came') } });
  });

  it('hears over TCP that a server hangs up', async () => {
    const tcp = createTcpServer((socket) => socket.end());
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    onClose(tcp);
    const { port } = tcp.address() as { port: number };
    const server = { transport: 'tcp', address: '127.0.0.1', port } as const;
    expect(await codeOf(askServer(server, question, quick))).toBe('dns.unreachable');
  });

  it('puts a TCP answer together that comes byte by byte', async () => {
    const tcp = createTcpServer((socket) => {
      socket.setNoDelay(true);
      socket.once('data', async (chunk) => {
        const query = packet.decode(chunk.subarray(2));
        for (const byte of packet.streamEncode(reply(query, 0))) {
          await new Promise<void>((resolve) => socket.write(Buffer.from([byte]), () => resolve()));
        }
      });
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    onClose(tcp);
    const { port } = tcp.address() as { port: number };
    const server = { transport: 'tcp', address: '127.0.0.1', port } as const;
    expect((await askServer(server, question, { ...quick, timeout: 3000 })).rcode).toBe('NOERROR');
  });

  it('refuses a name that the wire has no room for', async () => {
    const { server } = await authority([zone('test')]);
    const long = { name: `${'x'.repeat(64)}.test`, type: 'A' } as const;
    expect(await codeOf(askServer(server, long, quick))).toBe('dns.malformed');
  });
});
