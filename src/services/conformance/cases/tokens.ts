/** Tokens that are refused before the key of their issuer is asked for. They need no peer. */
import { generateKeyPair } from '../../../protocol/keys.ts';
import type { Case, Level } from '../case.ts';
import { baseClaims, seconds, signAnything, signWithTrailingBits, withHeader } from '../made-tokens.ts';
import { deliverOnce } from '../requests.ts';
import type { Target } from '../target.ts';
import { type Refusal, refusal } from '../verdict.ts';

const INVALID: Refusal = { status: 400, code: 'E-VAL-INVALID' };
const UNAUTHORIZED: Refusal = { status: 401, code: 'E-AUTH-UNAUTH' };
/** What the network's server answers to what it can't decode (specification: Different answers). */
const NETWORK_PARSE: readonly Refusal[] = [{ status: 500, code: 'E-CORE-PARSE' }];
/** The name can't exist (RFC 2606), so that nobody is asked for its key. */
const NOBODY = 'nobody.invalid';

type Change = (good: Record<string, unknown>) => Record<string, unknown>;

/** A token of somebody who can't be asked, with a signature of its own. */
function madeToken(target: Target, change: Change = (good) => good): string {
  return signAnything(change(goodClaims(target)), generateKeyPair().privateKey);
}

function goodClaims({ idTag, now }: Target): Record<string, unknown> {
  return { ...baseClaims(NOBODY, { keyId: '250101' }, now()), t: 'FLLW', aud: idTag };
}

function without(claim: string): Change {
  return ({ [claim]: _, ...others }) => others;
}

function refusedCase(
  name: string,
  what: string,
  section: string,
  make: (target: Target) => string,
  wanted: Refusal,
  network: readonly Refusal[] = [],
): Case {
  const level: Level = network.length > 0 ? 'network' : 'must';
  const summary = `${what[0]?.toUpperCase()}${what.slice(1)} is refused`;
  const run = async (target: Target) => refusal(await deliverOnce(target, make(target)), what, wanted, network);
  return { name: `token.${name}`, summary, section, level, run };
}

/** Changes the signature part of a good token by its text. */
function withSignaturePart(change: (part: string) => string): (target: Target) => string {
  return (target) => {
    const token = madeToken(target);
    const at = token.lastIndexOf('.') + 1;
    return token.slice(0, at) + change(token.slice(at));
  };
}

/** Cases of the group `token`. */
export const TOKEN_CASES: readonly Case[] = [
  refusedCase('text', 'a text that is no token', 'Different answers', () => 'abc', INVALID, NETWORK_PARSE),
  refusedCase('four-parts', 'a token of four parts', 'Action token', (target) => `${madeToken(target)}.AAAA`, INVALID, [
    ...NETWORK_PARSE,
    UNAUTHORIZED,
  ]),
  refusedCase(
    'padding',
    'a token with padded base64url',
    'Action token',
    withSignaturePart((part) => `${part}=`),
    INVALID,
    [...NETWORK_PARSE, UNAUTHORIZED],
  ),
  refusedCase(
    'alphabet',
    'a token with + and / of the other base64',
    'Action token',
    withSignaturePart((part) => `+/${part.slice(2)}`),
    INVALID,
    [...NETWORK_PARSE, UNAUTHORIZED],
  ),
  refusedCase(
    'trailing-bits',
    'a token with unused bits in its base64url that are not zero',
    'Action token',
    (target) => signWithTrailingBits(goodClaims(target), generateKeyPair().privateKey),
    INVALID,
    [...NETWORK_PARSE, UNAUTHORIZED],
  ),
  refusedCase(
    'null-k',
    'a token whose k is null',
    'Action token',
    (target) => madeToken(target, (good) => ({ ...good, k: null })),
    INVALID,
    NETWORK_PARSE,
  ),
  refusedCase(
    'text-iat',
    'a token whose iat is a text',
    'Action token',
    (target) => madeToken(target, (good) => ({ ...good, iat: String(seconds(target)) })),
    INVALID,
    NETWORK_PARSE,
  ),
  refusedCase(
    'missing-iat',
    'a token without iat',
    'Different answers',
    (target) => madeToken(target, without('iat')),
    INVALID,
    NETWORK_PARSE,
  ),
  refusedCase(
    'missing-k',
    'a token without k',
    'Different answers',
    (target) => madeToken(target, without('k')),
    INVALID,
    NETWORK_PARSE,
  ),
  refusedCase(
    'fractional-iat',
    'a token with a fraction in iat',
    'Different answers',
    (target) => madeToken(target, (good) => ({ ...good, iat: (good['iat'] as number) + 0.5 })),
    INVALID,
    NETWORK_PARSE,
  ),
  refusedCase(
    'uppercase-issuer',
    'an issuer in upper case',
    'idTag rules',
    (target) => madeToken(target, (good) => ({ ...good, iss: 'Nobody.invalid' })),
    INVALID,
  ),
  refusedCase(
    'uppercase-audience',
    'an audience in upper case',
    'idTag rules',
    (target) => madeToken(target, (good) => ({ ...good, aud: target.idTag.toUpperCase() })),
    INVALID,
  ),
  refusedCase(
    'underscore-issuer',
    'an issuer with an underscore',
    'idTag rules',
    (target) => madeToken(target, (good) => ({ ...good, iss: 'no_body.invalid' })),
    INVALID,
  ),
  refusedCase(
    'path-issuer',
    'an issuer that would change the path of a URL',
    'idTag rules',
    (target) => madeToken(target, (good) => ({ ...good, iss: 'nobody.invalid/x' })),
    INVALID,
  ),
  refusedCase(
    'algorithm-none',
    'a token with alg none',
    'Keys',
    (target) => `${withHeader(madeToken(target), { typ: 'JWT', alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
    UNAUTHORIZED,
    [INVALID],
  ),
  refusedCase(
    'algorithm-hs256',
    'a token with alg HS256',
    'Keys',
    (target) => withHeader(madeToken(target), { typ: 'JWT', alg: 'HS256' }),
    UNAUTHORIZED,
  ),
  refusedCase(
    'algorithm-es256',
    'a token with alg ES256',
    'Keys',
    (target) => withHeader(madeToken(target), { typ: 'JWT', alg: 'ES256' }),
    UNAUTHORIZED,
  ),
  {
    name: 'token.unreachable-issuer',
    summary: 'A token whose issuer can not be asked for its key is answered 503',
    section: 'Different answers',
    level: 'network',
    async run(target) {
      const network = [{ status: 500, code: 'E-NET-ERROR' }];
      const answer = await deliverOnce(target, madeToken(target));
      return refusal(answer, 'a token of nobody', { status: 503, code: 'E-SYS-UNAVAIL' }, network);
    },
  },
];
