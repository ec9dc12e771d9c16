/** The networks: the Internet, or a sandbox. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';
import { API_PREFIX, idTagToAscii, parseIdTag } from '../../protocol/id-tag.ts';
import { isJsonObject } from '../../protocol/json-object.ts';

/** An IP address and a port to connect to. */
export interface Endpoint {
  address: string;
  port: number;
}

/** The endpoint of a member of a sandbox. */
export interface MemberEndpoint extends Endpoint {
  /** Further addresses of the same member. A name on the Internet may have several, too. */
  others?: readonly Endpoint[];
}

/** The Internet: names from DNS, public addresses only, and the certificate authorities of the system. */
export interface PublicNetwork {
  kind: 'public';
  /** DNS servers in place of the system's resolver, as `address` or `address:port`. */
  resolvers?: string[];
  /** An authority that is trusted besides those of the system, PEM. */
  ca?: string;
  /** A host and port that the owner named, so that it may be at a private address. */
  exempt?: { host: string; port: number };
}

/**
 * A federation on one machine. URLs, `Host` and SNI are as on the Internet. Only name resolution, the certificate authority and
 * the endpoint of a name differ. Exactly these endpoints are exempt from the address guard.
 */
export interface SandboxNetwork {
  kind: 'sandbox';
  dns: Endpoint;
  /** The certificate authority of the sandbox, PEM. */
  ca: string;
  /** By idTag in A-label form. Each entry stands for `<idTag>` and `cl-o.<idTag>`. The object has no prototype. */
  endpoints: Readonly<Record<string, MemberEndpoint>>;
}

/** A network file that can't be used. Every request fails with the reason. Work without requests succeeds. */
export interface UnusableNetwork {
  kind: 'unusable';
  reason: CloudilloError;
}

/** A network that requests can go to. */
export type UsableNetwork = PublicNetwork | SandboxNetwork;

/** What the settings name. */
export type Network = UsableNetwork | UnusableNetwork;

/** The network, where something is asked of it. @throws CloudilloError `usage.network`: its file can't be used */
export function usable(network: Network): UsableNetwork {
  if (network.kind === 'unusable') throw network.reason;
  return network;
}

/** The default network. */
export const PUBLIC_NETWORK: PublicNetwork = { kind: 'public' };

const FIELDS = new Set(['version', 'dns', 'ca', 'endpoints']);

/**
 * Reads a sandbox network file: `{ "version": 1, "dns": "127.0.0.1:5353", "ca": "<PEM>", "endpoints": { "alice.test":
 * "127.0.0.1:8443" } }`; a list where a member has several addresses. It is strict, because the file decides which private
 * addresses may be connected to.
 * @throws CloudilloError `usage.network`, naming the field
 */
export function parseNetwork(json: unknown): SandboxNetwork {
  if (!isJsonObject(json)) throw invalid('', 'is not a JSON object');
  for (const field of Object.keys(json)) {
    if (!FIELDS.has(field)) throw invalid(field, 'is not a known field');
  }
  if (json['version'] !== 1) throw invalid('version', 'must be 1');
  return {
    kind: 'sandbox',
    dns: parseEndpoint(json['dns'], 'dns'),
    ca: parseCa(json['ca']),
    endpoints: parseEndpoints(json['endpoints']),
  };
}

/** The endpoint of a host name of the sandbox; `null` when the name is no member. */
export function sandboxEndpoint(network: SandboxNetwork, host: string): MemberEndpoint | null {
  const name = host.toLowerCase();
  const exact = network.endpoints[name];
  if (exact) return exact;
  return (name.startsWith(API_PREFIX) && network.endpoints[name.slice(API_PREFIX.length)]) || null;
}

function parseEndpoints(value: unknown): Record<string, MemberEndpoint> {
  if (!isJsonObject(value)) throw invalid('endpoints', 'must be an object of idTag to "address:port"');
  const endpoints: Record<string, MemberEndpoint> = Object.create(null);
  for (const [key, endpoint] of Object.entries(value)) {
    const field = `endpoints.${key}`;
    if (asciiForm(key, field) !== key) throw invalid(field, 'is not an idTag in A-label form');
    endpoints[key] = parseMember(endpoint, field);
  }
  return endpoints;
}

function parseMember(value: unknown, field: string): MemberEndpoint {
  const [first, ...others] = (Array.isArray(value) ? value : [value]).map((one) => parseEndpoint(one, field));
  if (!first) throw invalid(field, 'has no address');
  return { ...first, ...(others.length > 0 && { others }) };
}

function asciiForm(key: string, field: string): string {
  try {
    return idTagToAscii(parseIdTag(key));
  } catch (cause) {
    throw invalid(field, 'is not an idTag', cause);
  }
}

function parseEndpoint(value: unknown, field: string): Endpoint {
  const match = typeof value === 'string' ? /^(?:\[([^\]]+)\]|([^:]+)):([1-9]\d{0,4})$/.exec(value) : null;
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  const family = match?.[1] === undefined ? 4 : 6;
  if (isIP(address) !== family || port > 65535) {
    throw invalid(field, 'must be "address:port" with an IP address, such as "127.0.0.1:8443" or "[::1]:8443"');
  }
  return { address, port };
}

function parseCa(value: unknown): string {
  if (typeof value !== 'string') throw invalid('ca', 'must be a certificate in PEM form');
  try {
    if (!new X509Certificate(value).ca) throw new Error('its basic constraints say that it is no authority');
  } catch (cause) {
    throw invalid('ca', 'is not the certificate of an authority in PEM form', cause);
  }
  return value;
}

function invalid(field: string, reason: string, cause?: unknown): CloudilloError {
  const subject = field === '' ? 'The sandbox network file' : `"${field}" in the sandbox network file`;
  return new CloudilloError('usage.network', `${subject} ${reason}`, {
    stage: 'input',
    hint: 'Make the file anew with "cloudillo sandbox up", or remove the setting "network" to use the Internet.',
    details: { field },
    cause,
  });
}
