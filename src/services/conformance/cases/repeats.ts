/** Tokens that come again: repeated, signed a second time, replayed after they were replaced. */
import { actionId } from '../../../protocol/content-id.ts';
import type { Case } from '../case.ts';
import { follow, nonce, seconds, unfollow, withOtherS } from '../made-tokens.ts';
import { relationTo } from '../relations.ts';
import { createPost, deliver, signIn } from '../requests.ts';
import { type ActingPeer, type Answer, peerOf, type Target } from '../target.ts';
import {
  isTaken,
  judged,
  listOf,
  mustTake,
  notTaken,
  objectOf,
  passed,
  passedAsNetwork,
  taken,
  told,
} from '../verdict.ts';

const common = { needs: ['peer'], writes: true } as const;

/** Whether the instance counts a peer as a follower, as its owner sees it. */
async function follows(target: Target, peer: ActingPeer): Promise<boolean> {
  return (await relationTo(target, peer)).follower;
}

/** Delivers tokens in order. @throws EarlyVerdict about the first that was not taken */
async function deliverAll(target: Target, tokens: readonly (readonly [string, string])[]): Promise<void> {
  for (const [what, token] of tokens) mustTake(await deliver(target, token), what);
}

/** Delivers a FLLW, and its claims with a second signature. @returns the second token @throws EarlyVerdict */
async function deliverTwice(target: Target, peer: ActingPeer): Promise<string> {
  const claims = follow(target, { iat: seconds(target) });
  const [first, second] = [await peer.sign(claims), await peer.sign(claims)];
  await deliverAll(target, [
    ['a FLLW', first],
    ['its second signature', second],
  ]);
  return second;
}

async function read(target: Target, peer: ActingPeer, id: string): Promise<Answer> {
  return target.ask({ path: `/api/actions/${id}`, bearer: await signIn(target, peer) });
}

/** Cases of the group `repeat`. */
export const REPEAT_CASES: readonly Case[] = [
  {
    ...common,
    name: 'repeat.same-token',
    summary: 'A token that is stored already is answered as the first time',
    section: 'Duplicates',
    level: 'must',
    async run(target) {
      const token = await peerOf(target).sign(follow(target));
      const first = await deliver(target, token);
      const again = await deliver(target, token);
      return judged('the repeat is answered as the first time', [
        !isTaken(first) && notTaken(first, 'a FLLW'),
        first.status !== again.status && `the repeat is answered ${told(again)}, and the first was ${told(first)}`,
      ]);
    },
  },
  {
    ...common,
    name: 'repeat.second-signature',
    summary: 'The same claims with a second signature are taken',
    section: 'Duplicates',
    level: 'must',
    async run(target) {
      await deliverTwice(target, peerOf(target));
      return passed('the second signature is taken');
    },
  },
  {
    ...common,
    name: 'repeat.other-s',
    summary: 'The same signature with n − s in place of s is taken: it fits, too',
    section: 'Duplicates',
    level: 'must',
    async run(target) {
      const token = await peerOf(target).sign(follow(target));
      mustTake(await deliver(target, token), 'a FLLW');
      return taken(await deliver(target, withOtherS(token)), 'its signature with the other s');
    },
  },
  {
    name: 'repeat.one-action',
    summary: 'The same claims with the other s are the same action, not a second one',
    section: 'Duplicates',
    level: 'must',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const token = await peerOf(target).sign({ t: 'CMNT', aud: target.idTag, p: id, c: 'Once', _: nonce() });
      await deliverAll(target, [
        ['a comment', token],
        ['its other signature', withOtherS(token)],
      ]);
      const { length } = listOf(await target.ask({ path: `/api/actions?parentId=${id}` }), 'the comments of a post');
      return judged('it is listed once', [length !== 1 && `a comment with two signatures is listed ${length} times`]);
    },
  },
  {
    ...common,
    name: 'repeat.alias',
    summary: 'The ID of a second signature leads to the action, with the token that hashes to it',
    section: 'Duplicates',
    level: 'should',
    async run(target) {
      const peer = peerOf(target);
      const second = await deliverTwice(target, peer);
      const answer = await read(target, peer, actionId(second));
      const { token } = objectOf(answer);
      return judged('the second ID leads to the action', [
        answer.status !== 200 && `the ID of the second signature is answered ${told(answer)}`,
        typeof token === 'string' && token !== second && 'the token does not hash to the ID that was asked for',
      ]);
    },
  },
  {
    name: 'repeat.replayed-follow',
    summary: 'A FLLW that is sent again after FLLW:DEL makes nobody a follower',
    section: 'Replacement',
    level: 'must',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const peer = peerOf(target);
      const token = await peer.sign(follow(target));
      await deliverAll(target, [['a FLLW', token]]);
      const before = await follows(target, peer);
      await deliverAll(target, [
        ['a FLLW:DEL', await peer.sign(unfollow(target))],
        ['the replayed FLLW', token],
      ]);
      const after = await follows(target, peer);
      return judged('the replay changes nothing', [
        !before && `${peer.idTag} is no follower after its FLLW`,
        after && `${peer.idTag} is a follower again`,
      ]);
    },
  },
  {
    name: 'repeat.older-follow',
    summary: 'An action that is older than what replaced it is kept, and replaces nothing',
    section: 'Replacement',
    level: 'network',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const peer = peerOf(target);
      await deliverAll(target, [
        ['a FLLW:DEL', await peer.sign(unfollow(target))],
        ['an older FLLW', await peer.sign(follow(target, { iat: seconds(target) - 60 }))],
      ]);
      const isFollower = await follows(target, peer);
      return isFollower ? passedAsNetwork('what arrives later replaces') : passed('the older one replaces nothing');
    },
  },
  {
    name: 'follow.relation',
    summary: 'FLLW makes a follower, and FLLW:DEL ends that',
    section: 'Follow',
    level: 'must',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const peer = peerOf(target);
      await deliverAll(target, [['a FLLW', await peer.sign(follow(target))]]);
      const during = await follows(target, peer);
      await deliverAll(target, [['a FLLW:DEL', await peer.sign(unfollow(target))]]);
      const after = await follows(target, peer);
      return judged('the relation comes and goes', [
        !during && `${peer.idTag} is no follower after its FLLW`,
        after && `${peer.idTag} is a follower still after its FLLW:DEL`,
      ]);
    },
  },
];
