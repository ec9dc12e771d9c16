/** What an inbox refuses once the signature is verified, and what it takes. */
import type { Case } from '../case.ts';
import { follow, nonce, proxy } from '../made-tokens.ts';
import { deliver, exchange, NO_ACTION } from '../requests.ts';
import { type Claims, peerOf, type Target } from '../target.ts';
import { isTaken, judged, notTaken, type Refusal, refusal, refusalOrTaken, told } from '../verdict.ts';

const INVALID: Refusal = { status: 400, code: 'E-VAL-INVALID' };
const UNAUTHORIZED: Refusal = { status: 401, code: 'E-AUTH-UNAUTH' };
const FORBIDDEN: Refusal = { status: 403, code: 'E-AUTH-NOPERM' };
const NOBODY = 'nobody.invalid';
const seconds = ({ now }: Target): number => Math.floor(now() / 1000);

interface RefusedClaims {
  name: string;
  what: string;
  section: string;
  claims: (target: Target) => Claims;
  wanted: Refusal;
}

/** Refused by every server. */
const REFUSED: readonly RefusedClaims[] = [
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
      ...{ t: 'FSHR', aud: idTag, sub: `f1~${'A'.repeat(43)}`, _: nonce() },
      c: { contentType: 'text/plain', fileName: 'a.txt', fileTp: 'BLOB' },
    }),
    wanted: FORBIDDEN,
  },
];

/** What the network's server takes. It would leave something behind there. */
const STRICTER: readonly RefusedClaims[] = [
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

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}

/** Cases of the group `inbox`. */
export const INBOX_CASES: readonly Case[] = [
  ...REFUSED.map(
    ({ name, what, section, claims, wanted }): Case => ({
      ...{ name: `inbox.${name}`, summary: `${capital(what)} is refused`, section, level: 'must', needs: ['peer'] },
      async run(target) {
        return refusal(await deliver(target, await peerOf(target).sign(claims(target))), what, wanted);
      },
    }),
  ),
  ...STRICTER.map(
    ({ name, what, section, claims, wanted }): Case => ({
      ...{ name: `inbox.${name}`, summary: `${capital(what)} is refused`, section, level: 'network', needs: ['peer'] },
      writes: true,
      async run(target) {
        return refusalOrTaken(await deliver(target, await peerOf(target).sign(claims(target))), what, wanted);
      },
    }),
  ),
  {
    name: 'inbox.good',
    summary: 'A good action is answered 202',
    section: 'Inbox',
    level: 'network',
    needs: ['peer'],
    writes: true,
    async run(target) {
      const token = await peerOf(target).sign(follow(target));
      const answer = await target.ask({ method: 'POST', path: '/api/inbox', body: { token } });
      return refusal(answer, 'a good FLLW', { status: 202 }, [{ status: 201 }]);
    },
  },
  {
    name: 'inbox.sync',
    summary: '/api/inbox/sync answers a good action with 201',
    section: 'Inbox',
    level: 'must',
    needs: ['peer'],
    writes: true,
    async run(target) {
      const answer = await deliver(target, await peerOf(target).sign(follow(target)));
      return judged('a good FLLW is answered 201', [
        answer.status !== 201 && `a good FLLW is answered ${told(answer)}; 201 is right`,
      ]);
    },
  },
  {
    name: 'inbox.unknown-claim',
    summary: 'Unknown claims are ignored',
    section: 'Action token',
    level: 'must',
    needs: ['peer'],
    writes: true,
    async run(target) {
      const answer = await deliver(target, await peerOf(target).sign(follow(target, { later: { a: 1 } })));
      return judged('a FLLW with an unknown claim is taken', [
        !isTaken(answer) && notTaken(answer, 'an unknown claim'),
      ]);
    },
  },
  {
    name: 'inbox.leeway',
    summary: 'exp has 60 s of leeway',
    section: 'Action token',
    level: 'must',
    needs: ['peer'],
    writes: true,
    async run(target) {
      const claims = follow(target, { iat: seconds(target) - 90, exp: seconds(target) - 30 });
      const answer = await deliver(target, await peerOf(target).sign(claims));
      return judged('a token that expired 30 s ago is taken', [
        !isTaken(answer) && notTaken(answer, 'a token that expired 30 s ago'),
      ]);
    },
  },
  {
    name: 'inbox.still-there',
    summary: 'After all that was refused the issuer is let in as before',
    section: 'Access tokens',
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const answer = await exchange(target, await peerOf(target).sign(proxy(target)));
      return judged('the issuer is let in', [!isTaken(answer) && notTaken(answer, 'a PROXY token')]);
    },
  },
];
