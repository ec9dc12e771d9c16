import ipaddr from 'ipaddr.js';

/** The two sizes at which a client is counted: its own address, and the block it most likely owns. */
export interface AddressBlocks {
  /** IPv4: the address itself. IPv6: its /64, since one host picks freely within it. */
  host: string;
  /** IPv4: the /24. IPv6: the /48. */
  network: string;
}

/**
 * The blocks under which an address is rate-limited and banned (specification: Rate limits). IPv4-mapped IPv6 counts as
 * the IPv4 address it carries, or a client could double its allowance by choosing the socket family.
 * @param address textual IP address; what isn't one (a Unix socket's empty peer) is its own block
 */
export function addressBlocks(address: string): AddressBlocks {
  if (!ipaddr.isValid(address)) return { host: address, network: address };
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') {
    const [a, b, c] = parsed.toByteArray();
    return { host: parsed.toString(), network: `${a}.${b}.${c}.0/24` };
  }
  const groups = (parsed as ipaddr.IPv6).parts.map((part) => part.toString(16));
  return { host: `${groups.slice(0, 4).join(':')}::/64`, network: `${groups.slice(0, 3).join(':')}::/48` };
}
