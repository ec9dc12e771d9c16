/** IP addresses in the one form that compares. */
import ipaddr from 'ipaddr.js';

/** An IP address in the one form that compares (RFC 5952 for IPv6). `text` has to be an address. */
export function canonicalAddress(text: string): string {
  return ipaddr.parse(text).toString();
}
