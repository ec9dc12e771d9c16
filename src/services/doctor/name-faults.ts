/** Faults of the names of an identity. */
import type { FaultTexts } from './fault-texts.ts';

/** Faults of the names of an identity. */
export const NAME_FAULTS = {
  'no-record': {
    severity: 'error',
    cause: 'The name has no A, AAAA or CNAME record. Peers find no server.',
    next: 'Add the records: cloudillo dns-check {idTag} --expect ADDRESS prints them.',
  },
  'cname-nowhere': {
    severity: 'error',
    cause: 'A CNAME record leads to a name that has no address.',
    next: 'Correct the CNAME record of {name}, or add an address for its target {target}.',
  },
  'cname-elsewhere': {
    severity: 'error',
    cause: 'A CNAME record leads to another server than the one that is expected.',
    next: 'Point the CNAME record of {name} at the server: cloudillo dns-check {idTag} --expect ADDRESS prints the records.',
  },
  'wrong-address': {
    severity: 'error',
    cause: 'A record has the address of another server.',
    next: 'Correct the A and AAAA records of {name}: cloudillo dns-check {idTag} --expect ADDRESS prints them.',
  },
  'names-differ': {
    severity: 'error',
    cause: 'The API host and the app domain lead to different servers.',
    next: 'Make both lead to one server, or name the app domain with --app-domain: cloudillo dns-check {idTag} has the records.',
  },
  'private-address': {
    severity: 'error',
    cause:
      'A record has an address that is not public. Every peer refuses to connect to the name, whatever its other addresses are.',
    next: 'Take the record with {address} out of the zone. Behind a router the record has the address of the router.',
  },
  'stale-resolver': {
    severity: 'error',
    cause:
      'A resolver still gives an answer that the zone itself no longer has: its cache keeps the record until the TTL is over.',
    next: 'Wait until the TTL is over (cloudillo dns-check {idTag} --authoritative shows the zone), or empty the cache of {resolver}.',
  },
  'zone-disagrees': {
    severity: 'error',
    cause: 'The name servers of the zone answer differently: a change has not reached all of them.',
    next: 'Make all name servers of the zone load its present version (compare the SOA serials).',
  },
  lame: {
    severity: 'error',
    cause: 'The zone is delegated to a name server that does not serve it.',
    next: 'Correct the NS records at the registrar, or load the zone on that server.',
  },
  'lame-server': {
    severity: 'warning',
    cause:
      'One of the name servers of the zone does not serve it. Lookups take longer, and fail when the others are down.',
    next: 'Correct the NS records at the registrar, or load the zone on that server.',
  },
  servfail: {
    severity: 'unknown',
    cause: 'The resolver failed on the name: often broken DNSSEC, or name servers of the zone that are down.',
    next: 'Ask the zone itself: cloudillo dns-check {idTag} --authoritative.',
  },
  'resolver-silent': {
    severity: 'unknown',
    cause: 'No name server answered. This machine may be offline, or a firewall blocks port 53 (UDP and TCP).',
    next: 'Check the network and the resolver of this machine, or name another: --resolver 9.9.9.9.',
  },
  'resolver-refuses': {
    severity: 'unknown',
    cause: 'The resolver refuses to look the name up.',
    next: 'Name another resolver: --resolver 9.9.9.9.',
  },
  'dns-broken': {
    severity: 'unknown',
    cause: 'The records or the answers of the name servers are malformed, or lead in a circle.',
    next: 'See the details: cloudillo dns-check {idTag} --authoritative.',
  },
  'resolver-fails': {
    severity: 'warning',
    cause:
      'One of the resolvers could not look the name up. Another one could: whoever uses the first one finds no server.',
    next: 'See why it fails: cloudillo dns-check {idTag} --resolver ADDRESS --authoritative.',
  },
  'half-answered': {
    severity: 'warning',
    cause:
      'The lookup of one type of record (A or AAAA) fails, and the other one is answered. Peers lose time, and some resolvers then find no address at all.',
    next: 'Ask the zone itself: cloudillo dns-check {idTag} --authoritative. A name without such a record has to be answered with none, not with an error.',
  },
  'zone-unseen': {
    severity: 'warning',
    cause: 'The name servers of the zone could not be asked from here. A resolver could.',
    next: 'Ask them from another network: cloudillo dns-check {idTag} --authoritative.',
  },
  'caa-unreadable': {
    severity: 'warning',
    cause: 'The CAA records can not be looked up. No authority issues a certificate until they can.',
    next: 'See the details: cloudillo dns-check {idTag}.',
  },
} as const satisfies Record<string, FaultTexts>;
