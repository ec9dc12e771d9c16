/** Tokens whose signature doesn't fit. They count against the sender (specification: Bans), so that they come last. */
import type { Case } from '../case.ts';
import { baseClaims, follow, proxy, signAnything, withOtherSignature } from '../made-tokens.ts';
import { deliver, deliverOnce, exchange } from '../requests.ts';
import { type Claims, lastOwnPeerOf, MOVED_PROFILE, type PeerKey, peerOf, type Target } from '../target.ts';
import { isTaken, judged, refusal, told } from '../verdict.ts';

const UNAUTHORIZED = { status: 401, code: 'E-AUTH-UNAUTH' };
const common = { level: 'must', badSignatures: 1 } as const;

function signedBy(target: Target, idTag: string, key: PeerKey, claims: Claims): string {
  return signAnything({ ...baseClaims(idTag, key, target.now()), ...claims }, key.privateKey);
}

/** Cases of the group `signature`. */
export const SIGNATURE_CASES: readonly Case[] = [
  {
    ...common,
    name: 'signature.changed',
    summary: 'A token with another signature is refused',
    section: 'Verification',
    needs: ['peer'],
    async run(target) {
      const token = withOtherSignature(await peerOf(target).sign(follow(target)));
      return refusal(await deliver(target, token), 'a changed signature', UNAUTHORIZED);
    },
  },
  {
    ...common,
    name: 'signature.access-token',
    summary: 'A PROXY token with another signature gets no access token',
    section: 'Access tokens',
    needs: ['peer'],
    async run(target) {
      // Another key than that of the case before: a key that doesn't fit is fetched once a minute (specification: Key fetching).
      const { idTag, own, sign } = target.peers.at(-1) ?? peerOf(target);
      const token = own ? signedBy(target, idTag, own.prepared.changed, proxy(target)) : await sign(proxy(target));
      return refusal(await exchange(target, withOtherSignature(token)), 'a changed signature', UNAUTHORIZED);
    },
  },
  {
    ...common,
    name: 'signature.claims-changed',
    summary: 'A token whose claims were changed after signing is refused',
    section: 'Verification',
    needs: ['own-peer'],
    async run(target) {
      const { idTag, own } = lastOwnPeerOf(target);
      const key = own.prepared['claims-changed'];
      const claims = follow(target);
      const [header, , signature] = signedBy(target, idTag, key, claims).split('.');
      const [, other] = signedBy(target, idTag, key, { ...claims, c: 'changed' }).split('.');
      const answer = await deliver(target, `${header}.${other}.${signature}`);
      return refusal(answer, 'claims that were not signed', UNAUTHORIZED);
    },
  },
  {
    ...common,
    name: 'signature.other-key',
    summary: 'A token that another key signed is refused',
    section: 'Verification',
    needs: ['own-peer'],
    async run(target) {
      const { idTag, own } = lastOwnPeerOf(target);
      const { privateKey } = own.newKey();
      const token = signedBy(target, idTag, { ...own.prepared['other-key'], privateKey }, follow(target));
      return refusal(await deliver(target, token), 'the signature of another key', UNAUTHORIZED);
    },
  },
  {
    ...common,
    name: 'signature.unknown-key',
    summary: 'A token whose key the issuer does not publish is refused',
    section: 'Verification',
    needs: ['own-peer'],
    async run(target) {
      const { idTag, own } = lastOwnPeerOf(target);
      const token = signedBy(target, idTag, own.newKey(), follow(target));
      return refusal(await deliver(target, token), 'a key that is not published', UNAUTHORIZED);
    },
  },
  {
    ...common,
    name: 'keys.redirect',
    summary: 'A profile that has moved is not fetched: no redirect is followed',
    section: 'Requests',
    needs: ['own-peer'],
    async run(target) {
      const { idTag, own } = lastOwnPeerOf(target);
      const next = own.newKey();
      const before = own.published;
      Object.assign(own, { moved: true, published: [...before, next.published] });
      try {
        const answer = await deliverOnce(target, signedBy(target, idTag, next, follow(target)));
        const asked = own.received.filter(({ path }) => path === '/api/me').length;
        return judged(`no redirect is followed: ${told(answer)}`, [
          own.received.some(({ path }) => path === MOVED_PROFILE) && 'the redirect of /api/me was followed',
          isTaken(answer) && `a token whose key is behind a redirect is answered ${told(answer)}`,
          asked === 0 && `${idTag} was not asked for /api/me`,
        ]);
      } finally {
        Object.assign(own, { moved: false, published: before });
      }
    },
  },
];
