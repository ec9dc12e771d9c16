import { addressesOf, type LookupResult, type Resolver } from '../../federation/dns/resolver.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';

/** What one resolver knows about one name: its addresses of both families and the way there. */
export interface NameFacts {
  name: string;
  /** `failed`: nothing was found and at least one of the two lookups couldn't tell. */
  status: 'found' | 'nodata' | 'nxdomain' | 'failed';
  /** CNAME targets in order. */
  chain: string[];
  /** IPv4 first. */
  addresses: string[];
  /** Both lookups answered: an address that isn't here doesn't exist. */
  complete: boolean;
  /** AD on every answer; null when nobody answered, or authorities did. */
  authenticated: boolean | null;
  /** Who answered. */
  server: string | null;
  /** The lookup that couldn't tell, even where the other one found something. */
  error: ErrorObject | null;
  /** Milliseconds for both lookups, which run at once. */
  ms: number;
}

/** Looks up A and AAAA of a name. A lookup that can't tell is a fact, not an error. */
export async function nameFacts(resolver: Resolver, name: string): Promise<NameFacts> {
  const start = performance.now();
  const settled = await Promise.allSettled([resolver.lookup(name, 'A'), resolver.lookup(name, 'AAAA')]);
  const results = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const bug = errors.find((error) => !(error instanceof CloudilloError));
  if (bug) throw bug;
  const addresses = results.flatMap(addressesOf);
  // Any of the two tells the way: the chain doesn't depend on the type.
  const chain = results.find((result) => result.chain.length > 0)?.chain ?? [];
  const judged = results.flatMap(({ authenticated }) => (authenticated === null ? [] : [authenticated]));
  return {
    name,
    status: statusOf(results, addresses, errors.length),
    chain,
    addresses,
    complete: errors.length === 0,
    authenticated: judged.length === 0 ? null : judged.every(Boolean),
    server: results[0]?.server ?? null,
    error: errors[0] ? errorToObject(errors[0]) : null,
    ms: Math.round(performance.now() - start),
  };
}

/** NXDOMAIN is true of a name whatever the type (RFC 8020); "no record" takes both answers. */
function statusOf(results: LookupResult[], addresses: string[], failed: number): NameFacts['status'] {
  if (addresses.length > 0) return 'found';
  if (results.some((result) => result.status === 'nxdomain')) return 'nxdomain';
  return failed > 0 ? 'failed' : 'nodata';
}
