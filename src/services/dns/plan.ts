import { isIP } from 'node:net';
import {
  type AuthoritativeResolver,
  createAuthoritativeResolver,
} from '../../federation/dns/authoritative-resolver.ts';
import { isPublicAddress } from '../../federation/dns/canonical-address.ts';
import { type DnsServer, describeServer, parseServer } from '../../federation/dns/dns-server.ts';
import type { Resolver } from '../../federation/dns/resolver.ts';
import { createStubResolver, systemServers } from '../../federation/dns/stub-resolver.ts';
import type { Network } from '../../federation/http/network.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost, idTagToAscii, parseIdTag } from '../../protocol/id-tag.ts';
import { type HostTarget, parseHost, parseTarget } from './host.ts';
import { defaultZone } from './records.ts';

/** What `dns-check` was asked. */
export interface DnsCheckInput {
  /** Any spelling. */
  idTag: string;
  /** Where people browse. Default: the idTag. */
  appDomain?: string | undefined;
  /** Addresses or names of the server that both names have to reach; any of them will do. */
  expect?: string[] | undefined;
  /** Resolvers to ask, as `parseServer` reads them. Default: the system's, or the sandbox's. */
  resolvers?: string[] | undefined;
  /** Ask the authorities too, walking from the root. Alone it replaces the system's resolver. */
  authoritative?: boolean | undefined;
  /** `ADDR[:PORT]` where that walk starts, instead of the root servers. */
  root?: string | undefined;
  /** The zone that host-relative lines are relative to. */
  zone?: string | undefined;
  /** Milliseconds to go on asking until it is right. */
  wait?: number | undefined;
  /** Where the home's server listens. A public address is suggested in records when nothing else is known. */
  listenHost?: string | undefined;
  /** Milliseconds a server has to answer, per try. */
  timeout?: number | undefined;
}

/** What a check comes to: names, resolvers, and what is expected, all canonical. */
export interface Plan {
  idTag: string;
  names: { name: string; purpose: 'api' | 'app' }[];
  targets: HostTarget[];
  /** Where the server may well be, though nobody said so: for suggestions, not for verdicts. */
  guesses: HostTarget[];
  zone: string;
  /** Makes them anew for each look: what a walk from the root learns must not outlive it. */
  resolvers: () => Asked[];
}

/** A resolver and what it is asked for. */
export interface Asked {
  resolver: Resolver | AuthoritativeResolver;
  /** Ask for CAA as well? Not in a sandbox: its DNS has no parents to climb to, and its authority asks nobody. */
  caa: boolean;
}

/** @throws CloudilloError `usage.id-tag`, `usage.expect`, `usage.app-domain`, `usage.zone`, `usage.resolver` */
export function planOf(network: Network, input: DnsCheckInput): Plan {
  const idTag = parseIdTag(input.idTag);
  const ascii = idTagToAscii(idTag);
  const app = input.appDomain === undefined ? ascii : parseHost(input.appDomain, 'usage.app-domain');
  const api = apiHost(idTag);
  const member = network.kind === 'sandbox' ? network.endpoints[ascii] : undefined;
  const expected = input.expect ?? (member ? [member.address] : []);
  return {
    idTag,
    names: [
      { name: api, purpose: 'api' as const },
      { name: app, purpose: 'app' as const },
    ].filter(({ name, purpose }) => purpose === 'api' || name !== api),
    targets: expected.map(parseTarget),
    guesses: guessesOf(input.listenHost),
    zone: input.zone === undefined ? defaultZone(ascii) : parseHost(input.zone, 'usage.zone'),
    resolvers: resolversOf(network, input),
  };
}

function guessesOf(listenHost = ''): HostTarget[] {
  return isIP(listenHost) && isPublicAddress(listenHost) ? [parseTarget(listenHost)] : [];
}

function resolversOf(network: Network, input: DnsCheckInput): Plan['resolvers'] {
  const timeout = input.timeout !== undefined && { timeout: input.timeout };
  const named = (input.resolvers ?? []).map((text) => parseServer(text));
  const roots = input.root === undefined ? undefined : rootOf(input.root);
  const walk = input.authoritative || roots !== undefined;
  const stub = (servers: DnsServer[], label: string) => createStubResolver({ servers, label, ...timeout });
  return () => {
    const asked = named.map((server): Asked => ({ resolver: stub([server], describeServer(server)), caa: true }));
    if (asked.length === 0 && !walk) asked.push(defaultResolver(network, stub));
    if (walk) asked.push({ resolver: createAuthoritativeResolver({ ...(roots && { roots }), ...timeout }), caa: true });
    return asked;
  };
}

function defaultResolver(network: Network, stub: (servers: DnsServer[], label: string) => Resolver): Asked {
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
