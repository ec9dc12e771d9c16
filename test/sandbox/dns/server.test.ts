import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import * as packet from 'dns-packet';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DnsServerHandle, startDnsServer } from '../../../src/sandbox/dns/server.ts';
import { answerFrom } from '../../../src/sandbox/dns/zone.ts';
import { record, zone } from '../../support/dns-servers.ts';

const many = Array.from({ length: 100 }, (_, i) => record('many.test', 'A', `127.0.1.${i}`));
const zones = [zone('test', record('a.test', 'A', '127.0.0.1'), ...many)];

let server: DnsServerHandle;
beforeEach(async () => {
  server = await startDnsServer({ address: '127.0.0.1', port: 0, answer: (question) => answerFrom(zones, question) });
});
afterEach(() => server.close());

/** Sends bytes as they are; the reply, or null when none came before the answer to a good query that follows. */
async function raw(bytes: Buffer): Promise<packet.DecodedPacket | null> {
  const socket = createSocket('udp4');
  socket.connect(server.port, server.address);
  await once(socket, 'connect');
  try {
    const first = once(socket, 'message') as Promise<[Buffer]>;
    socket.send(bytes);
    socket.send(query({ id: 65_000 }));
    const reply = packet.decode((await first)[0]);
    return reply.id === 65_000 ? null : reply;
  } finally {
    socket.close();
  }
}

function query(change: packet.Packet = {}): Buffer {
  return packet.encode({ type: 'query', id: 7, questions: [{ name: 'a.test', type: 'A' }], ...change });
}

const rcode = (reply: packet.DecodedPacket | null) => (reply as { rcode?: string } | null)?.rcode;

describe('startDnsServer', () => {
  it('repeats the question as it was asked, and speaks EDNS with those who do', async () => {
    const opt = { type: 'OPT', name: '.', udpPayloadSize: 4096 } as packet.Answer;
    const reply = await raw(query({ questions: [{ name: 'A.TeSt', type: 'A' }], additionals: [opt] }));
    expect(reply?.questions).toMatchObject([{ name: 'A.TeSt' }]);
    expect(reply?.additionals).toMatchObject([{ type: 'OPT' }]);
    expect((await raw(query()))?.additionals).toEqual([]);
  });

  it('cuts off what a datagram cannot carry, and says so', async () => {
    const reply = await raw(query({ questions: [{ name: 'many.test', type: 'A' }] }));
    expect(reply).toMatchObject({ flag_tc: true, answers: [] });
  });

  it.each([
    ['another operation than a query', Buffer.from(query()).fill(0x28, 2, 3), 'NOTIMP'],
    ['no question', query({ questions: [] }), 'FORMERR'],
    ['two questions', query({ questions: Array(2).fill({ name: 'a.test', type: 'A' }) }), 'FORMERR'],
    ['a question that is cut off', query().subarray(0, 20), 'FORMERR'],
    ['another class', query({ questions: [{ name: 'a.test', type: 'A', class: 'CH' }] }), 'REFUSED'],
    ['a zone transfer', query({ questions: [{ name: 'test', type: 'AXFR' }] }), 'REFUSED'],
  ])('refuses %s', async (_, bytes, expected) => {
    expect(rcode(await raw(bytes))).toBe(expected);
  });

  it('refuses an EDNS version that it does not know', async () => {
    const opt = { type: 'OPT', name: '.', ednsVersion: 1 } as packet.Answer;
    expect(await raw(query({ additionals: [opt] }))).toMatchObject({ additionals: [{ extendedRcode: 1 }] });
  });

  it('answers no answers', async () => {
    expect(await raw(query({ type: 'response' }))).toBeNull();
  });

  it('lives through anything that is sent to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        await raw(Buffer.from(bytes));
        expect(rcode(await raw(query()))).toBe('NOERROR');
      }),
      { numRuns: 50 },
    );
  });

  it('answers several questions on one TCP connection, in full', async () => {
    const socket = connect(server.port, server.address);
    socket.write(packet.streamEncode({ type: 'query', id: 1, questions: [{ name: 'many.test', type: 'A' }] }));
    socket.write(packet.streamEncode({ type: 'query', id: 2, questions: [{ name: 'a.test', type: 'A' }] }));
    const replies: packet.Packet[] = [];
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      while (received.length > 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        replies.push(packet.decode(received.subarray(2, end)));
        received = received.subarray(end);
      }
      if (replies.length === 2) break;
    }
    expect(replies.map(({ id, answers }) => [id, answers?.length])).toEqual([
      [1, 100],
      [2, 1],
    ]);
  });

  it('names the port that is taken', async () => {
    const again = startDnsServer({ address: '127.0.0.1', port: server.port, answer: (q) => answerFrom(zones, q) });
    await expect(again).rejects.toMatchObject({ code: 'network.port-in-use', details: { port: server.port } });
  });

  it('frees the port when it closes, whoever is connected', async () => {
    const socket = connect(server.port, server.address);
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await server.close();
    await closed;
    server = await startDnsServer({ address: '127.0.0.1', port: server.port, answer: (q) => answerFrom(zones, q) });
    expect(rcode(await raw(query()))).toBe('NOERROR');
  });
});
