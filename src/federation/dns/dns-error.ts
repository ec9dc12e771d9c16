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

/** A lookup failure with the name it was about, the server that was asked and what to do. */
export function dnsError(
  code: DnsFailure,
  message: string,
  options: { details?: Record<string, unknown>; cause?: unknown; hint?: string } = {},
): CloudilloError {
  return new CloudilloError(code, message, { stage: 'dns', ...options });
}
