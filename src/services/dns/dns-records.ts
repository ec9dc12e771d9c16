/** Suggests DNS records for a new identity. */
import { isIPv4, isIPv6 } from 'node:net';
import { unreachableRange } from '../../federation/http/address-guard.ts';
import { withoutBrackets } from '../../protocol/address-text.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';

/** A DNS record to add. Names are absolute A-labels without the last dot. */
export interface SuggestedRecord {
  name: string;
  /** Null, like `data`, when the server's address is unknown. */
  type: 'A' | 'AAAA' | 'CNAME' | null;
  /** Seconds. */
  ttl: number;
  data: string | null;
  /** The name of the identity that the record is for (specification: DNS). */
  purpose: 'api' | 'app';
}

type Target = Pick<SuggestedRecord, 'type' | 'data'>;

/** An hour: short enough to correct a mistake the same day. */
const TTL = 3600;
/** LDH labels, at least two, the last not all digits (that would be a mistyped IPv4 address). */
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=.*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Suggests the records that make `cl-o.<idTag>` and the app domain reach a server at `addresses` (IPv4, IPv6 or one
 * host name).
 * @param options.anyAddress also addresses that no peer on the Internet connects to: the network is one of the home's own
 * @throws CloudilloError `usage.address`
 */
export function suggestRecords(
  idTag: string,
  addresses: string[],
  { anyAddress = false }: { anyAddress?: boolean } = {},
): SuggestedRecord[] {
  const targets = addresses.map((address) => target(withoutBrackets(address)));
  if (!anyAddress) for (const { type, data } of targets) if (type !== 'CNAME' && data !== null) assertReachable(data);
  if (targets.length > 1 && targets.some(({ type }) => type === 'CNAME')) {
    throw new CloudilloError('usage.address', 'A host name must be the only address: a CNAME stands alone', {
      stage: 'input',
      hint: 'Give either one host name, or IP addresses',
    });
  }
  const values: Target[] = targets.length > 0 ? targets : [{ type: null, data: null }];
  const names = [
    { name: apiHost(idTag), purpose: 'api' as const },
    { name: idTagToAscii(idTag), purpose: 'app' as const },
  ];
  return names.flatMap(({ name, purpose }) =>
    values.map(({ type, data }) => ({ name, type, ttl: TTL, data, purpose })),
  );
}

function assertReachable(address: string): void {
  const range = unreachableRange(address);
  if (range === null) return;
  throw new CloudilloError('usage.address', `${address} is not a public address (${range}): no peer connects to it`, {
    stage: 'input',
    hint: 'Give the address under which others reach the server. Behind a router it is that of the router.',
    details: { address, range },
  });
}

function target(address: string): Target {
  if (isIPv4(address)) return { type: 'A', data: address };
  if (isIPv6(address)) return { type: 'AAAA', data: address };
  const host = address.toLowerCase().replace(/\.$/, '');
  // Not parseIdTag: a target may be longer than an identity (load balancers' names are).
  if (host.length <= 253 && HOST_NAME.test(host)) return { type: 'CNAME', data: host };
  throw new CloudilloError('usage.address', `${JSON.stringify(address)} is neither an IP address nor a host name`, {
    stage: 'input',
    hint: 'For example: --address 203.0.113.7, --address 2001:db8::7 or --address server.example.net',
  });
}
