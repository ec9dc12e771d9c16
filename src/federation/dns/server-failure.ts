/** The failures of a zone's name servers, and the error that sums them up. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Delegation } from './delegation.ts';
import { type DnsFailure, dnsError } from './dns-error.ts';
import type { DnsQuestion } from './message.ts';

/** A server of a zone that gave no usable answer, and why. */
export interface ServerFailure {
  zone: string;
  host: string;
  address: string;
  code: DnsFailure;
  reason: string;
}

/** The failures of a zone's servers, the most telling first. */
const WEIGHT: readonly DnsFailure[] = ['dns.servfail', 'dns.lame', 'dns.rcode', 'dns.malformed', 'dns.timeout'];

/** Whether the error is a failure of one server, so that another server of the zone may answer. */
export function isServerFailure(error: unknown): error is CloudilloError {
  return error instanceof CloudilloError && ['dns.timeout', 'dns.unreachable', 'dns.malformed'].includes(error.code);
}

/** The hint when a router or a provider answers on port 53 in place of the server. */
const INTERCEPTED =
  'The root servers would answer with authority: something on the way answers in their place. Try from another network, or ask a resolver over HTTPS: --resolver https://dns.quad9.net/dns-query';

/** The error for a zone without a usable server. It names all servers, and has the code of the most telling failure. */
export function zoneError({ zone }: Delegation, { name }: DnsQuestion, failures: ServerFailure[]): CloudilloError {
  const code = WEIGHT.find((weight) => failures.some((failure) => failure.code === weight)) ?? 'dns.unreachable';
  const reasons = new Map<string, string[]>();
  for (const { host, address, reason } of failures) {
    reasons.set(reason, [...(reasons.get(reason) ?? []), ...(address ? [`${host} (${address})`] : [])]);
  }
  const list = [...reasons].map(([reason, servers]) =>
    servers.length > 0 ? `${reason}: ${servers.join(', ')}` : reason,
  );
  return dnsError(code, `No name server of ${zone || 'the root'} answers for ${name}; ${list.join('; ')}`, {
    details: { zone: zone || '.', name, servers: failures },
    ...(zone === '' && code === 'dns.lame' && { hint: INTERCEPTED }),
  });
}
