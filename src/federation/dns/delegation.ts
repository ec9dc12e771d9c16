import type { DnsMessage, DnsQuestion } from './message.ts';
import { isWithin } from './name.ts';

/** A zone and the servers it is delegated to. */
export interface Delegation {
  /** `''` is the root. */
  zone: string;
  servers: { host: string; addresses: readonly string[] }[];
}

/** What an answer means to a walk that asked a server of `zone`. */
export type WalkStep =
  | { kind: 'answer' }
  | { kind: 'referral'; delegation: Delegation }
  /** The server doesn't serve the zone that it was named for, or says nothing usable; `code` as in dns-error.ts. */
  | { kind: 'useless'; code: 'dns.lame' | 'dns.servfail' | 'dns.rcode'; reason: string };

/** Reads an authority's answer to `question`. Pure. */
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
 * The delegation in a referral. It has to lead down (below `zone`, towards `name`): a server that points sideways or
 * up doesn't serve the zone, and following it would go round in circles.
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

/** Addresses that came along, taken only for names inside the zone whose server sent them (cache poisoning). */
function glue(message: DnsMessage, host: string, zone: string): string[] {
  if (!isWithin(host, zone)) return [];
  return message.additionals.flatMap((record) =>
    (record.type === 'A' || record.type === 'AAAA') && record.name === host ? [record.data] : [],
  );
}
