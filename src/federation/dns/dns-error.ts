/** The errors of DNS lookups. */
import { CloudilloError } from '../../protocol/errors.ts';
import { isOutOfDescriptors } from '../http/descriptors.ts';

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

/** The error of a failed lookup (`network.descriptors` when no socket could be opened for it), with the name, the server and a hint. */
export function dnsError(
  code: DnsFailure,
  message: string,
  options: { details?: Record<string, unknown>; cause?: unknown; hint?: string } = {},
): CloudilloError {
  // The server was not even asked.
  if (isOutOfDescriptors(options.cause)) {
    const unasked = 'No DNS server could be asked: this process may open no more connections';
    return new CloudilloError('network.descriptors', unasked, { stage: 'dns', ...options });
  }
  return new CloudilloError(code, message, { stage: 'dns', ...options });
}
