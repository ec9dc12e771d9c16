import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The two sizes at which a client is counted: its own address, and the block it most likely owns. */
export interface AddressBlocks {
  /** IPv4: the address itself. IPv6: its /64, since one host picks freely within it. */
  host: string;
  /** IPv4: the /24. IPv6: the /48. */
  network: string;
}

/**
 * An address in the one form in which it is a key, or null for what is none. IPv4-mapped IPv6 is the IPv4 address that it carries, a
 * zone is left out. `ipaddr.js` alone would take `1` and `0x7f.1` for addresses.
 */
export function plainAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  if (isIP(text) === 0) return null;
  return ipaddr.process(text.replace(/%.*$/, '')).toString();
}

/**
 * The blocks under which an address is rate-limited and banned (specification: Rate limits). IPv4-mapped IPv6 counts as
 * the IPv4 address it carries, or a client could double its allowance by choosing the socket family.
 * @param address textual IP address; what isn't one (a Unix socket's empty peer) is its own block
 */
export function addressBlocks(address: string): AddressBlocks {
  const plain = plainAddress(address);
  if (plain === null) return { host: address, network: address };
  if (isIPv4(plain)) return { host: plain, network: `${plain.slice(0, plain.lastIndexOf('.'))}.0/24` };
  const groups = ipaddr.IPv6.parse(plain).parts.map((part) => part.toString(16));
  return { host: `${groups.slice(0, 4).join(':')}::/64`, network: `${groups.slice(0, 3).join(':')}::/48` };
}
