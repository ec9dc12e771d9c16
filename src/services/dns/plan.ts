/** Turns the input of `dns-check` into canonical names, resolvers and expectations. */
import { isIP } from 'node:net';
import {
  type AuthoritativeResolver,
  createAuthoritativeResolver,
} from '../../federation/dns/authoritative-resolver.ts';
import { type DnsServer, describeServer, parseServer } from '../../federation/dns/dns-server.ts';
import { observedAsk } from '../../federation/dns/observed-ask.ts';
import type { Resolver } from '../../federation/dns/resolver.ts';
import { createStubResolver, systemServers } from '../../federation/dns/stub-resolver.ts';
import { blockedRange, unreachableRange } from '../../federation/http/address-guard.ts';
import { type Network, sandboxEndpoint, type UsableNetwork, usable } from '../../federation/http/network.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost, idTagToAscii, parseIdTag } from '../../protocol/id-tag.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { type HostTarget, parseHost, parseTarget } from './host.ts';
import { defaultZone } from './zone-change.ts';

/** The input of `dns-check`. */
export interface DnsCheckInput {
  /** The idTag, in any spelling. */
  idTag: string;
  /** The host that browsers open. Default: the idTag. */
  appDomain?: string | undefined;
  /** Addresses or names of the server that both names must reach. Reaching one of them is enough. */
  expect?: string[] | undefined;
  /** Resolvers to ask, as `parseServer` reads them. Default: the system's, or the sandbox's. */
  resolvers?: string[] | undefined;
  /** Ask the authoritative servers too, from the root down. Alone it replaces the system's resolver. */
  authoritative?: boolean | undefined;
  /** Ask each of the default resolvers by itself, beside the named ones; on the Internet the authoritative servers, too. */
  every?: boolean | undefined;
  /** `ADDR[:PORT]` where that walk starts, instead of the root servers. */
  root?: string | undefined;
  /** The zone that host-relative lines are relative to. */
  zone?: string | undefined;
  /** How long to repeat the check until it succeeds, milliseconds. */
  wait?: number | undefined;
  /**
   * The address that the home's server listens on. A public one is used for suggestions when nothing else is known.
   */
  listenHost?: string | undefined;
  /** The time limit of one query, milliseconds. */
  timeout?: number | undefined;
}

/** The canonical names, resolvers and expectations of a check. */
export interface Plan {
  idTag: string;
  names: { name: string; purpose: 'api' | 'app' }[];
  targets: HostTarget[];
  /** Probable addresses of the server, used for suggestions and not for verdicts. */
  guesses: HostTarget[];
  zone: string;
  /** Why no peer connects to an address of a name; null: peers do. The network of a sandbox says where its members are. */
  blocked: (name: string, address: string) => string | null;
  /** Makes new resolvers for each check: a walk from the root must not reuse what an earlier one learned. */
  resolvers: () => Asked[];
}

/** A resolver, and what to ask it. */
export interface Asked {
  resolver: Resolver | AuthoritativeResolver;
  /** Whether CAA is asked for, too. A sandbox has no parent domains, and its authority doesn't check CAA. */
  caa: boolean;
}

/**
 * Checks the input and makes the plan.
 * @param observer gets a span for each question to a name server
 * @throws CloudilloError `usage.id-tag`, `usage.expect`, `usage.app-domain`, `usage.zone`, `usage.resolver`,
 * `usage.network`
 */
export function planOf(given: Network, input: DnsCheckInput, observer: Observer = NOBODY): Plan {
  const network = usable(given);
  const idTag = parseIdTag(input.idTag);
  const ascii = idTagToAscii(idTag);
  const app = input.appDomain === undefined ? ascii : parseHost(input.appDomain, 'usage.app-domain');
  const api = apiHost(idTag);
  const member = network.kind === 'sandbox' ? network.endpoints[ascii] : undefined;
  const expected = input.expect ?? (member ? [member, ...(member.others ?? [])].map(({ address }) => address) : []);
  return {
    idTag,
    names: [
      { name: api, purpose: 'api' as const },
      { name: app, purpose: 'app' as const },
    ].filter(({ name, purpose }) => purpose === 'api' || name !== api),
    targets: expected.map(parseTarget),
    guesses: guessesOf(input.listenHost),
    zone: input.zone === undefined ? defaultZone(ascii) : parseHost(input.zone, 'usage.zone'),
    blocked: (name, address) =>
      network.kind === 'sandbox' && sandboxEndpoint(network, name) ? null : unreachableRange(address),
    resolvers: resolversOf(network, input, observer),
  };
}

function guessesOf(listenHost = ''): HostTarget[] {
  return isIP(listenHost) && blockedRange(listenHost) === null ? [parseTarget(listenHost)] : [];
}

function resolversOf(network: UsableNetwork, input: DnsCheckInput, observer: Observer): Plan['resolvers'] {
  const how = { ask: observedAsk(observer), ...(input.timeout !== undefined && { timeout: input.timeout }) };
  const named = (input.resolvers ?? []).map((text) => parseServer(text));
  // A walk never leaves the network that is set: the server of a sandbox is its root.
  const ownRoot = network.kind === 'sandbox' ? { addresses: [network.dns.address], port: network.dns.port } : undefined;
  const roots = input.root === undefined ? ownRoot : rootOf(input.root);
  const walk = input.authoritative || input.root !== undefined || (input.every === true && network.kind === 'public');
  const stub = (servers: DnsServer[], label: string) => createStubResolver({ servers, label, ...how });
  return () => {
    const asked = named.map((server): Asked => ({ resolver: stub([server], describeServer(server)), caa: true }));
    if (input.every) asked.unshift(...eachDefault(network, stub));
    else if (asked.length === 0 && !walk) asked.push(defaultResolver(network, stub));
    if (walk) asked.push({ resolver: createAuthoritativeResolver({ ...(roots && { roots }), ...how }), caa: true });
    return asked;
  };
}

function eachDefault(network: UsableNetwork, stub: (servers: DnsServer[], label: string) => Resolver): Asked[] {
  const servers = network.kind === 'public' ? systemServers() : [];
  if (servers.length < 2) return [defaultResolver(network, stub)];
  return servers.map((server) => ({ resolver: stub([server], `system (${describeServer(server)})`), caa: true }));
}

function defaultResolver(network: UsableNetwork, stub: (servers: DnsServer[], label: string) => Resolver): Asked {
  if (network.kind === 'public') {
    const servers = systemServers();
    const label = `system (${servers.map(describeServer).join(', ') || 'none configured'})`;
    return { resolver: stub(servers, label), caa: true };
  }
  const server: DnsServer = { transport: 'udp', ...network.dns };
  return { resolver: stub([server], `sandbox (${describeServer(server)})`), caa: false };
}

function rootOf(text: string): { addresses: string[]; port: number } {
  const server = parseServer(text);
  if (server.transport === 'https') {
    throw new CloudilloError('usage.resolver', `"${text}" is not a root server: an address is needed`, {
      stage: 'input',
    });
  }
  return { addresses: [server.address], port: server.port };
}
