/** Parses the addresses and names that a check compares with. */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { canonicalAddress } from '../../federation/dns/canonical-address.ts';
import { dnsName } from '../../federation/dns/name.ts';
import { withoutBrackets } from '../../protocol/address-text.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/** LDH labels. An all-digit last label would be a mistyped IPv4 address. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*(?=.*[a-z])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** The location of a server: an address, or a name that leads to it. */
export interface HostTarget {
  kind: 'address' | 'name';
  /** Canonical: RFC 5952, or the A-label form. */
  value: string;
}

/** Parses an IP address or a host name (`--expect`). @throws CloudilloError `usage.expect` */
export function parseTarget(text: string): HostTarget {
  const address = withoutBrackets(text);
  if (isIP(address)) return { kind: 'address', value: canonicalAddress(address) };
  return { kind: 'name', value: parseHost(text, 'usage.expect') };
}

/**
 * Parses a host name into its A-label form. parseIdTag does not fit: a host name may be longer than an idTag (those of
 * load balancers are) or have one label.
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
