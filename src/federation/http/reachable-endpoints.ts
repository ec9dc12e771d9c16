/** The endpoints of a host name that may be connected to. */
import { isIP } from 'node:net';
import { CloudilloError, refusedAt } from '../../protocol/errors.ts';
import type { Span } from '../../protocol/observer.ts';
import type { AttemptReport } from './address-attempt.ts';
import { assertPublicAddresses, blockedRange } from './address-guard.ts';
import { interleaved, MAX_ADDRESSES } from './address-order.ts';
import { type Endpoint, type Network, sandboxEndpoint, usable } from './network.ts';
import type { HostResolver } from './resolver.ts';
import { HTTPS_PORT } from './secure.ts';

/**
 * The endpoints of a host that may be connected to, the preferred one first. In a sandbox they are those that its file names, else
 * the host's addresses: at most {@link MAX_ADDRESSES}, and each has to be public. The check is made on the addresses that are connected to, so a name that resolves
 * differently the second time (DNS rebinding) gains nothing.
 *
 * @param how `only`: of them this one alone; `span` gets a part for the lookup
 * @throws CloudilloError `dns.*`, `network.address-blocked`, `network.unreachable` (with `only`), `usage.network`
 */
export async function endpointsOf(
  given: Network,
  resolver: HostResolver,
  host: string,
  port: number,
  { only, span = null }: { only?: Endpoint | undefined; span?: Span | null } = {},
): Promise<Endpoint[]> {
  const allowed = await allowedEndpoints(given, resolver, host, port, span);
  if (!only) return allowed;
  if (allowed.some(({ address, port }) => address === only.address && port === only.port)) return [only];
  throw new CloudilloError('network.unreachable', `${host} does not lead to ${only.address} any more`, {
    stage: 'connect',
    hint: 'Its DNS records have just changed: try again.',
    details: { host, address: only.address },
  });
}

async function allowedEndpoints(
  given: Network,
  resolver: HostResolver,
  host: string,
  port: number,
  span: Span | null,
): Promise<Endpoint[]> {
  const network = usable(given);
  const member = network.kind === 'sandbox' && port === HTTPS_PORT ? sandboxEndpoint(network, host) : null;
  if (isIP(host) !== 0) {
    assertPublicAddresses(host, [host]);
    return [{ address: host, port }];
  }
  // Also for a member: a name that the sandbox's DNS lacks doesn't exist.
  const addresses = await lookup(resolver, host, span);
  if (member) return [member, ...(member.others ?? [])].map(({ address, port }) => ({ address, port }));
  refuseBlocked(host, addresses, port);
  return interleaved(addresses.map((address) => ({ address, port }))).slice(0, MAX_ADDRESSES);
}

async function lookup(resolver: HostResolver, host: string, parent: Span | null): Promise<string[]> {
  const span = parent?.begin('dns', undefined, { facts: { 'dns.question.name': host } });
  try {
    const addresses = (await resolver.resolve(host)).map(({ address }) => address);
    span?.fact('dns.answers', addresses);
    span?.end();
    return addresses;
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
