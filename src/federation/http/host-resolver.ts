/** Resolves host names. */
import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';
import { createSingleFlight } from '../limits/single-flight.ts';
import { descriptorProblem } from './descriptors.ts';
import { type DnsFailure, dnsError, dnsFailureOf } from './dns-failure.ts';
import type { Network, UsableNetwork } from './network.ts';

/** The addresses that are known, and those to come. */
export interface FirstAddresses {
  /** At least one. */
  addresses: LookupAddress[];
  /** The addresses of the family that hasn't answered yet; null: both have. It never rejects. */
  later: Promise<LookupAddress[]> | null;
}

/** Resolves host names to addresses. */
export interface HostResolver {
  /**
   * All addresses of a host (ASCII), at least one.
   *
   * @throws CloudilloError `dns.nxdomain`, `dns.nodata`, `dns.servfail`, `dns.refused`, `dns.timeout`; `network.descriptors`
   */
  resolve(host: string): Promise<LookupAddress[]>;
  /**
   * The addresses with which a connection may begin (RFC 8305, section 3): a family that doesn't answer delays the other one for
   * {@link RESOLUTION_DELAY_MS} only. It throws as `resolve`.
   */
  resolveFirst(host: string): Promise<FirstAddresses>;
  /** Ends current queries. */
  close(): void;
}

/** The Resolution Delay (RFC 8305, section 3), milliseconds. */
const RESOLUTION_DELAY_MS = 50;
const QUERY_TIMEOUT_MS = 2_000;
const QUERY_TRIES = 2;

/** The resolver of a network: the sandbox's DNS server, the configured servers, or the system's. */
export function createHostResolver(network: Network): HostResolver {
  if (network.kind === 'unusable') {
    const refuse = () => Promise.reject(network.reason);
    return { resolve: refuse, resolveFirst: refuse, close: () => {} };
  }
  const servers = dnsServers(network);
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (servers) resolver.setServers(servers);
  const ask = servers ? (host: string) => query(resolver, host) : (host: string) => system(resolver, host);
  // Many requests to a host start at once (a fan-out, a page of actions): one query serves all of them.
  const flight = createSingleFlight<FirstAddresses>();
  const resolveFirst = (host: string) => flight(host, () => ask(host).catch((error) => explainFailure(host, error)));
  return {
    async resolve(host) {
      const { addresses, later } = await resolveFirst(host);
      return [...addresses, ...((await later) ?? [])].toSorted((a, b) => a.family - b.family);
    },
    resolveFirst,
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

async function query(resolver: Resolver, host: string): Promise<FirstAddresses> {
  const of = (family: number, addresses: string[]) => addresses.map((address) => ({ address, family }));
  try {
    return await firstOf([
      resolver.resolve4(host).then((found) => of(4, found)),
      resolver.resolve6(host).then((found) => of(6, found)),
    ]);
  } catch (error) {
    const { failure, cause } = worst((error as AggregateError).errors);
    throw dnsError(failure, host, cause);
  }
}

/**
 * The answers that are here a short time after the first one with addresses, in the order of the questions.
 * @throws AggregateError when no question gets any
 */
async function firstOf(questions: Promise<LookupAddress[]>[]): Promise<FirstAddresses> {
  const answers: (LookupAddress[] | null)[] = questions.map(() => null);
  const settled = questions.map(async (question, index) => {
    const found = await question.catch((): LookupAddress[] => []);
    answers[index] = found;
    return found;
  });
  await Promise.any(questions);
  const all = Promise.all(settled);
  let delay: NodeJS.Timeout | undefined;
  const delayed = new Promise((resolve) => {
    delay = setTimeout(resolve, RESOLUTION_DELAY_MS);
  });
  await Promise.race([all, delayed]);
  clearTimeout(delay);
  const missing = settled.filter((_, index) => answers[index] === null);
  const later = missing.length === 0 ? null : Promise.all(missing).then((lists) => lists.flat());
  return { addresses: answers.flatMap((found) => found ?? []), later };
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
async function system(resolver: Resolver, host: string): Promise<FirstAddresses> {
  try {
    return await firstOf([4, 6].map((family) => lookup(host, { all: true, family })));
  } catch (error) {
    // getaddrinfo says only "not found" or "try again". DNS tells the reason.
    throw await explain(resolver, host, (error as AggregateError).errors[0]);
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
