import { isIP } from 'node:net';
import { apiHost, idTagToAscii } from '../protocol/id-tag.ts';
import type { Zone, ZoneRecord } from './dns/zone.ts';
import { SANDBOX_ADDRESS, type SandboxState } from './state.ts';

/** Seconds. Short, because a sandbox that starts again may have moved. */
const TTL = 1;

/** A zone for each identity and member, with an address for both of its host names. */
export function zonesOf({ dns, identities, members }: SandboxState): Zone[] {
  return [
    ...identities.map(({ idTag }) => zoneOf(idTag, SANDBOX_ADDRESS, dns.address)),
    ...members.map(({ idTag, address }) => zoneOf(idTag, address, dns.address)),
  ];
}

function zoneOf(idTag: string, address: string, dnsAddress: string): Zone {
  const apex = idTagToAscii(idTag);
  const nameServer = `ns.${apex}`;
  const addressRecord = (name: string, data: string): ZoneRecord => ({
    name,
    type: isIP(data) === 6 ? 'AAAA' : 'A',
    ttl: TTL,
    data,
  });
  const soa: ZoneRecord = {
    name: apex,
    type: 'SOA',
    ttl: TTL,
    data: {
      mname: nameServer,
      rname: `hostmaster.${apex}`,
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 86_400,
      minimum: TTL,
    },
  };
  return {
    apex,
    records: [
      soa,
      { name: apex, type: 'NS', ttl: TTL, data: nameServer },
      addressRecord(nameServer, dnsAddress),
      addressRecord(apex, address),
      addressRecord(apiHost(idTag), address),
    ],
  };
}
