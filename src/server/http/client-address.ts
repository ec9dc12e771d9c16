/** The address of a client as a key, and the blocks that it belongs to. */
import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The two sizes in which a client is counted: its address, and the block that it most likely owns. */
export interface AddressBlocks {
  /** IPv4: the address. IPv6: its /64, because a host may pick any address in it. */
  host: string;
  /** IPv4: the /24. IPv6: the /48. */
  network: string;
}

/**
 * The canonical form of an address; null for any other text. IPv4-mapped IPv6 becomes the IPv4 address, and a zone is dropped.
 * `ipaddr.js` alone would accept `1` and `0x7f.1`.
 */
export function plainAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  if (isIP(text) === 0) return null;
  return ipaddr.process(text.replace(/%.*$/, '')).toString();
}

/**
 * The blocks by which an address is rate-limited and banned (specification: Rate limits). IPv4-mapped IPv6 counts as its IPv4
 * address, or a client could double its limit by the socket family.
 * @param address a textual IP address; any other text (the empty peer of a Unix socket) is its own block
 */
export function addressBlocks(address: string): AddressBlocks {
  const plain = plainAddress(address);
  if (plain === null) return { host: address, network: address };
  if (isIPv4(plain)) return { host: plain, network: `${plain.slice(0, plain.lastIndexOf('.'))}.0/24` };
  const groups = ipaddr.IPv6.parse(plain).parts.map((part) => part.toString(16));
  return { host: `${groups.slice(0, 4).join(':')}::/64`, network: `${groups.slice(0, 3).join(':')}::/48` };
}

/** The blocks that are blamed for what an address sends. IPv6: the /64 alone, because a /48 is a whole organisation. */
export function blamedBlocks(address: string): AddressBlocks {
  const blocks = addressBlocks(address);
  return blocks.host.includes(':') ? { host: blocks.host, network: blocks.host } : blocks;
}
