/** The errors of resolving host names. */
import { CloudilloError } from '../../protocol/errors.ts';
import { idTagFromHost } from '../../protocol/id-tag.ts';

/** Why a name has no address. The first two are proven absences; the others mean that the answer is unknown. */
export type DnsFailure = 'dns.nxdomain' | 'dns.nodata' | 'dns.servfail' | 'dns.refused' | 'dns.timeout';

/** By the error codes of `node:dns` (c-ares). */
const BY_CODE: Readonly<Record<string, DnsFailure>> = {
  ENOTFOUND: 'dns.nxdomain',
  ENODATA: 'dns.nodata',
  ESERVFAIL: 'dns.servfail',
  EREFUSED: 'dns.refused',
  ETIMEOUT: 'dns.timeout',
  // Nothing listens at the server's port. For the caller that is the same as no answer.
  ECONNREFUSED: 'dns.timeout',
  ECANCELLED: 'dns.timeout',
};

/** `{name}` stands for the identity of the host. */
const TEXT: Readonly<Record<DnsFailure, readonly [message: string, hint: string]>> = {
  'dns.nxdomain': [
    'does not exist in DNS',
    'Check the spelling, or see which records are missing: cloudillo dns-check {name}',
  ],
  'dns.nodata': ['has no address in DNS', 'The name needs an A, AAAA or CNAME record: cloudillo dns-check {name}'],
  'dns.servfail': [
    'could not be resolved: the DNS server failed',
    'Ask the authoritative servers: cloudillo dns-check {name} --authoritative',
  ],
  'dns.refused': [
    'could not be resolved: the DNS server refused the query',
    'Use another resolver, or ask the authoritative servers: cloudillo dns-check {name} --authoritative',
  ],
  'dns.timeout': [
    'could not be resolved: no DNS server answered',
    'Check the connection and the resolver of this machine.',
  ],
};

/** The failure for a `node:dns` error. An unknown error counts as a failure of the server. */
export function dnsFailureOf(error: unknown): DnsFailure {
  const code = (error as { code?: unknown } | null)?.code;
  return (typeof code === 'string' && BY_CODE[code]) || 'dns.servfail';
}

/** The error for a name without an address. It is retryable unless the absence is proven. */
export function dnsError(failure: DnsFailure, host: string, cause?: unknown): CloudilloError {
  const [message, hint] = TEXT[failure];
  return new CloudilloError(failure, `${host} ${message}`, {
    stage: 'dns',
    retryable: failure !== 'dns.nxdomain' && failure !== 'dns.nodata',
    hint: hint.replace('{name}', idTagFromHost(host) ?? host),
    details: { host },
    cause,
  });
}
