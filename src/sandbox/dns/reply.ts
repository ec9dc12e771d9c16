/** DNS replies on the wire. */
import type { Answer, DecodedPacket, OptAnswer } from 'dns-packet';
import * as packet from 'dns-packet';
import type { ZoneAnswer, ZoneRecord } from './zone.ts';

/** The size of a datagram when the query names none, and the largest that is sent. */
const PLAIN_LIMIT = 512;
const EDNS_LIMIT = 1232;

const RCODE = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
/** The high part of rcode 16 in the OPT record: an unsupported EDNS version (RFC 6891 section 6.1.3). */
const BADVERS_HIGH = 1;

/** Answers a question. */
export type Answerer = (question: { name: string; type: string }) => ZoneAnswer;

/**
 * The reply to a query; null for bytes that get none: too short for an ID, or not a query (two servers that answer each other's
 * answers would never stop). With `datagram` a reply that doesn't fit UDP is cut off with TC.
 */
export function replyTo(bytes: Buffer, answer: Answerer, { datagram }: { datagram: boolean }): Buffer | null {
  if (bytes.length < 12 || (bytes.readUInt8(2) & 0x80) !== 0) return null;
  let query: DecodedPacket;
  try {
    query = packet.decode(bytes);
  } catch {
    // The query can't be read. FORMERR says so; only the ID is certain.
    return encode({ id: bytes.readUInt16BE(0), rcode: RCODE.FORMERR });
  }
  const opt = query.additionals?.find((record): record is OptAnswer => record.type === 'OPT');
  const head = { id: query.id ?? 0, questions: query.questions ?? [], recurse: query.flag_rd, edns: opt !== undefined };
  if ((bytes.readUInt8(2) & 0x78) !== 0) return encode({ ...head, questions: [], rcode: RCODE.NOTIMP });
  const question = query.questions?.[0];
  if (!question || query.questions?.length !== 1) return encode({ ...head, questions: [], rcode: RCODE.FORMERR });
  if (opt && opt.ednsVersion > 0) return encode({ ...head, rcode: 0, extended: BADVERS_HIGH });
  if ((question.class ?? 'IN') !== 'IN' || ['AXFR', 'IXFR'].includes(question.type)) {
    return encode({ ...head, rcode: RCODE.REFUSED });
  }
  const found = answer(question);
  const full = encode({ ...head, ...found, rcode: RCODE[found.rcode] });
  const limit = opt ? Math.max(PLAIN_LIMIT, Math.min(opt.udpPayloadSize, EDNS_LIMIT)) : PLAIN_LIMIT;
  if (!datagram || full.length <= limit) return full;
  return encode({ ...head, rcode: RCODE[found.rcode], authoritative: found.authoritative, truncated: true });
}

interface Reply extends Partial<Omit<ZoneAnswer, 'rcode'>> {
  id: number;
  rcode: number;
  extended?: number;
  questions?: DecodedPacket['questions'];
  recurse?: boolean;
  edns?: boolean;
  truncated?: boolean;
}

function encode(reply: Reply): Buffer {
  const section = (records: ZoneRecord[] = []): Answer[] =>
    records.map((record) => ({ ...record, name: record.name || '.', class: 'IN' }) as Answer);
  const opt: Answer[] = reply.edns
    ? [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: EDNS_LIMIT,
          extendedRcode: reply.extended ?? 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ]
    : [];
  const flags =
    (reply.authoritative ? packet.AUTHORITATIVE_ANSWER : 0) |
    (reply.truncated ? packet.TRUNCATED_RESPONSE : 0) |
    (reply.recurse ? packet.RECURSION_DESIRED : 0) |
    reply.rcode;
  return packet.encode({
    type: 'response',
    id: reply.id,
    flags,
    questions: reply.questions ?? [],
    answers: section(reply.answers),
    authorities: section(reply.authorities),
    additionals: [...section(reply.additionals), ...opt],
  });
}
