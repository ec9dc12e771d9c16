/** idTags: the DNS names of identities, and their canonical form (specification: idTag rules). */
import { CloudilloError } from './errors.ts';
import uts46 from './uts46.cjs';

const UTS46 = {
  useSTD3ASCIIRules: true,
  checkBidi: true,
  checkHyphens: true,
  checkJoiners: true,
  transitionalProcessing: false,
} as const;

/** Length of the whole name in A-label form, in characters (specification: idTag rules). */
const MIN_LENGTH = 5;
const MAX_LENGTH = 62;
/** The prefix of an idTag in the name of the host that serves its API. */
export const API_PREFIX = 'cl-o.';

/** A label that no step of UTS #46 changes. Hyphens in positions 3 and 4 (`xn--`) need the full check. */
const PLAIN_LABEL = '(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const PLAIN_NAME = new RegExp(`^${PLAIN_LABEL}(?:\\.${PLAIN_LABEL})*$`);
/** URL parsers read a host whose last label is a number as an IPv4 address, also in short and hexadecimal forms. */
const NUMERIC_LAST_LABEL = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;

/**
 * Reads an idTag that a user typed, and brings it into canonical form: UTS #46 U-label, lower case, NFC.
 * @returns the canonical form, which is stored, compared and signed
 * @throws CloudilloError `usage.id-tag` with the rule that it breaks
 */
export function parseIdTag(input: string): string {
  const problem = problemWith(input);
  if (problem !== null) throw refused(input, problem);
  const idTag = canonicalise(input);
  if (idTag === null) throw refused(input, reasonFor(input));
  return idTag;
}

/** Whether this is a valid idTag in canonical form. A token with any other `iss` or `aud` is refused, not normalised. */
export function isCanonicalIdTag(value: string): boolean {
  if (PLAIN_NAME.test(value)) return hasGoodShape(value);
  return canonicalise(value) === value;
}

/**
 * The A-label (punycode) form. It is for DNS, URLs, SNI and `Host` only.
 * @param idTag canonical
 * @throws CloudilloError `usage.id-tag` when it isn't valid: nothing else may become part of a URL
 */
export function idTagToAscii(idTag: string): string {
  const ascii = toAscii(idTag);
  if (ascii === null || !hasGoodShape(ascii)) throw refused(idTag, reasonFor(idTag));
  return ascii;
}

/** The host that serves an identity's API: `cl-o.` and the A-label form. */
export function apiHost(idTag: string): string {
  return API_PREFIX + idTagToAscii(idTag);
}

/**
 * The identity that a `Host` header or an SNI name stands for: `cl-o.<idTag>` or `<idTag>`, with or without a port.
 * A final dot, the root of the DNS, belongs to the name as it is written in full.
 * @returns the canonical idTag, or `null` when the host can't be one
 */
export function idTagFromHost(host: string): string | null {
  const name = host.replace(/\.?(?::[0-9]{1,5})?$/, '').toLowerCase();
  // A host is in A-label form. Mapping similar letters to a name would let two headers mean one identity.
  if (!/^[a-z0-9.-]+$/.test(name)) return null;
  return canonicalise(name.startsWith(API_PREFIX) ? name.slice(API_PREFIX.length) : name);
}

function canonicalise(name: string): string | null {
  if (PLAIN_NAME.test(name)) return hasGoodShape(name) ? name : null;
  const ascii = toAscii(name);
  if (ascii === null || !hasGoodShape(ascii)) return null;
  const { domain, error } = uts46.toUnicode(ascii, UTS46);
  return error ? null : domain;
}

function toAscii(name: string): string | null {
  if (PLAIN_NAME.test(name)) return name;
  // UTS #46 maps characters that look like a full stop or a letter. Only names of a plausible length get that tolerance.
  if (name.length > 4 * MAX_LENGTH) return null;
  return uts46.toASCII(name, { ...UTS46, verifyDNSLength: true });
}

function hasGoodShape(ascii: string): boolean {
  const length = ascii.length >= MIN_LENGTH && ascii.length <= MAX_LENGTH;
  return length && !NUMERIC_LAST_LABEL.test(ascii) && fitsUrl(ascii);
}

/**
 * Whether Node's URL parser takes the name. The Unicode tables of tr46 are newer, and the parser throws for letters that it
 * doesn't know. An attacker chooses the `iss` of a token: an issuer whose URL can't be made is refused here.
 */
function fitsUrl(ascii: string): boolean {
  return !ascii.includes('xn--') || URL.canParse(`https://${API_PREFIX}${ascii}`);
}

/** The obvious fault of the input, in words for whoever typed it; `null` when there is none. */
function problemWith(input: string): string | null {
  if (input === '') return 'it is empty';
  if (/^https?:\/\//i.test(input)) return 'it is a URL; an idTag is the bare name, such as alice.example.com';
  if (input.startsWith('@')) return 'it starts with @; write the bare name';
  if (/\s/.test(input)) return 'it contains white space';
  if (input.endsWith('.')) return 'it ends with a dot';
  if (input.includes('..') || input.startsWith('.')) return 'it has an empty label';
  const bad = /[_/@:?#\\%&=+,;!$'"()*<>[\]{}|~^`]/.exec(input);
  return bad ? `it contains ${bad[0]}, which no host name may` : null;
}

function reasonFor(input: string): string {
  const ascii = toAscii(input);
  if (ascii === null) {
    return 'it is not a valid domain name (UTS #46: letters, digits and inner hyphens, labels of 1 to 63 characters)';
  }
  if (NUMERIC_LAST_LABEL.test(ascii)) return 'its last label is a number, so that it reads as an IP address';
  if (!fitsUrl(ascii)) return `this version of Node can't put it (${ascii}) into a URL: its characters are too new`;
  return `it has ${ascii.length} characters as A-labels (${ascii}); ${MIN_LENGTH} to ${MAX_LENGTH} are allowed`;
}

function refused(input: string, reason: string): CloudilloError {
  const shown = input.length > 80 ? `${input.slice(0, 80)}…` : input;
  return new CloudilloError('usage.id-tag', `${JSON.stringify(shown)} is not a valid idTag: ${reason}`, {
    stage: 'input',
    hint: 'An idTag is a DNS name such as alice.example.com.',
    details: { idTag: shown },
  });
}
