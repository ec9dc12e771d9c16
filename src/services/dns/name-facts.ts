/** The addresses of a name, as one resolver has them. */
import { addressesOf, type LookupResult, type Resolver } from '../../federation/dns/resolver.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';

/** What one resolver answers for a name: the addresses of both families, and the CNAMEs on the way. */
export interface NameFacts {
  name: string;
  /** `failed`: nothing was found, and at least one of the two lookups failed. */
  status: 'found' | 'nodata' | 'nxdomain' | 'failed';
  /** CNAME targets in order. */
  chain: string[];
  /** IPv4 first. */
  addresses: string[];
  /** Both lookups succeeded, so that the list of addresses is complete. */
  complete: boolean;
  /** Every answer has the AD bit; null when no resolver answered, or authoritative servers did. */
  authenticated: boolean | null;
  /** The server that answered. */
  server: string | null;
  /** The error of a failed lookup, also when the other one succeeded. It names the type of record. */
  error: ErrorObject | null;
  /** Milliseconds of both lookups, which run at the same time. */
  ms: number;
}

const TYPES = ['A', 'AAAA'] as const;

/** Looks up A and AAAA of a name. A failed lookup is part of the result. */
export async function nameFacts(resolver: Resolver, name: string): Promise<NameFacts> {
  const start = performance.now();
  const settled = await Promise.allSettled(TYPES.map((type) => resolver.lookup(name, type)));
  const results = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const bug = errors.find((error) => !(error instanceof CloudilloError));
  if (bug) throw bug;
  const addresses = results.flatMap(addressesOf);
  // Both lookups show the same chain: it does not depend on the type.
  const chain = results.find((result) => result.chain.length > 0)?.chain ?? [];
  const adBits = results.flatMap(({ authenticated }) => (authenticated === null ? [] : [authenticated]));
  return {
    name,
    status: statusOf(results, addresses, errors.length),
    chain,
    addresses,
    complete: errors.length === 0,
    authenticated: adBits.length === 0 ? null : adBits.every(Boolean),
    server: results[0]?.server ?? null,
    error: failureOf(settled),
    ms: Math.round(performance.now() - start),
  };
}

/** The first error, with the types of record for which it came. */
function failureOf(settled: readonly PromiseSettledResult<LookupResult>[]): ErrorObject | null {
  const errors = settled.map((one) => (one.status === 'rejected' ? errorToObject(one.reason) : null));
  const first = errors.find((error) => error !== null);
  if (!first) return null;
  const types = TYPES.filter((_, index) => errors[index]?.code === first.code);
  return {
    ...first,
    message: `${first.message}, asked for ${types.join(' and ')}`,
    details: { ...first.details, types },
  };
}

/** NXDOMAIN holds for a name whatever the type (RFC 8020). "No record" needs both answers. */
function statusOf(results: LookupResult[], addresses: string[], failed: number): NameFacts['status'] {
  if (addresses.length > 0) return 'found';
  if (results.some((result) => result.status === 'nxdomain')) return 'nxdomain';
  return failed > 0 ? 'failed' : 'nodata';
}
