/** DNS messages: encoding queries, and reading answers strictly. */
import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import type { Answer, DecodedPacket, RecordType } from 'dns-packet';
import * as packet from 'dns-packet';
import { canonicalAddress } from './canonical-address.ts';
import { dnsError } from './dns-error.ts';
import { dnsName } from './name.ts';

/** A question. `name` is in the form of {@link dnsName}. */
export interface DnsQuestion {
  name: string;
  type: 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'NS' | 'SOA' | 'TXT';
}

/** A record of a type that this program uses. Others are dropped when a message is read. */
export type DnsRecord =
  | { type: 'A' | 'AAAA' | 'CNAME' | 'NS'; name: string; ttl: number; data: string }
  | { type: 'CAA'; name: string; ttl: number; data: CaaValue }
  | { type: 'SOA'; name: string; ttl: number; data: { mname: string; serial: number } };

/** A CAA property (RFC 8659), which names an authority that may issue certificates for a name. */
export interface CaaValue {
  critical: boolean;
  tag: string;
  value: string;
}

/** An answer in normalised form. */
export interface DnsMessage {
  id: number;
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, …; with EDNS the extended code. */
  rcode: string;
  authoritative: boolean;
  truncated: boolean;
  /** The server offers recursion, so it is a resolver. */
  recursive: boolean;
  /** The server says that it validated the answer with DNSSEC (AD). */
  authenticated: boolean;
  edns: boolean;
  answers: DnsRecord[];
  authorities: DnsRecord[];
  additionals: DnsRecord[];
}

/** What an EDNS query says fits: the size that no path fragments (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** A random message ID: with the random source port, what an off-path forger has to guess. */
export function randomId(): number {
  return randomInt(0x10000);
}

/** A query on the wire. `recurse` asks a resolver to do the walking; authorities are asked without. */
export function encodeQuery(question: DnsQuestion, options: { id: number; recurse: boolean; edns: boolean }): Buffer {
  const flags = options.recurse ? packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA : 0;
  return packet.encode({
    type: 'query',
    id: options.id,
    flags,
    questions: [{ name: dnsName(question.name) || '.', type: question.type as RecordType, class: 'IN' }],
    additionals: options.edns
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: UDP_PAYLOAD,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  });
}

/**
 * The answer to `question` in `bytes`, or null when these bytes answer something else (another ID, a query, another
 * question) and the right answer may still come.
 *
 * @throws CloudilloError `dns.malformed` when the ID matches and the rest can't be read.
 */
export function readResponse(bytes: Buffer, expected: { id: number; question: DnsQuestion }): DnsMessage | null {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== expected.id) return null;
  const decoded = decode(bytes, expected.question.name);
  if (decoded.type !== 'response') return null;
  const asked = decoded.questions?.[0];
  // A server that couldn't read the query may leave the question out. All others have to repeat it.
  const unread = !asked && rcodeOf(decoded) !== 'NOERROR' && rcodeOf(decoded) !== 'NXDOMAIN';
  if (!unread && !(asked && sameQuestion(asked, expected.question))) return null;
  return normalise(decoded);
}

/**
 * Decodes a packet. dns-packet reads past the end of record data that is cut off, and invents the rest: such a packet is refused.
 */
function decode(bytes: Buffer, name: string): DecodedPacket {
  try {
    const decoded = packet.decode(bytes);
    if (packet.decode.bytes > bytes.length) throw new Error('it ends in the middle of a record');
    const bad = [...(decoded.answers ?? []), ...(decoded.additionals ?? [])].find(
      (record) => (record.type === 'A' || record.type === 'AAAA') && isIP(record.data) === 0,
    );
    if (bad) throw new Error(`an ${bad.type} record holds no address`);
    return decoded;
  } catch (cause) {
    throw dnsError('dns.malformed', `The answer for ${name} can't be read`, { cause });
  }
}

function sameQuestion(asked: { name: string; type: string }, question: DnsQuestion): boolean {
  return asked.type === question.type && asked.name.replace(/\.$/, '').toLowerCase() === question.name;
}

function rcodeOf(decoded: DecodedPacket): string {
  const low = (decoded as DecodedPacket & { rcode: string }).rcode;
  const extended = decoded.additionals?.find((record) => record.type === 'OPT')?.extendedRcode ?? 0;
  return extended === 0 ? low : `RCODE_${extended * 16}+${low}`;
}

function normalise(decoded: DecodedPacket): DnsMessage {
  const section = (records: Answer[] | undefined) => (records ?? []).flatMap(readRecord);
  return {
    id: decoded.id ?? 0,
    rcode: rcodeOf(decoded),
    authoritative: decoded.flag_aa,
    truncated: decoded.flag_tc,
    recursive: decoded.flag_ra,
    authenticated: decoded.flag_ad,
    edns: (decoded.additionals ?? []).some((record) => record.type === 'OPT'),
    answers: section(decoded.answers),
    authorities: section(decoded.authorities),
    additionals: section(decoded.additionals),
  };
}

/** The record in the form of {@link DnsRecord}; an empty list for an unused type, class or name. */
function readRecord(record: Answer): DnsRecord[] {
  if (record.type === 'OPT' || (record.class ?? 'IN') !== 'IN') return [];
  const owner = { name: record.name.replace(/\.$/, '').toLowerCase(), ttl: record.ttl ?? 0 };
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return [{ ...owner, type: record.type, data: canonicalAddress(record.data) }];
    case 'CNAME':
    case 'NS':
      return [{ ...owner, type: record.type, data: record.data.replace(/\.$/, '').toLowerCase() }];
    case 'CAA': {
      const { tag, value, issuerCritical } = record.data;
      return [{ ...owner, type: 'CAA', data: { tag, value, critical: issuerCritical === true } }];
    }
    case 'SOA':
      return [{ ...owner, type: 'SOA', data: { mname: record.data.mname, serial: record.data.serial ?? 0 } }];
    default:
      return [];
  }
}
