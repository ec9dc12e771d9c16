import { CloudilloError } from '../../protocol/errors.ts';
import type { Delegation } from './delegation.ts';
import { type DnsFailure, dnsError } from './dns-error.ts';
import type { DnsQuestion } from './message.ts';

/** One server of a zone that gave nothing usable, and why. */
export interface ServerFailure {
  zone: string;
  host: string;
  address: string;
  code: DnsFailure;
  reason: string;
}

/** Which of several failures of a zone's servers says most about the cause. */
const WEIGHT: readonly DnsFailure[] = ['dns.servfail', 'dns.lame', 'dns.rcode', 'dns.malformed', 'dns.timeout'];

/** Failures of one server, after which another server of the zone may know better. */
export function isServerFailure(error: unknown): error is CloudilloError {
  return error instanceof CloudilloError && ['dns.timeout', 'dns.unreachable', 'dns.malformed'].includes(error.code);
}

/** What it looks like when a router or a provider answers in place of whoever is asked on port 53. */
const INTERCEPTED =
  'The root servers would answer with authority: something on the way answers in their place. Try from another network, or ask a resolver over HTTPS: --resolver https://dns.quad9.net/dns-query';

/** No server of the zone was of use: one error that names them all, by the failure that tells most. */
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
