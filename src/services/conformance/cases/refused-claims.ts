/** Claims that an inbox refuses, although their signature fits. */
import { follow, nonce, seconds } from '../made-tokens.ts';
import { NO_ACTION, NO_FILE } from '../requests.ts';
import type { Claims, Target } from '../target.ts';
import type { Refusal } from '../verdict.ts';

const INVALID: Refusal = { status: 400, code: 'E-VAL-INVALID' };
const UNAUTHORIZED: Refusal = { status: 401, code: 'E-AUTH-UNAUTH' };
const FORBIDDEN: Refusal = { status: 403, code: 'E-AUTH-NOPERM' };
const NOBODY = 'nobody.invalid';

/** Claims to refuse, and what a case says about them. */
export interface RefusedClaims {
  name: string;
  what: string;
  section: string;
  claims: (target: Target) => Claims;
  wanted: Refusal;
}

/** Refused by every server. */
export const REFUSED: readonly RefusedClaims[] = [
  {
    name: 'unknown-type',
    what: 'an unknown type',
    section: 'Action types',
    claims: ({ idTag }) => ({ t: 'NOPE', aud: idTag }),
    wanted: INVALID,
  },
  {
    name: 'missing-audience',
    what: 'a FLLW without an audience',
    section: 'Action types',
    claims: () => ({ t: 'FLLW' }),
    wanted: INVALID,
  },
  {
    name: 'missing-content',
    what: 'a CMNT without content',
    section: 'Action types',
    claims: ({ idTag }) => ({ t: 'CMNT', aud: idTag, p: NO_ACTION, _: nonce() }),
    wanted: INVALID,
  },
  {
    name: 'empty-content',
    what: 'a CMNT with empty content',
    section: 'Action types',
    claims: ({ idTag }) => ({ t: 'CMNT', aud: idTag, p: NO_ACTION, c: '', _: nonce() }),
    wanted: INVALID,
  },
  {
    name: 'missing-parent',
    what: 'a CMNT without a parent',
    section: 'Action types',
    claims: ({ idTag }) => ({ t: 'CMNT', aud: idTag, c: 'To what', _: nonce() }),
    wanted: INVALID,
  },
  {
    name: 'forbidden-content',
    what: 'a REACT with content',
    section: 'Action types',
    claims: ({ idTag }) => ({ t: 'REACT:LIKE', aud: idTag, sub: NO_ACTION, c: 'fine', _: nonce() }),
    wanted: INVALID,
  },
  {
    name: 'missing-property',
    what: 'a share without its contentType',
    section: 'Action types',
    claims: ({ idTag }) => ({
      t: 'FSHR',
      aud: idTag,
      sub: NO_FILE,
      c: { fileName: 'a.txt', fileTp: 'BLOB' },
      _: nonce(),
    }),
    wanted: INVALID,
  },
  {
    name: 'unknown-choice',
    what: 'a share of an unknown fileTp',
    section: 'Action types',
    claims: ({ idTag }) => ({
      ...{ t: 'FSHR', aud: idTag, sub: NO_FILE, _: nonce() },
      c: { contentType: 'text/plain', fileName: 'a.txt', fileTp: 'XXXX' },
    }),
    wanted: INVALID,
  },
  {
    name: 'missing-subject',
    what: 'a REACT without a subject',
    section: 'Action types',
    claims: ({ idTag }) => ({ t: 'REACT:LIKE', aud: idTag }),
    wanted: INVALID,
  },
  {
    name: 'forbidden-field',
    what: 'a FLLW with a subject',
    section: 'Action types',
    claims: (target) => follow(target, { sub: NO_ACTION }),
    wanted: INVALID,
  },
  {
    name: 'content-too-long',
    what: 'a FLLW with 501 bytes of content',
    section: 'Action types',
    claims: (target) => follow(target, { c: 'x'.repeat(501) }),
    wanted: INVALID,
  },
  {
    name: 'content-bytes',
    what: 'content of 300 characters in 600 bytes, where 500 bytes are allowed',
    section: 'Action types',
    claims: (target) => follow(target, { c: 'é'.repeat(300) }),
    wanted: INVALID,
  },
  {
    name: 'content-type',
    what: 'a FLLW whose content is a number',
    section: 'Action types',
    claims: (target) => follow(target, { c: 5 }),
    wanted: INVALID,
  },
  {
    name: 'expired',
    what: 'a token that expired an hour ago',
    section: 'Verification',
    claims: (target) => follow(target, { iat: seconds(target) - 7200, exp: seconds(target) - 3600 }),
    wanted: UNAUTHORIZED,
  },
  {
    name: 'stranger-post',
    what: 'a POST of a stranger',
    section: 'Permission',
    claims: () => ({ t: 'POST:TEXT', c: 'Hello', _: nonce() }),
    wanted: FORBIDDEN,
  },
  {
    name: 'stranger-share',
    what: 'an FSHR of a stranger',
    section: 'Permission',
    claims: ({ idTag }) => ({
      ...{ t: 'FSHR', aud: idTag, sub: NO_FILE, _: nonce() },
      c: { contentType: 'text/plain', fileName: 'a.txt', fileTp: 'BLOB' },
    }),
    wanted: FORBIDDEN,
  },
];

/** What the network's server takes. It would leave something behind there. */
export const STRICTER: readonly RefusedClaims[] = [
  {
    name: 'unknown-subtype',
    what: 'a FLLW of an unknown subtype',
    section: 'Stricter than the network',
    claims: (target) => ({ ...follow(target), t: 'FLLW:NOPE' }),
    wanted: INVALID,
  },
  {
    name: 'wrong-audience',
    what: 'a FLLW of somebody else',
    section: 'Stricter than the network',
    claims: (target) => follow(target, { aud: NOBODY }),
    wanted: INVALID,
  },
  {
    name: 'from-the-future',
    what: 'a token that is made in ten minutes',
    section: 'Stricter than the network',
    claims: (target) => follow(target, { iat: seconds(target) + 600 }),
    wanted: INVALID,
  },
  {
    name: 'foreign-counts',
    what: 'a STAT of somebody who does not own the action',
    section: 'Stricter than the network',
    claims: ({ idTag }) => ({ t: 'STAT', aud: idTag, p: NO_ACTION, c: { r: '1,L1' }, _: nonce() }),
    wanted: FORBIDDEN,
  },
];
