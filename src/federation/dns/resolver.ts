/** The interface of DNS resolvers. */
import type { DnsQuestion, DnsRecord } from './message.ts';

/** The record types that a resolver is asked for. */
export type LookupType = Extract<DnsQuestion['type'], 'A' | 'AAAA' | 'CAA' | 'NS' | 'SOA'>;

/** The records of a name of one type. No records means proven absence. When the answer is unknown, the lookup throws. */
export interface LookupResult {
  status: 'found' | 'nodata' | 'nxdomain';
  /** The targets of the CNAME records on the way, in order. `records` belong to the last of them. */
  chain: string[];
  records: DnsRecord[];
  /** Whether the resolver validated the answer with DNSSEC (AD). null for authoritative servers, where the bit has no meaning. */
  authenticated: boolean | null;
  /** The address or URL of the server that answered. */
  server: string;
}

/** Finds records: a resolver on the network, or a walk from the root. */
export interface Resolver {
  /** The resolver as people name it: `1.1.1.1`, `system (127.0.0.53)`, `authoritative`. */
  readonly label: string;
  /**
   * Looks up the records of a name.
   * @throws CloudilloError when the answer is unknown: `dns.servfail`, `dns.refused`, `dns.timeout`, `dns.unreachable`,
   *   `dns.malformed`, `dns.loop`, `dns.chain`, `dns.lame`, `dns.inconsistent`, `dns.limit`, `dns.rcode`
   */
  lookup(name: string, type: LookupType): Promise<LookupResult>;
}

/** The values of the A or AAAA records in a result. */
export function addressesOf(result: LookupResult): string[] {
  return result.records.flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.data] : []));
}
