/** Keeps requests away from addresses that are not public. */
import ipaddr from 'ipaddr.js';
import { CloudilloError } from '../../protocol/errors.ts';

type IPv4 = InstanceType<typeof ipaddr.IPv4>;
type IPv6 = InstanceType<typeof ipaddr.IPv6>;

/** 2000::/3 is all that IANA has delegated as global unicast. */
const GLOBAL_UNICAST: [IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** RFC 8215: NAT64 prefixes of a local network. They translate to local addresses. */
const LOCAL_NAT64: [IPv6, number] = [ipaddr.IPv6.parse('64:ff9b:1::'), 48];

/**
 * Why an address may not be connected to (`loopback`, `private`, `linkLocal`, …); `null` for a global unicast address. For an
 * address that contains an IPv4 address (mapped, NAT64, 6to4, Teredo) that one is checked, too: `::ffff:127.0.0.1` leads to
 * loopback.
 */
export function blockedRange(address: string): string | null {
  let parsed: IPv4 | IPv6;
  try {
    parsed = ipaddr.parse(address);
  } catch {
    // A text that isn't an address can't be proven safe.
    return 'unparsable';
  }
  return parsed.kind() === 'ipv4' ? blockedIPv4(parsed as IPv4) : blockedIPv6(parsed as IPv6);
}

/** Addresses for examples in documents: RFC 5737, RFC 3849, RFC 9637. */
const EXAMPLES: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][] = [
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '2001:db8::/32',
  '3fff::/20',
].map((network) => ipaddr.parseCIDR(network));

/**
 * Whether an address is reserved for documentation. No host has one, and the guard refuses it like every address that isn't
 * public. Where records are checked or suggested it stands for a public one, so that examples can be followed.
 */
export function isExampleAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return EXAMPLES.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
}

/** Why no peer connects to an address of a record; null when peers may connect to it. */
export function unreachableRange(address: string): string | null {
  return isExampleAddress(address) ? null : blockedRange(address);
}

/**
 * Refuses a host when one of its addresses isn't public. A name that mixes public and private addresses is broken, or an attempt
 * to reach the internal network.
 * @throws CloudilloError `network.address-blocked`
 */
export function assertPublicAddresses(host: string, addresses: readonly string[]): void {
  for (const address of addresses) {
    const range = blockedRange(address);
    if (range !== null) throw addressBlocked(host, address, range);
  }
}

function addressBlocked(host: string, address: string, range: string): CloudilloError {
  const subject = host === address ? address : `${host} points at ${address}, which`;
  return new CloudilloError('network.address-blocked', `${subject} is not a public address (${range})`, {
    stage: 'connect',
    hint: 'Requests go to public addresses only. For instances on this machine, use a sandbox network (setting "network").',
    details: { host, address, range },
  });
}

function blockedIPv4(address: IPv4): string | null {
  const range = address.range();
  return range === 'unicast' ? null : range;
}

function blockedIPv6(address: IPv6): string | null {
  if (address.zoneId) return 'linkLocal';
  const inside = embeddedIPv4(address);
  if (inside.length > 0) {
    return inside.map(blockedIPv4).find((range) => range !== null) ?? null;
  }
  const range = address.range();
  if (range !== 'unicast') return range;
  return address.match(GLOBAL_UNICAST) ? null : 'reserved';
}

/** The IPv4 addresses that an IPv6 address contains: none, one, or two (Teredo: server and client). */
function embeddedIPv4(address: IPv6): IPv4[] {
  const bytes = address.toByteArray();
  const at = (offset: number, mask = 0): IPv4 =>
    new ipaddr.IPv4(bytes.slice(offset, offset + 4).map((byte) => byte ^ mask));
  if (address.match(LOCAL_NAT64)) return [];
  switch (address.range()) {
    case 'rfc6052':
    case 'rfc6145':
      return [at(12)];
    case 'ipv4Mapped':
      return [at(12)];
    case '6to4':
      return [at(2)];
    case 'teredo':
      return [at(4), at(12, 0xff)];
    default:
      return [];
  }
}
