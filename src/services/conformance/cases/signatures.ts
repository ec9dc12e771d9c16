/** Tokens whose signature doesn't fit. They count against the sender (specification: Bans), so that they come last. */
import { typeProblem } from '../../../protocol/json-object.ts';
import type { Case } from '../case.ts';
import { baseClaims, follow, proxy, signAnything, withOtherSignature } from '../made-tokens.ts';
import { deliver, exchange } from '../requests.ts';
import { type Claims, lastOwnPeerOf, type PeerKey, peerOf, type Target } from '../target.ts';
import { judged, refusal, told } from '../verdict.ts';

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
    name: 'bans.third-bad-signature',
    summary: 'After three bad signatures everything is answered 403 E-RATE-BANNED, with remainingSecs',
    section: 'Bans',
    level: 'should',
    badSignatures: 3,
    needs: ['peer'],
    async run(target) {
      for (let sent = 0; sent < 3; sent += 1) {
        await deliver(target, withOtherSignature(await peerOf(target).sign(follow(target))));
      }
      const answer = await deliver(target, await peerOf(target).sign(follow(target)));
      const verdict = refusal(answer, 'what comes after three bad signatures', { status: 403, code: 'E-RATE-BANNED' });
      if (verdict.outcome === 'failed') return { ...verdict, hint: 'Are the limits of that instance switched off?' };
      const details = (answer.json as { error?: { details?: { remainingSecs?: unknown } } }).error?.details;
      return judged(verdict.message, [
        typeProblem(`in ${told(answer)} details.remainingSecs`, details?.remainingSecs, 'number'),
      ]);
    },
  },
];
