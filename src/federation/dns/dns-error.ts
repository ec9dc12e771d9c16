/** The errors of DNS lookups. */
import { CloudilloError } from '../../protocol/errors.ts';

/** The codes of a failed lookup. All of them mean that the answer is unknown. */
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

/** The error of a failed lookup, with the name, the server and a hint. */
export function dnsError(
  code: DnsFailure,
  message: string,
  options: { details?: Record<string, unknown>; cause?: unknown; hint?: string } = {},
): CloudilloError {
  return new CloudilloError(code, message, { stage: 'dns', ...options });
}
