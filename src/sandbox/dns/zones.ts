/** The zones of a sandbox. */
import { isIP } from 'node:net';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { addressOf, type SandboxState } from '../directory/state.ts';
import type { Zone, ZoneRecord } from './zone.ts';

/** In seconds. It is short, because a sandbox may restart at other addresses. */
const TTL = 1;

const ROOT_SERVER = 'ns.sandbox';

/**
 * A zone for each identity and member, with an address for both of its host names, and the root above them. A name outside of the
 * sandbox doesn't exist (NXDOMAIN).
 */
export function zonesOf({ dns, identities, members }: SandboxState): Zone[] {
  const zones = [
    ...identities.map((one) => zoneOf(one.idTag, addressOf(one), dns.address)),
    ...members.map(({ idTag, address }) => zoneOf(idTag, address, dns.address)),
  ];
  return [rootOf(zones, dns.address), ...zones];
}

function rootOf(zones: readonly Zone[], dnsAddress: string): Zone {
  const delegations = zones.map(({ apex }): ZoneRecord => nameServerRecord(apex, `ns.${apex}`));
  return { apex: '', records: [...authorityOf('', ROOT_SERVER, dnsAddress), ...delegations] };
}

function zoneOf(idTag: string, address: string, dnsAddress: string): Zone {
  const apex = idTagToAscii(idTag);
  return {
    apex,
    records: [
      ...authorityOf(apex, `ns.${apex}`, dnsAddress),
      addressRecord(apex, address),
      addressRecord(apiHost(idTag), address),
    ],
  };
}

/** The first records of every zone: SOA, NS and the name server's address. */
function authorityOf(apex: string, nameServer: string, dnsAddress: string): ZoneRecord[] {
  const times = { serial: 1, refresh: 3600, retry: 600, expire: 86_400, minimum: TTL };
  const rname = apex ? `hostmaster.${apex}` : 'hostmaster';
  return [
    { name: apex, type: 'SOA', ttl: TTL, data: { mname: nameServer, rname, ...times } },
    nameServerRecord(apex, nameServer),
    addressRecord(nameServer, dnsAddress),
  ];
}

function nameServerRecord(name: string, data: string): ZoneRecord {
  return { name, type: 'NS', ttl: TTL, data };
}

function addressRecord(name: string, data: string): ZoneRecord {
  return { name, type: isIP(data) === 6 ? 'AAAA' : 'A', ttl: TTL, data };
}
