/** Resolves host names. */
import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';
import { createSingleFlight } from '../limits/single-flight.ts';
import { descriptorProblem } from './descriptors.ts';
import { type DnsFailure, dnsError, dnsFailureOf } from './dns-failure.ts';
import type { Network, UsableNetwork } from './network.ts';

/** Resolves host names to addresses. */
export interface HostResolver {
  /**
   * All addresses of a host (ASCII), at least one.
   *
   * @throws CloudilloError `dns.nxdomain`, `dns.nodata`, `dns.servfail`, `dns.refused`, `dns.timeout`; `network.descriptors`
   */
  resolve(host: string): Promise<LookupAddress[]>;
  /** Ends current queries. */
  close(): void;
}

const QUERY_TIMEOUT_MS = 2_000;
const QUERY_TRIES = 2;

/** The resolver of a network: the sandbox's DNS server, the configured servers, or the system's. */
export function createHostResolver(network: Network): HostResolver {
  if (network.kind === 'unusable') return { resolve: () => Promise.reject(network.reason), close: () => {} };
  const servers = dnsServers(network);
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (servers) resolver.setServers(servers);
  const ask = servers ? (host: string) => query(resolver, host) : (host: string) => system(resolver, host);
  // Many requests to a host start at once (a fan-out, a page of actions): one query serves all of them.
  const flight = createSingleFlight<LookupAddress[]>();
  return {
    resolve: (host) => flight(host, () => ask(host).catch((error) => explainFailure(host, error))),
    close: () => resolver.cancel(),
  };
}

function dnsServers(network: UsableNetwork): string[] | null {
  if (network.kind === 'public') return network.resolvers?.length ? network.resolvers : null;
  const { address, port } = network.dns;
  return [isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`];
}

/** Tells the failure of a server from that of this process, which could not ask it. */
async function explainFailure(host: string, error: unknown): Promise<never> {
  const proven = error instanceof CloudilloError && (error.code === 'dns.nxdomain' || error.code === 'dns.nodata');
  throw (proven ? null : await descriptorProblem(host)) ?? error;
}

async function query(resolver: Resolver, host: string): Promise<LookupAddress[]> {
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = [
    ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
    ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (addresses.length > 0) return addresses;
  const errors = [v4, v6].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const { failure, cause } = worst(errors);
  throw dnsError(failure, host, cause);
}

/** The failure that counts. NXDOMAIN holds for all types of a name; "no data" is proven only when both types say so. */
function worst(errors: unknown[]): { failure: DnsFailure; cause: unknown } {
  const failures = errors.map((cause) => ({ failure: dnsFailureOf(cause), cause }));
  return (
    failures.find(({ failure }) => failure === 'dns.nxdomain') ??
    failures.find(({ failure }) => failure !== 'dns.nodata') ??
    failures[0] ?? { failure: 'dns.nodata', cause: undefined }
  );
}

/** Resolves as every other program on the machine (hosts file, nsswitch, search order). */
async function system(resolver: Resolver, host: string): Promise<LookupAddress[]> {
  try {
    return await lookup(host, { all: true, verbatim: true });
  } catch (cause) {
    // getaddrinfo says only "not found" or "try again". DNS tells the reason.
    throw await explain(resolver, host, cause);
  }
}

async function explain(resolver: Resolver, host: string, cause: unknown): Promise<unknown> {
  try {
    await query(resolver, host);
  } catch (error) {
    return error;
  }
  // DNS has an address that the system didn't find: a temporary failure, or a hosts file that hides the name.
  return dnsError('dns.servfail', host, cause);
}
