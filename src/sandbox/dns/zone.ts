/** Answers questions from zones. */
import type { CaaData, SoaData } from 'dns-packet';
import { ancestors, isWithin } from '../../federation/dns/name.ts';

/** A record that the sandbox's server can serve. Names lower case, without the final dot; the root is `''`. */
export type ZoneRecord = { name: string; ttl: number } & (
  | { type: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'TXT'; data: string }
  | { type: 'CAA'; data: CaaData }
  | { type: 'SOA'; data: SoaData }
);

/** A zone: names from the apex down, except below NS records other than the apex's own. */
export interface Zone {
  apex: string;
  records: ZoneRecord[];
}

/** The answer to a question. */
export interface ZoneAnswer {
  rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  /** False for a referral and for a refusal. */
  authoritative: boolean;
  answers: ZoneRecord[];
  authorities: ZoneRecord[];
  additionals: ZoneRecord[];
}

const MAX_ALIASES = 16;

/**
 * Answers by the algorithm of RFC 1034 section 4.3.2, without recursion and wildcards. It is a pure function. `name` may be in
 * any case.
 */
export function answerFrom(zones: readonly Zone[], question: { name: string; type: string }): ZoneAnswer {
  const name = question.name.replace(/\.$/, '').toLowerCase();
  const zone = enclosing(zones, name);
  if (!zone) return { rcode: 'REFUSED', authoritative: false, answers: [], authorities: [], additionals: [] };
  const answers: ZoneRecord[] = [];
  for (let at = name, steps = 0; steps < MAX_ALIASES; steps++) {
    const referral = cutAbove(zone, at);
    if (referral) return delegation(zone, referral, answers);
    const node = zone.records.filter((record) => record.name === at);
    const wanted = node.filter((record) => question.type === 'ANY' || record.type === question.type);
    if (wanted.length > 0) return positive([...answers, ...wanted]);
    const alias = node.find((record) => record.type === 'CNAME');
    if (alias?.type !== 'CNAME') return negative(zone, answers, node.length > 0 || hasBelow(zone, at));
    answers.push(alias);
    // The target may be in another zone: the client goes on from here. A loop ends at a record that is in the answer already.
    if (!isWithin(alias.data, zone.apex) || answers.some((record) => record.name === alias.data)) break;
    at = alias.data;
  }
  return positive(answers);
}

function enclosing(zones: readonly Zone[], name: string): Zone | null {
  for (const apex of ancestors(name)) {
    const zone = zones.find((candidate) => candidate.apex === apex);
    if (zone) return zone;
  }
  return null;
}

/** The NS records of the highest zone cut between the apex and `name`. */
function cutAbove(zone: Zone, name: string): ZoneRecord[] | null {
  const below = ancestors(name).filter((at) => at !== zone.apex && isWithin(at, zone.apex));
  for (const at of below.reverse()) {
    const cut = zone.records.filter((record) => record.type === 'NS' && record.name === at);
    if (cut.length > 0) return cut;
  }
  return null;
}

function delegation(zone: Zone, cut: ZoneRecord[], answers: ZoneRecord[]): ZoneAnswer {
  const hosts = new Set(cut.map((record) => record.data));
  const additionals = zone.records.filter(
    (record) => (record.type === 'A' || record.type === 'AAAA') && hosts.has(record.name),
  );
  // The part before a CNAME's target is authoritative.
  return { rcode: 'NOERROR', authoritative: answers.length > 0, answers, authorities: cut, additionals };
}

function positive(answers: ZoneRecord[]): ZoneAnswer {
  return { rcode: 'NOERROR', authoritative: true, answers, authorities: [], additionals: [] };
}

/** RFC 2308: the SOA record limits how long the absence may be cached, and tells NODATA from a referral. */
function negative(zone: Zone, answers: ZoneRecord[], exists: boolean): ZoneAnswer {
  const authorities = zone.records.filter((record) => record.type === 'SOA' && record.name === zone.apex);
  return { rcode: exists ? 'NOERROR' : 'NXDOMAIN', authoritative: true, answers, authorities, additionals: [] };
}

/** An empty non-terminal (`b.test` when only `a.b.test` has records) exists: NODATA, not NXDOMAIN. */
function hasBelow(zone: Zone, name: string): boolean {
  return zone.records.some((record) => isWithin(record.name, name));
}
