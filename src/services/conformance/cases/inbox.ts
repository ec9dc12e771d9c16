/** What an inbox refuses once the signature is verified, and what it takes. */
import type { Case } from '../case.ts';
import { follow, nonce, proxy, seconds } from '../made-tokens.ts';
import { deliver, exchange } from '../requests.ts';
import { peerOf } from '../target.ts';
import { judged, refusal, refusalOrTaken, taken, told } from '../verdict.ts';
import { REFUSED, STRICTER } from './refused-claims.ts';

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
      return taken(answer, 'a FLLW with an unknown claim');
    },
  },
  {
    name: 'inbox.idp-reg',
    summary: 'IDP:REG is a type by its whole name, and taken from a stranger',
    section: 'Action types',
    level: 'should',
    needs: ['peer'],
    writes: true,
    async run(target) {
      // The name can't exist (RFC 2606), so that nothing is registered.
      const claims = { t: 'IDP:REG', aud: target.idTag, c: { idTag: 'nobody.invalid' }, _: nonce() };
      return taken(await deliver(target, await peerOf(target).sign(claims)), 'an IDP:REG');
    },
  },
  {
    name: 'inbox.null-audience',
    summary: 'A FLLW whose audience is null is refused',
    section: 'Action token',
    level: 'must',
    needs: ['own-peer'],
    async run(target) {
      const answer = await deliver(target, await peerOf(target).sign(follow(target, { aud: null })));
      return refusal(answer, 'a FLLW whose audience is null', { status: 400, code: 'E-VAL-INVALID' });
    },
  },
  {
    name: 'inbox.null-claims',
    summary: 'An optional claim that is null is read as absent',
    section: 'Action token',
    level: 'must',
    needs: ['own-peer'],
    writes: true,
    async run(target) {
      const nulls = Object.fromEntries(['exp', 'sub', 'p', 'a', 'f', 'v', '_'].map((claim) => [claim, null]));
      return taken(await deliver(target, await peerOf(target).sign(follow(target, nulls))), 'a FLLW with null in them');
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
      return taken(await deliver(target, await peerOf(target).sign(claims)), 'a token that expired 30 s ago');
    },
  },
  {
    name: 'inbox.still-there',
    summary: 'After all that was refused the issuer is let in as before',
    section: 'Access tokens',
    level: 'must',
    needs: ['peer'],
    async run(target) {
      return taken(await exchange(target, await peerOf(target).sign(proxy(target))), 'a PROXY token');
    },
  },
];
