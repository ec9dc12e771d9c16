import type { DnsQuestion, DnsRecord } from './message.ts';

/** The types a resolver is asked for. */
export type LookupType = Extract<DnsQuestion['type'], 'A' | 'AAAA' | 'CAA' | 'NS' | 'SOA'>;

/** What a name has of one type. Absence is proven: when it can't be told, the lookup throws. */
export interface LookupResult {
  status: 'found' | 'nodata' | 'nxdomain';
  /** The CNAME targets on the way, in order. `records` belong to the last of them. */
  chain: string[];
  records: DnsRecord[];
  /** Did the resolver vouch for it with DNSSEC (AD)? Null where the question makes no sense (authorities). */
  authenticated: boolean | null;
  /** Who said so: an address, a URL. */
  server: string;
}

/** Something that finds records: a resolver on the network, or a walk from the root. */
export interface Resolver {
  /** How a person names it: `1.1.1.1`, `system (127.0.0.53)`, `authoritative`. */
  readonly label: string;
  /**
   * @throws CloudilloError `dns.servfail`, `dns.refused`, `dns.timeout`, `dns.unreachable`, `dns.malformed`, `dns.loop`,
   *   `dns.chain`, `dns.lame`, `dns.inconsistent`, `dns.limit`, `dns.rcode`: could not tell.
   */
  lookup(name: string, type: LookupType): Promise<LookupResult>;
}

/** The values of the A or AAAA records in a result. */
export function addressesOf(result: LookupResult): string[] {
  return result.records.flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.data] : []));
}
