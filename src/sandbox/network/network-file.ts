/** The network file of a sandbox. */
import { isIP } from 'node:net';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { writeDurably } from '../../store/disk/durable-file.ts';
import { addressOf, type SandboxState } from '../directory/state.ts';

/** The content of the network file, as `parseNetwork` (src/federation/http/network.ts) reads it. */
export interface NetworkFile {
  version: 1;
  /** `address:port` of the sandbox's DNS server. */
  dns: string;
  /** The authority's certificate, PEM. */
  ca: string;
  /** idTag in A-label form → `address:port`, for both of its host names. */
  endpoints: Record<string, string>;
}

/** The network of a sandbox. */
export function networkOf({ dns, identities, members }: SandboxState, ca: string): NetworkFile {
  const own = identities.map((one) => [idTagToAscii(one.idTag), endpoint(addressOf(one), one.port)] as const);
  const others = members.map(({ idTag, address, port }) => [idTagToAscii(idTag), endpoint(address, port)] as const);
  return { version: 1, dns: endpoint(dns.address, dns.port), ca, endpoints: Object.fromEntries([...own, ...others]) };
}

/** Writes the network file. @throws CloudilloError `store.io`, `store.full` */
export async function writeNetworkFile(path: string, network: NetworkFile): Promise<void> {
  await writeDurably(path, `${JSON.stringify(network, null, 2)}\n`);
}

function endpoint(address: string, port: number): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
