/** Access tokens, and what they open. */
import { jwtClaims } from '../../../federation/peer/jwt-expiry.ts';
import type { Case } from '../case.ts';
import { follow, proxy, seconds } from '../made-tokens.ts';
import { deliver, exchange, NO_FILE, signIn } from '../requests.ts';
import { peerOf } from '../target.ts';
import {
  failed,
  judged,
  notTaken,
  objectOf,
  passedAsNetwork,
  type Refusal,
  refusal,
  refusalOrTaken,
  told,
} from '../verdict.ts';

const SECTION = 'Access tokens';
const UNAUTHORIZED: Refusal = { status: 401, code: 'E-AUTH-UNAUTH' };
const FORBIDDEN: Refusal = { status: 403, code: 'E-AUTH-NOPERM' };

/** Cases of the group `access`. */
export const ACCESS_CASES: readonly Case[] = [
  {
    name: 'access.exchange',
    summary: 'A PROXY token is exchanged for an access token of the caller at this identity',
    section: SECTION,
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const peer = peerOf(target);
      const token = await signIn(target, peer);
      const { iss, sub, exp } = jwtClaims(token) ?? {};
      const left = typeof exp === 'number' ? exp - seconds(target) : null;
      return judged(`${peer.idTag} gets an access token`, [
        iss !== target.idTag && `iss is ${JSON.stringify(iss) ?? 'missing'}`,
        sub !== peer.idTag && `sub is ${JSON.stringify(sub) ?? 'missing'}`,
        (left === null || left < 3000 || left > 3900) && `exp is ${left ?? 'missing'} s ahead; an hour is right`,
      ]);
    },
  },
  {
    name: 'access.wrong-audience',
    summary: 'A PROXY token for somebody else gets no access token',
    section: SECTION,
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const token = await peerOf(target).sign(proxy(target, { aud: 'nobody.invalid' }));
      return refusal(await exchange(target, token), 'a PROXY token for somebody else', FORBIDDEN);
    },
  },
  {
    name: 'access.expired',
    summary: 'A PROXY token that has expired gets no access token',
    section: SECTION,
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const iat = seconds(target) - 290;
      const token = await peerOf(target).sign(proxy(target, { iat, exp: iat + 60 }));
      return refusal(await exchange(target, token), 'an expired PROXY token', UNAUTHORIZED);
    },
  },
  {
    name: 'access.other-type',
    summary: 'A token of another type gets no access token',
    section: 'Stricter than the network',
    level: 'network',
    needs: ['peer'],
    async run(target) {
      const token = await peerOf(target).sign(follow(target, { exp: seconds(target) + 60 }));
      return refusalOrTaken(await exchange(target, token), 'a FLLW', UNAUTHORIZED);
    },
  },
  {
    name: 'access.endless',
    summary: 'A PROXY token without exp gets no access token',
    section: 'Stricter than the network',
    level: 'network',
    needs: ['peer'],
    async run(target) {
      const { exp: _, ...claims } = proxy(target);
      const token = await peerOf(target).sign({ ...claims, t: 'PROXY' });
      return refusalOrTaken(await exchange(target, token), 'a PROXY token without exp', UNAUTHORIZED);
    },
  },
  {
    name: 'access.long',
    summary: 'A PROXY token that is valid for more than five minutes gets no access token',
    section: 'Stricter than the network',
    level: 'network',
    needs: ['peer'],
    async run(target) {
      const token = await peerOf(target).sign(proxy(target, { exp: seconds(target) + 86_400 }));
      return refusalOrTaken(await exchange(target, token), 'a PROXY token for a day', UNAUTHORIZED);
    },
  },
  {
    name: 'access.text',
    summary: 'A text that is no token gets no access token',
    section: 'Different answers',
    level: 'network',
    async run(target) {
      const network = [{ status: 500, code: 'E-CORE-PARSE' }];
      return refusal(await exchange(target, 'garbage'), 'a text', { status: 400, code: 'E-VAL-INVALID' }, network);
    },
  },
  {
    name: 'access.nothing',
    summary: 'Without anything to exchange there is no access token',
    section: SECTION,
    level: 'must',
    run: async (target) => refusal(await exchange(target, null), 'a request without a token', UNAUTHORIZED),
  },
  {
    name: 'access.proxy-in-inbox',
    summary: 'No inbox takes a PROXY token',
    section: 'Action types',
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const answer = await deliver(target, await peerOf(target).sign(proxy(target)));
      return refusal(answer, 'PROXY at the inbox', { status: 400, code: 'E-VAL-INVALID' });
    },
  },
  {
    name: 'access.bearer',
    summary: 'The access token opens what a guest may not read',
    section: SECTION,
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const bearer = await signIn(target, peerOf(target));
      const answer = await target.ask({ path: '/api/outbox', bearer });
      return judged('the outbox opens', [answer.status !== 200 && `GET /api/outbox is answered ${told(answer)}`]);
    },
  },
  {
    name: 'access.scope',
    summary: 'A token for one file is a guest elsewhere',
    section: SECTION,
    level: 'should',
    needs: ['peer'],
    async run(target) {
      const scope = `&scope=${encodeURIComponent(`file:${NO_FILE}:R`)}`;
      const exchanged = await exchange(target, await peerOf(target).sign(proxy(target)), scope);
      const { token: bearer } = objectOf(exchanged);
      if (typeof bearer !== 'string') return failed(notTaken(exchanged, 'a PROXY token with a scope'));
      const answer = await target.ask({ path: '/api/outbox', bearer });
      return refusal(answer, 'the outbox, for a token of one file,', FORBIDDEN);
    },
  },
  {
    name: 'access.bad-bearer',
    summary: 'A bad Authorization is refused, also where it is optional',
    section: 'Stricter than the network',
    level: 'network',
    async run(target) {
      const answer = await target.ask({ path: '/api/actions', bearer: 'garbage' });
      if (answer.status === 200) return passedAsNetwork('a bad Authorization counts as none');
      return refusal(answer, 'a bad Authorization', UNAUTHORIZED);
    },
  },
];
