/** In which order the addresses of a host are tried, and how many. */
import { isIP } from 'node:net';
import type { Endpoint } from './network.ts';

/** A name may have hundreds of addresses. More than these are not tried, so that no name makes this machine scan a network. */
export const MAX_ADDRESSES = 32;

/** The order of RFC 8305, section 4: the families alternate, beginning with that of the first address. */
export function interleaved(endpoints: readonly Endpoint[]): Endpoint[] {
  const family = isIP(endpoints[0]?.address ?? '');
  const first = endpoints.filter(({ address }) => isIP(address) === family);
  const second = endpoints.filter(({ address }) => isIP(address) !== family);
  const turns = Math.max(first.length, second.length);
  return Array.from({ length: turns }, (_, turn) => [first[turn], second[turn]]).flatMap((pair) =>
    pair.filter((endpoint) => endpoint !== undefined),
  );
}
