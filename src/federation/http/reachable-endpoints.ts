/** The endpoints of a host name that may be connected to. */
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { CloudilloError, refusedAt } from '../../protocol/errors.ts';
import type { Span } from '../../protocol/observer.ts';
import type { AttemptReport } from './address-attempt.ts';
import { assertPublicAddresses, blockedRange } from './address-guard.ts';
import { interleaved, MAX_ADDRESSES } from './address-order.ts';
import type { FirstAddresses, HostResolver } from './host-resolver.ts';
import { type Endpoint, type Network, sandboxEndpoint, usable } from './network.ts';
import { HTTPS_PORT } from './secure.ts';

/**
 * The endpoints of a host that may be connected to, the preferred one first. In a sandbox they are those that its file names, else
 * the host's addresses: at most {@link MAX_ADDRESSES}, and each has to be public but for a place that the owner exempted. The check is made on the addresses that are connected to, so a name that resolves
 * differently the second time (DNS rebinding) gains nothing.
 *
 * @throws CloudilloError `dns.*`, `network.address-blocked`, `usage.network`
 */
export async function endpointsOf(
  network: Network,
  { resolve }: Pick<HostResolver, 'resolve'>,
  host: string,
  port: number,
  span: Span | null = null,
): Promise<Endpoint[]> {
  const all = async () => ({ addresses: await resolve(host), later: null });
  return (await allowedEndpoints(network, all, host, port, span)).endpoints;
}

/** The endpoints with which a connection may begin, and those to come. */
export interface FirstEndpoints {
  endpoints: Endpoint[];
  /** Endpoints that the other family may still name; null: there are no more. It never rejects. */
  later: Promise<Endpoint[]> | null;
}

/**
 * The same as {@link endpointsOf}, without waiting for a family of addresses that doesn't answer (RFC 8305, section 3).
 * @param how `only`: of them this one alone; `span` gets a part for the lookup
 * @throws CloudilloError as {@link endpointsOf}; `network.unreachable` (with `only`)
 */
export async function firstEndpointsOf(
  network: Network,
  resolver: Pick<HostResolver, 'resolve' | 'resolveFirst'>,
  host: string,
  port: number,
  { only, span = null }: { only?: Endpoint | undefined; span?: Span | null } = {},
): Promise<FirstEndpoints> {
  if (!only) return allowedEndpoints(network, () => resolver.resolveFirst(host), host, port, span);
  const allowed = await endpointsOf(network, resolver, host, port, span);
  if (allowed.some(({ address, port }) => address === only.address && port === only.port)) {
    return { endpoints: [only], later: null };
  }
  throw new CloudilloError('network.unreachable', `${host} does not lead to ${only.address} any more`, {
    stage: 'connect',
    hint: 'Its DNS records have just changed: try again.',
    details: { host, address: only.address },
  });
}

async function allowedEndpoints(
  given: Network,
  find: () => Promise<FirstAddresses>,
  host: string,
  port: number,
  span: Span | null,
): Promise<FirstEndpoints> {
  const network = usable(given);
  const member = network.kind === 'sandbox' && port === HTTPS_PORT ? sandboxEndpoint(network, host) : null;
  const exempt = network.kind === 'public' && network.exempt?.host === host && network.exempt.port === port;
  if (isIP(host) !== 0) {
    if (!exempt) assertPublicAddresses(host, [host]);
    return { endpoints: [{ address: host, port }], later: null };
  }
  // Also for a member: a name that the sandbox's DNS lacks doesn't exist.
  const { addresses, later } = await lookup(find, host, span);
  if (member) {
    const places = [member, ...(member.others ?? [])].map(({ address, port }) => ({ address, port }));
    return { endpoints: places, later: null };
  }
  if (!exempt) {
    refuseBlocked(
      host,
      addresses.map(({ address }) => address),
      port,
    );
  }
  const at = ({ address }: { address: string }): Endpoint => ({ address, port });
  const endpoints = interleaved(distinct(addresses).map(at)).slice(0, MAX_ADDRESSES);
  // A connection has begun by then: what may not be connected to is left out.
  const allowed = (late: LookupAddress[]) =>
    distinct(late)
      .filter(({ address }) => exempt || blockedRange(address) === null)
      .map(at);
  return { endpoints, later: later?.then((late) => allowed(late).slice(0, MAX_ADDRESSES - endpoints.length)) ?? null };
}

/** Each address once: a hosts file may have it twice. */
function distinct(addresses: readonly LookupAddress[]): LookupAddress[] {
  return [...new Map(addresses.map((each) => [each.address, each])).values()];
}

async function lookup(find: () => Promise<FirstAddresses>, host: string, parent: Span | null): Promise<FirstAddresses> {
  const span = parent?.begin('dns', undefined, { facts: { 'dns.question.name': host } });
  try {
    const found = await find();
    span?.fact(
      'dns.answers',
      found.addresses.map(({ address }) => address),
    );
    span?.end();
    return found;
  } catch (error) {
    span?.end(error);
    throw error;
  }
}

/** Throws the refusal. It names every address, because the owner has to know which records are wrong. */
function refuseBlocked(host: string, addresses: readonly string[], port: number): void {
  try {
    assertPublicAddresses(host, addresses);
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
    // The refused ones first: the list is cut, and a log or a journal keeps it.
    const byRange = addresses.toSorted((a, b) => Number(blockedRange(a) === null) - Number(blockedRange(b) === null));
    const attempts = byRange.slice(0, MAX_ADDRESSES).map((address): AttemptReport => {
      const range = blockedRange(address);
      if (range === null) return { address, port, outcome: 'untried', ms: 0 };
      const reason = `is not a public address (${range})`;
      return { address, port, outcome: 'blocked', code: 'network.address-blocked', reason, ms: 0 };
    });
    throw refusedAt(error, { facts: { attempts } });
  }
}
