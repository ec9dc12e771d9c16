/** IP addresses in one comparable form. */
import ipaddr from 'ipaddr.js';

/** The canonical form of an IP address (RFC 5952 for IPv6). `text` has to be an address. */
export function canonicalAddress(text: string): string {
  return ipaddr.parse(text).toString();
}

/** Whether the address is public: neither loopback, private, link-local nor unspecified. */
export function isPublicAddress(text: string): boolean {
  return ipaddr.parse(text).range() === 'unicast';
}
