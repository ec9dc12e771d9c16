/** DNS names in one comparable form. */
import { CloudilloError } from '../../protocol/errors.ts';
import { printable } from '../../protocol/printable.ts';

/** The longest name in presentation form: 255 octets on the wire are 253 characters (RFC 1035 section 2.3.4). */
const MAX_NAME = 253;
const MAX_LABEL = 63;

/**
 * Brings a DNS name into the one form that is compared: lower case, without the final dot. The root is `''`.
 *
 * The length of labels is checked here. dns-packet encodes a label of 64 octets or more silently, and its length byte then reads as
 * a compression pointer. Names come out of answers, too (the target of a CNAME), so they can't be trusted.
 *
 * @throws CloudilloError `dns.malformed` when the name can't be put on the wire
 */
export function dnsName(text: string): string {
  const name = text.replace(/\.$/, '').toLowerCase();
  if (name === '') return name;
  const fail = (reason: string) => {
    const shown = printable(text.slice(0, 300));
    return new CloudilloError('dns.malformed', `"${shown}" is not a DNS name: ${reason}`, {
      stage: 'dns',
      details: { name: shown },
    });
  };
  if (name.length > MAX_NAME) throw fail(`${name.length} characters, at most ${MAX_NAME} fit`);
  for (const label of name.split('.')) {
    if (label === '') throw fail('it has an empty label');
    if (label.length > MAX_LABEL) throw fail(`a label of ${label.length} characters, at most ${MAX_LABEL} fit`);
    if (!/^[\x21-\x7e]+$/.test(label)) throw fail('only printable ASCII goes on the wire (use the xn-- form)');
  }
  return name;
}

/** Whether `name` is `zone` or below it. Both are in the form of {@link dnsName}. Every name is below the root `''`. */
export function isWithin(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`);
}

/** The name without its first label. The parent of a top-level name is the root `''`; the root has none. */
export function parentName(name: string): string | null {
  if (name === '') return null;
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}

/** The name itself, then each name above it; the root `''` is last. */
export function ancestors(name: string): string[] {
  const found: string[] = [];
  for (let at: string | null = name; at !== null; at = parentName(at)) found.push(at);
  return found;
}
