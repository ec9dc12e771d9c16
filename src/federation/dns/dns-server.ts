/** How a name server is named by people: address, port and transport. */
import { isIP } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';
import { redactText } from '../../protocol/redact.ts';

/** A name server: its address and its transport. */
export type DnsServer =
  | { transport: 'udp' | 'tcp'; address: string; port: number }
  | { transport: 'https'; url: string };

/** The port of name servers by default. */
export const DNS_PORT = 53;

/** Writes a server as people write it: `1.1.1.1`, `[2606:4700::1111]:53`, `tcp://9.9.9.9`, `https://dns.quad9.net/dns-query`. */
export function describeServer(server: DnsServer): string {
  // A URL may carry the user's key in its query.
  if (server.transport === 'https') return redactText(server.url);
  const address = isIP(server.address) === 6 ? `[${server.address}]` : server.address;
  const place = server.port === DNS_PORT ? server.address : `${address}:${server.port}`;
  return server.transport === 'udp' ? place : `tcp://${server.port === DNS_PORT ? address : place}`;
}

/**
 * The inverse of {@link describeServer}, which leaves out the secrets of a URL: `ADDR`, `ADDR:PORT`, `udp://…`, `tcp://…`, `https://…` (DNS over HTTPS).
 * @throws CloudilloError `usage.resolver` naming the fault. A host name is refused for UDP and TCP, because its lookup would need
 *   the very resolver that is checked
 */
export function parseServer(text: string): DnsServer {
  const fail = (reason: string) =>
    new CloudilloError('usage.resolver', `"${text}" is not a name server: ${reason}`, {
      stage: 'input',
      hint: 'Write an address (1.1.1.1, [::1]:5353), udp://ADDR, tcp://ADDR, or https://HOST/dns-query.',
    });
  if (/^https:\/\//i.test(text)) {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (!url?.hostname) throw fail('the URL has no host');
    if (url.username || url.password) throw fail('a URL with a password in it would be printed; leave it out');
    return { transport: 'https', url: url.href };
  }
  const match = /^(?:(udp|tcp):\/\/)?(.+)$/i.exec(text);
  if (!match?.[2]) throw fail('it is empty');
  if (match[2].includes('://')) throw fail('only udp, tcp and https are known');
  const transport = match[1]?.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
  return { transport, ...parseEndpoint(match[2], fail) };
}

/** Reads `ADDR[:PORT]`. An IPv6 address with a port stands in brackets. The default port is 53. */
function parseEndpoint(text: string, fail: (reason: string) => Error): { address: string; port: number } {
  if (isIP(text)) return { address: text, port: DNS_PORT };
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const family = isIP(address);
  if (family === 0 || (family === 4 && match?.[1] !== undefined)) throw fail('an IP address is needed');
  if (match?.[3] === undefined) return { address, port: DNS_PORT };
  const port = /^\d{1,5}$/.test(match[3]) ? Number(match[3]) : 0;
  if (port < 1 || port > 65535) throw fail(`"${match[3]}" is not a port`);
  return { address, port };
}
