/** How an instance finds the keys of its peers. The tokens are offered for an access token, so that nothing is stored. */
import type { Case } from '../case.ts';
import { baseClaims, proxy, signAnything } from '../made-tokens.ts';
import { exchange } from '../requests.ts';
import { type ActingPeer, type OwnPeer, ownPeerOf, type PeerKey, type Target } from '../target.ts';
import { isTaken, judged, mustTake, notTaken, refusalOrTaken, taken } from '../verdict.ts';

function proxyBy(target: Target, { idTag }: ActingPeer, key: PeerKey) {
  const token = signAnything({ ...baseClaims(idTag, key, target.now()), ...proxy(target) }, key.privateKey);
  return exchange(target, token);
}

/** Publishes keys for the time of `work`. */
async function publishing<T>(own: OwnPeer, keys: OwnPeer['published'], work: () => Promise<T>): Promise<T> {
  const before = own.published;
  own.published = keys;
  try {
    return await work();
  } finally {
    own.published = before;
  }
}

/** Cases of the group `keys`. */
export const KEY_CASES: readonly Case[] = [
  {
    name: 'keys.fetch',
    summary: 'The key of an issuer is fetched from its profile',
    section: 'Key fetching',
    level: 'must',
    needs: ['own-peer'],
    async run(target) {
      const peer = ownPeerOf(target);
      const answer = await proxyBy(target, peer, peer.own.key);
      return judged('the key is fetched, and fits', [
        !isTaken(answer) && notTaken(answer, 'the signature of a published key'),
        !peer.own.received.some(({ path }) => path === '/api/me') && `${peer.idTag} was not asked for /api/me`,
      ]);
    },
  },
  {
    name: 'keys.rotation',
    summary: 'After a rotation the new key counts at once, and the old one still does',
    section: 'Keys',
    level: 'must',
    needs: ['own-peer'],
    async run(target) {
      const peer = ownPeerOf(target);
      const { own } = peer;
      const before = await proxyBy(target, peer, own.key);
      const next = own.newKey();
      return publishing(own, [...own.published, next.published], async () => {
        const fresh = await proxyBy(target, peer, next);
        const old = await proxyBy(target, peer, own.key);
        return judged('the new key and the old one both count', [
          !isTaken(before) && notTaken(before, 'the first key'),
          !isTaken(fresh) && notTaken(fresh, 'the new key'),
          !isTaken(old) && notTaken(old, 'the old key, after the rotation'),
        ]);
      });
    },
  },
  {
    name: 'keys.replaced',
    summary: 'A key that was replaced under the same ID is fetched again before a token is refused',
    section: 'Key fetching',
    level: 'must',
    needs: ['own-peer'],
    async run(target) {
      const peer = ownPeerOf(target);
      const { own } = peer;
      const { replaced: first } = own.prepared;
      const { keyId } = first;
      const made = own.newKey();
      const second: PeerKey = { ...made, keyId, published: { ...made.published, keyId } };
      const before = await proxyBy(target, peer, first);
      mustTake(before, 'the first key');
      const others = own.published.filter((key) => key.keyId !== keyId);
      const after = await publishing(own, [...others, second.published], () => proxyBy(target, peer, second));
      return taken(after, 'the key that replaced it');
    },
  },
  {
    name: 'keys.ended',
    summary: 'A signature made after the end of its key is refused',
    section: 'Stricter than the network',
    level: 'network',
    needs: ['own-peer'],
    async run(target) {
      const peer = ownPeerOf(target);
      const answer = await proxyBy(target, peer, peer.own.prepared.ended);
      return refusalOrTaken(answer, 'the signature of a key that has ended', { status: 401, code: 'E-AUTH-UNAUTH' });
    },
  },
];
