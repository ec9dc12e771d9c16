import { CloudilloError } from '../../protocol/errors.ts';

/** Everything a lookup can end in besides an answer. All of them mean "could not tell". */
export type DnsFailure =
  | 'dns.servfail'
  | 'dns.refused'
  | 'dns.timeout'
  | 'dns.unreachable'
  | 'dns.malformed'
  | 'dns.loop'
  | 'dns.chain'
  | 'dns.lame'
  | 'dns.inconsistent'
  | 'dns.limit'
  | 'dns.rcode';

const RETRYABLE: ReadonlySet<string> = new Set(['dns.servfail', 'dns.timeout', 'dns.unreachable', 'dns.inconsistent']);

const HINTS: Partial<Record<DnsFailure, string>> = {
  'dns.servfail':
    'The name server failed on this name: often broken DNSSEC or a name server of the zone that is down. Ask the zone with --authoritative.',
  'dns.refused': 'This server does not answer for that name: name another one with --resolver.',
  'dns.timeout': 'Nothing answered in time: check that port 53 (UDP and TCP) is open to this server.',
  'dns.unreachable': 'Nothing listens there, or no route leads there: check the address and port of the server.',
  'dns.inconsistent':
    'A change has not reached all name servers of the zone: wait (--wait 10m), or see why the others do not take it over.',
  'dns.loop': 'The CNAME records point at each other: replace one of them with A or AAAA records.',
  'dns.chain': 'Too many CNAME records in a row: point the name at its server directly.',
  'dns.lame':
    'The zone is delegated to a server that does not serve it: correct the NS records at the registrar, or load the zone on that server.',
};

/** A lookup failure with the name it was about, the server that was asked and what to do. */
export function dnsError(
  code: DnsFailure,
  message: string,
  options: { details?: Record<string, unknown>; cause?: unknown; hint?: string } = {},
): CloudilloError {
  const hint = options.hint ?? HINTS[code];
  return new CloudilloError(code, message, {
    stage: 'dns',
    retryable: RETRYABLE.has(code),
    ...(hint && { hint }),
    ...(options.details && { details: options.details }),
    ...(options.cause !== undefined && { cause: options.cause }),
  });
}
