/** Tokens that come again: repeated, signed a second time, replayed after they were replaced. */
import { actionId } from '../../../protocol/content-id.ts';
import type { Case, Verdict } from '../case.ts';
import { follow, unfollow } from '../made-tokens.ts';
import { asOwner, deliver, type Got, signIn } from '../requests.ts';
import { type ActingPeer, type Answer, peerOf, type Target } from '../target.ts';
import { failed, isTaken, judged, notTaken, objectOf, passedAsNetwork, told } from '../verdict.ts';

const common = { needs: ['peer'], writes: true } as const;
const seconds = ({ now }: Target): number => Math.floor(now() / 1000);

/** Whether the instance counts a peer as a follower, as its owner sees it. */
async function follows(target: Target, { idTag }: ActingPeer): Promise<Got<boolean>> {
  const answer = await asOwner(target, { path: `/api/profiles/${idTag}` });
  const { follower } = objectOf(answer);
  if (typeof follower === 'boolean') return { got: follower, verdict: null };
  return {
    got: null,
    verdict: failed(`GET /api/profiles/${idTag} of the owner is answered ${told(answer)}, without follower`),
  };
}

/** Delivers tokens in order. @returns the sentence about the first that was not taken, or null */
async function deliverAll(target: Target, tokens: readonly (readonly [string, string])[]): Promise<Verdict | null> {
  for (const [what, token] of tokens) {
    const answer = await deliver(target, token);
    if (!isTaken(answer)) return failed(notTaken(answer, what));
  }
  return null;
}

async function read(target: Target, peer: ActingPeer, id: string): Promise<Got<Answer>> {
  const { got: bearer, verdict } = await signIn(target, peer);
  if (verdict) return { got: null, verdict };
  return { got: await target.ask({ path: `/api/actions/${id}`, bearer }), verdict: null };
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
      const peer = peerOf(target);
      const claims = follow(target, { iat: seconds(target) });
      const [first, second] = [await peer.sign(claims), await peer.sign(claims)];
      const problem = await deliverAll(target, [
        ['a FLLW', first],
        ['its second signature', second],
      ]);
      return problem ?? judged('the second signature is taken', []);
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
      const claims = follow(target, { iat: seconds(target) });
      const [first, second] = [await peer.sign(claims), await peer.sign(claims)];
      const problem = await deliverAll(target, [
        ['a FLLW', first],
        ['its second signature', second],
      ]);
      if (problem) return problem;
      const { got: answer, verdict } = await read(target, peer, actionId(second));
      if (verdict) return verdict;
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
      const begun = await deliverAll(target, [['a FLLW', token]]);
      if (begun) return begun;
      const before = await follows(target, peer);
      if (before.verdict) return before.verdict;
      const problem = await deliverAll(target, [
        ['a FLLW:DEL', await peer.sign(unfollow(target))],
        ['the replayed FLLW', token],
      ]);
      if (problem) return problem;
      const after = await follows(target, peer);
      if (after.verdict) return after.verdict;
      return judged('the replay changes nothing', [
        !before.got && `${peer.idTag} is no follower after its FLLW`,
        after.got && `${peer.idTag} is a follower again`,
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
      const problem = await deliverAll(target, [
        ['a FLLW:DEL', await peer.sign(unfollow(target))],
        ['an older FLLW', await peer.sign(follow(target, { iat: seconds(target) - 60 }))],
      ]);
      if (problem) return problem;
      const { got, verdict } = await follows(target, peer);
      if (verdict) return verdict;
      return got ? passedAsNetwork('what arrives later replaces') : judged('the older one replaces nothing', []);
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
      const begun = await deliverAll(target, [['a FLLW', await peer.sign(follow(target))]]);
      if (begun) return begun;
      const during = await follows(target, peer);
      if (during.verdict) return during.verdict;
      const problem = await deliverAll(target, [['a FLLW:DEL', await peer.sign(unfollow(target))]]);
      if (problem) return problem;
      const after = await follows(target, peer);
      if (after.verdict) return after.verdict;
      return judged('the relation comes and goes', [
        !during.got && `${peer.idTag} is no follower after its FLLW`,
        after.got && `${peer.idTag} is a follower still after its FLLW:DEL`,
      ]);
    },
  },
];
