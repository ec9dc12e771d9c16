/** Walls: what peers post on them, how that is approved, and what an approval brings along. */
import { actionId } from '../../../protocol/content-id.ts';
import { isJsonObject } from '../../../protocol/json-object.ts';
import type { Case } from '../case.ts';
import { nonce, withOtherSignature } from '../made-tokens.ts';
import { becomeFollower, whileConnected } from '../relations.ts';
import { asOwner, decide, deliver } from '../requests.ts';
import { type ActingPeer, lastOwnPeerOf, otherPeerOf, peerOf, type Target } from '../target.ts';
import { judged, mustTake, objectOf, passedAsNetwork, told } from '../verdict.ts';
import { awaitDelivery, eventually, WAIT_MS } from '../waiting.ts';

const common = { level: 'must', needs: ['owner', 'two-peers'], writes: true } as const;

function postOn(wall: string, peer: ActingPeer): Promise<string> {
  return peer.sign({ t: 'POST:TEXT', aud: wall, c: `On a wall, for a conformance test: ${nonce()}`, v: 'P' });
}

/** Sends an approval, with what it brings along. Only this path takes `related` (specification: Inbox). */
async function sendApproval(target: Target, wall: ActingPeer, of: ActingPeer, related: string[]): Promise<void> {
  const [first] = related as [string];
  const approval = await wall.sign({ t: 'APRV', aud: of.idTag, sub: actionId(first), _: nonce() });
  const body = { token: approval, related };
  mustTake(await target.ask({ method: 'POST', path: '/api/inbox', body }), 'an APRV');
}

/** Whether the instance has an action, once it has had time to take it in. */
async function has(target: Target, token: string): Promise<boolean> {
  const path = `/api/actions/${actionId(token)}`;
  return (
    (await eventually(target, async () => ((await asOwner(target, { path })).status === 200 ? true : null))) ?? false
  );
}

async function hasNow(target: Target, token: string): Promise<boolean> {
  return (await asOwner(target, { path: `/api/actions/${actionId(token)}` })).status === 200;
}

/** Cases of the groups `walls` and `related`. */
export const WALL_CASES: readonly Case[] = [
  {
    ...common,
    name: 'walls.post',
    summary: 'A POST of a connected peer with this identity as audience is on its wall',
    section: 'Walls and approval',
    needs: ['owner', 'peer'],
    run: (target) =>
      whileConnected(target, peerOf(target), async () => {
        const token = await postOn(target.idTag, peerOf(target));
        mustTake(await deliver(target, token), 'a POST on the wall');
        const answer = await asOwner(target, { path: `/api/actions/${actionId(token)}` });
        const { audience, issuer } = objectOf(answer);
        return judged('it is on the wall', [
          answer.status !== 200 && `the owner is answered ${told(answer)}`,
          (!isJsonObject(audience) || audience['idTag'] !== target.idTag) && 'audience is not the owner of the wall',
          (!isJsonObject(issuer) || issuer['idTag'] !== peerOf(target).idTag) && 'issuer is not the author',
        ]);
      }),
  },
  {
    ...common,
    name: 'walls.approval',
    summary: 'An approved POST goes to the followers as an APRV, with its token byte for byte',
    section: 'Walls and approval',
    needs: ['owner', 'own-peer', 'two-peers'],
    async run(target) {
      const [author, follower] = [peerOf(target), lastOwnPeerOf(target)];
      await becomeFollower(target, follower);
      return whileConnected(target, author, async () => {
        const token = await postOn(target.idTag, author);
        mustTake(await deliver(target, token), 'a POST on the wall');
        await decide(target, actionId(token), 'accept');
        const approves = ({ claims }: { claims: Record<string, unknown> }) =>
          claims['t'] === 'APRV' && claims['sub'] === actionId(token);
        const approval = await awaitDelivery(target, follower, approves);
        return judged('followers get the APRV', [
          !approval && `a follower got no APRV of the post within ${WAIT_MS / 1000} s`,
          approval && approval.claims['aud'] !== author.idTag && 'its audience is not the author of the post',
          approval && !approval.related.includes(token) && 'the token of the post does not come along as it was sent',
        ]);
      });
    },
  },
  {
    ...common,
    name: 'related.taken',
    summary: 'An APRV of a connected peer brings a post of a stranger on its wall',
    section: 'Related tokens',
    run: (target) =>
      whileConnected(target, peerOf(target), async () => {
        const token = await postOn(peerOf(target).idTag, otherPeerOf(target));
        await sendApproval(target, peerOf(target), otherPeerOf(target), [token]);
        return judged('the related token is taken', [!(await has(target, token)) && 'the post did not arrive with it']);
      }),
  },
  {
    ...common,
    name: 'related.unnamed',
    summary: 'A related token that the main token does not name is not taken',
    section: 'Stricter than the network',
    level: 'network',
    run: (target) =>
      whileConnected(target, peerOf(target), async () => {
        const [wall, author] = [peerOf(target), otherPeerOf(target)];
        const [named, unnamed] = [await postOn(wall.idTag, author), await postOn(wall.idTag, author)];
        await sendApproval(target, wall, author, [named, unnamed]);
        const arrived = await has(target, named);
        if (await hasNow(target, unnamed)) return passedAsNetwork('a token that is not named is taken');
        return judged('it is not taken', [!arrived && 'the one that is named did not arrive either']);
      }),
  },
  {
    ...common,
    name: 'related.forged',
    summary: 'A related token with another signature is not taken',
    section: 'Related tokens',
    badSignatures: 1,
    needs: ['owner', 'own-peer', 'two-peers'],
    run: (target) =>
      whileConnected(target, peerOf(target), async () => {
        const [wall, author] = [peerOf(target), otherPeerOf(target)];
        const forged = withOtherSignature(await postOn(wall.idTag, author));
        const good = await postOn(wall.idTag, author);
        await sendApproval(target, wall, author, [forged]);
        await sendApproval(target, wall, author, [good]);
        const arrived = await has(target, good);
        return judged('it is not taken', [
          (await hasNow(target, forged)) && 'a related token with another signature is taken',
          !arrived && 'a good one did not arrive either',
        ]);
      }),
  },
  {
    ...common,
    name: 'related.other-wall',
    summary: 'An APRV of somebody else’s wall brings nothing',
    section: 'Related tokens',
    run: (target) =>
      whileConnected(target, peerOf(target), async () => {
        const [wall, author] = [peerOf(target), otherPeerOf(target)];
        const [foreign, good] = [await postOn('nobody.invalid', author), await postOn(wall.idTag, author)];
        const claims = { t: 'APRV', aud: author.idTag, sub: actionId(foreign), _: nonce() };
        const body = { token: await wall.sign(claims), related: [foreign] };
        const answer = await target.ask({ method: 'POST', path: '/api/inbox', body });
        await sendApproval(target, wall, author, [good]);
        const arrived = await has(target, good);
        return judged(`it brings nothing: ${told(answer)}`, [
          (await hasNow(target, foreign)) && 'a post on another wall is taken with it',
          !arrived && 'a post on its own wall did not arrive either',
        ]);
      }),
  },
];
