import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { canonicalAddress } from '../../federation/dns/canonical-address.ts';
import { dnsName } from '../../federation/dns/name.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/** LDH labels; the last is not a number, or it would be a mistyped IPv4 address. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*(?=.*[a-z])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Where a server is said to be: an address, or a name that leads to it. */
export interface HostTarget {
  kind: 'address' | 'name';
  /** Canonical: RFC 5952, or the A-label form. */
  value: string;
}

/**
 * An IP address or a host name as typed (`--expect`).
 *
 * @throws CloudilloError `usage.expect`
 */
export function parseTarget(text: string): HostTarget {
  if (isIP(text)) return { kind: 'address', value: canonicalAddress(text) };
  return { kind: 'name', value: parseHost(text, 'usage.expect') };
}

/**
 * A host name as typed, in A-label form. Not parseIdTag: such a name may be longer than an identity (load balancers'
 * names are) or have one label.
 *
 * @throws CloudilloError with `code`
 */
export function parseHost(text: string, code: 'usage.expect' | 'usage.app-domain' | 'usage.zone'): string {
  const fail = (cause?: unknown) =>
    new CloudilloError(
      code,
      `${JSON.stringify(text)} is not ${code === 'usage.expect' ? 'an IP address or ' : ''}a host name`,
      {
        stage: 'input',
        ...(cause !== undefined && { cause }),
      },
    );
  const ascii = domainToASCII(text.replace(/\.$/, '')).toLowerCase();
  if (!HOST.test(ascii)) throw fail();
  try {
    return dnsName(ascii);
  } catch (cause) {
    throw fail(cause);
  }
}
