import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { DecodedPacket, Packet } from 'dns-packet';
import * as packet from 'dns-packet';
import { afterEach } from 'vitest';
import type { DnsServer } from '../../src/federation/dns/dns-server.ts';
import { startDnsServer } from '../../src/sandbox/dns/server.ts';
import { answerFrom, type Zone, type ZoneRecord } from '../../src/sandbox/dns/zone.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** Zone data as in a zone file: `record('a.test', 'A', '192.0.2.1')`. */
export function record(name: string, type: 'A' | 'AAAA' | 'CNAME' | 'NS', data: string): ZoneRecord {
  return { name, type, data, ttl: 60 };
}

export function zone(apex: string, ...records: ZoneRecord[]): Zone {
  const soa: ZoneRecord = {
    name: apex,
    type: 'SOA',
    ttl: 60,
    data: { mname: 'ns.test', rname: 'admin.test', serial: 1 },
  };
  return { apex, records: [soa, ...records] };
}

/** A well-behaved authority for `zones`; `answer` may be changed while it runs. */
export async function authority(zones: Zone[], { address = '127.0.0.1', port = 0 } = {}) {
  const asked: string[] = [];
  const handle = await startDnsServer({
    address,
    port,
    answer: (question) => {
      asked.push(`${question.name}/${question.type}`);
      return answerFrom(zones, question);
    },
  });
  open.push(handle);
  const server: DnsServer = { transport: 'udp', address, port: handle.port };
  return { server, port: handle.port, address, asked };
}

/** A UDP server that answers by `script`: packets or raw bytes, several, or none. */
export async function scripted(
  script: (query: DecodedPacket, raw: Buffer) => (Packet | Buffer)[],
  { address = '127.0.0.1', port = 0 } = {},
) {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (raw, from) => {
    asked += 1;
    for (const reply of script(packet.decode(raw), raw)) {
      socket.send(Buffer.isBuffer(reply) ? reply : packet.encode(reply), from.port, from.address);
    }
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  open.push(socket);
  const server: DnsServer = { transport: 'udp', address, port: socket.address().port };
  return { server, port: socket.address().port, address, asked: () => asked };
}

/** The skeleton of a reply with an rcode (`SERVFAIL` = 2, `REFUSED` = 5, …). */
export function reply(query: DecodedPacket, rcode: number, flags = 0): Packet {
  return { type: 'response', id: query.id ?? 0, flags: rcode | flags, questions: query.questions ?? [] };
}

export function onClose(resource: { close(): unknown }): void {
  open.push(resource);
}

/** The code of the error that a promise is rejected with; fails when it isn't. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  throw new Error('expected a rejection');
}
