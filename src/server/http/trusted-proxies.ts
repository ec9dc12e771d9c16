/** Which addresses are trusted proxies. */
import ipaddr from 'ipaddr.js';
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import { plainAddress } from './client-address.ts';

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The addresses whose answer is kept. Each request asks, and most come from few addresses. */
const REMEMBERED = 256;
/** The bits in front of the IPv4 address of an IPv4-mapped one. */
const MAPPED = 96;

/**
 * Makes a test whether an address is a proxy's. @param trusted addresses and networks (CIDR), as in the setting `proxy.trusted`
 */
export function trustedProxies(trusted: readonly string[]): (address: string) => boolean {
  if (trusted.length === 0) return () => false;
  const networks = trusted.map(networkOf);
  const known = boundedCache<string, boolean>(REMEMBERED);
  const isIn = (address: string): boolean => {
    const plain = plainAddress(address);
    if (plain === null) return false;
    const parsed = ipaddr.parse(plain);
    return networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
  };
  return (address) => {
    const before = known.get(address);
    if (before !== undefined) return before;
    const found = isIn(address);
    known.set(address, found);
    return found;
  };
}

function networkOf(text: string): Network {
  const [base = '', length] = text.split('/', 2);
  const given = ipaddr.parse(base);
  const bits = length === undefined ? given.toByteArray().length * 8 : Number(length);
  // A client's address is in IPv4 form when it is compared.
  const mapped = given.kind() === 'ipv6' && (given as ipaddr.IPv6).isIPv4MappedAddress() && bits >= MAPPED;
  return mapped ? [(given as ipaddr.IPv6).toIPv4Address(), bits - MAPPED] : [given, bits];
}
