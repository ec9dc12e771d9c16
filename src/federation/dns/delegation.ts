/** Reads the answers of authoritative servers: data, or a referral to the servers of a zone below. */
import type { DnsMessage, DnsQuestion } from './message.ts';
import { isWithin } from './name.ts';

/** A zone and its name servers. */
export interface Delegation {
  /** `''` is the root. */
  zone: string;
  servers: { host: string; addresses: readonly string[] }[];
}

/** What an answer means for the walk from the root to the authoritative servers of a name. */
export type WalkStep =
  | { kind: 'answer' }
  | { kind: 'referral'; delegation: Delegation }
  /** The server doesn't serve the zone, or its answer can't be used. */
  | { kind: 'useless'; code: 'dns.lame' | 'dns.servfail' | 'dns.rcode'; reason: string };

/** Reads what a server of `zone` answered to `question`. */
export function readWalkStep(message: DnsMessage, question: DnsQuestion, zone: string): WalkStep {
  const { rcode } = message;
  if (rcode === 'SERVFAIL') return { kind: 'useless', code: 'dns.servfail', reason: 'SERVFAIL' };
  if (rcode === 'REFUSED') return { kind: 'useless', code: 'dns.lame', reason: 'REFUSED' };
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return { kind: 'useless', code: 'dns.rcode', reason: rcode };
  if (message.authoritative) return { kind: 'answer' };
  const delegation = rcode === 'NOERROR' ? readReferral(message, question.name, zone) : null;
  if (delegation) return { kind: 'referral', delegation };
  return { kind: 'useless', code: 'dns.lame', reason: 'not authoritative' };
}

/**
 * The delegation in a referral. It has to lead down, below `zone` and towards `name`. A server that points elsewhere doesn't
 * serve the zone, and following it would be a loop.
 */
function readReferral(message: DnsMessage, name: string, zone: string): Delegation | null {
  const leadsDown = (owner: string) => owner !== zone && isWithin(owner, zone) && isWithin(name, owner);
  const records = message.authorities.filter((record) => record.type === 'NS' && leadsDown(record.name));
  const cut = records[0]?.name;
  if (cut === undefined) return null;
  const hosts = new Set(
    records.flatMap((record) => (record.type === 'NS' && record.name === cut ? [record.data] : [])),
  );
  return { zone: cut, servers: [...hosts].map((host) => ({ host, addresses: glue(message, host, zone) })) };
}

/**
 * The addresses of a name server in the additional section. They are used only for a name inside the zone of the server that
 * answered: another server's answer could poison the cache.
 */
function glue(message: DnsMessage, host: string, zone: string): string[] {
  if (!isWithin(host, zone)) return [];
  return message.additionals.flatMap((record) =>
    (record.type === 'A' || record.type === 'AAAA') && record.name === host ? [record.data] : [],
  );
}
