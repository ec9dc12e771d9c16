/** Conversations that the identity under test holds: who gets in, who writes, who reads. */
import { actionId } from '../../../protocol/content-id.ts';
import type { Case } from '../case.ts';
import { nonce } from '../made-tokens.ts';
import { createOwn, deliver, signIn } from '../requests.ts';
import { type ActingPeer, type Answer, lastOwnPeerOf, otherPeerOf, peerOf, type Target } from '../target.ts';
import { judged, mustTake, passedAsNetwork, type Refusal, refusal, refusalOrTaken, taken, told } from '../verdict.ts';
import { awaitDelivery, WAIT_MS } from '../waiting.ts';

const FORBIDDEN: Refusal = { status: 403, code: 'E-AUTH-NOPERM' };
const common = { section: 'Conversations', level: 'must', needs: ['owner', 'two-peers'], writes: true } as const;

/** Makes a conversation. @returns its ID @throws EarlyVerdict */
function open(target: Target): Promise<string> {
  const content = { name: `Conformance ${nonce()}` };
  return createOwn(target, { type: 'CONV', content }, 'a CONV of the owner');
}

async function invite(target: Target, conversation: string, { idTag }: ActingPeer, role = 'member'): Promise<void> {
  const invitation = { type: 'INVT', audienceTag: idTag, subject: conversation, content: { role } };
  await createOwn(target, invitation, 'an INVT of the owner');
}

async function send(
  target: Target,
  peer: ActingPeer,
  claims: Record<string, unknown> & { t: string },
): Promise<Answer> {
  return deliver(target, await peer.sign({ aud: target.idTag, _: nonce(), ...claims }));
}

function subscribe(target: Target, peer: ActingPeer, conversation: string): Promise<Answer> {
  return send(target, peer, { t: 'SUBS', sub: conversation });
}

function say(target: Target, peer: ActingPeer, conversation: string): Promise<Answer> {
  return send(target, peer, { t: 'MSG', p: conversation, c: 'Something' });
}

/** A conversation with these peers in it. @throws EarlyVerdict */
async function opened(target: Target, peers: readonly ActingPeer[], role?: string): Promise<string> {
  const conversation = await open(target);
  for (const peer of peers) {
    await invite(target, conversation, peer, role);
    mustTake(await subscribe(target, peer, conversation), 'a SUBS of an invited peer');
  }
  return conversation;
}

async function read(target: Target, peer: ActingPeer, id: string): Promise<Answer> {
  return target.ask({ path: `/api/actions/${id}`, bearer: await signIn(target, peer) });
}

/** Cases of the group `conversations`. */
export const CONVERSATION_CASES: readonly Case[] = [
  {
    ...common,
    name: 'conversations.message',
    summary: 'An invited peer that subscribed may write',
    async run(target) {
      const conversation = await opened(target, [peerOf(target)]);
      return taken(await say(target, peerOf(target), conversation), 'a MSG of a subscriber');
    },
  },
  {
    ...common,
    name: 'conversations.outsider',
    summary: 'Whoever subscribed without an invitation may not write',
    async run(target) {
      const conversation = await open(target);
      await subscribe(target, otherPeerOf(target), conversation);
      return refusal(await say(target, otherPeerOf(target), conversation), 'a MSG of somebody not invited', FORBIDDEN);
    },
  },
  {
    ...common,
    name: 'conversations.readers',
    summary: 'A message is read by subscribers, and by nobody else',
    section: 'Visibility',
    async run(target) {
      const conversation = await opened(target, [peerOf(target)]);
      const token = await peerOf(target).sign({
        ...{ t: 'MSG', aud: target.idTag, p: conversation, c: 'Among us', _: nonce() },
      });
      mustTake(await deliver(target, token), 'a MSG of a subscriber');
      await subscribe(target, otherPeerOf(target), conversation);
      const ids = [conversation, actionId(token)];
      const problems: (string | false)[] = [];
      for (const [index, id] of ids.entries()) {
        const what = index === 0 ? 'the CONV' : 'a MSG';
        const [inside, outside] = [await read(target, peerOf(target), id), await read(target, otherPeerOf(target), id)];
        problems.push(
          inside.status !== 200 && `a subscriber who asks for ${what} is answered ${told(inside)}`,
          outside.status !== 403 && `somebody else who asks for ${what} is answered ${told(outside)}; 403 is right`,
        );
      }
      return judged('subscribers read it', problems);
    },
  },
  {
    ...common,
    name: 'conversations.relay',
    summary: 'A message is relayed to the other subscribers in an APRV, with its token byte for byte',
    needs: ['owner', 'own-peer', 'two-peers'],
    async run(target) {
      const [author, other] = [peerOf(target), lastOwnPeerOf(target)];
      const conversation = await opened(target, [author, other]);
      const token = await author.sign({ t: 'MSG', aud: target.idTag, p: conversation, c: 'To all', _: nonce() });
      mustTake(await deliver(target, token), 'a MSG of a subscriber');
      const relay = await awaitDelivery(
        target,
        other,
        ({ claims: { t, sub } }) => t === 'APRV' && sub === actionId(token),
      );
      return judged('it is relayed', [
        !relay && `another subscriber got no APRV of the MSG within ${WAIT_MS / 1000} s`,
        relay && relay.claims['p'] !== conversation && 'p of the APRV is not the conversation',
        relay && !relay.related.includes(token) && 'the token of the MSG does not come along as it was sent',
      ]);
    },
  },
  {
    ...common,
    name: 'conversations.left',
    summary: 'Whoever left may not write any more',
    level: 'network',
    async run(target) {
      const peer = peerOf(target);
      const conversation = await opened(target, [peer]);
      mustTake(await send(target, peer, { t: 'SUBS:DEL', sub: conversation }), 'a SUBS:DEL');
      return refusalOrTaken(await say(target, peer, conversation), 'a MSG of somebody who left', FORBIDDEN);
    },
  },
  {
    ...common,
    name: 'conversations.invitation-once',
    summary: 'An invitation can be used once',
    level: 'network',
    async run(target) {
      const peer = peerOf(target);
      const conversation = await opened(target, [peer]);
      mustTake(await send(target, peer, { t: 'SUBS:DEL', sub: conversation }), 'a SUBS:DEL');
      await subscribe(target, peer, conversation);
      return refusalOrTaken(await say(target, peer, conversation), 'a MSG after a used invitation', FORBIDDEN);
    },
  },
  {
    ...common,
    name: 'conversations.observer',
    summary: 'An observer reads and does not write',
    section: 'Roles in a conversation',
    async run(target) {
      const conversation = await opened(target, [peerOf(target)], 'observer');
      return refusal(await say(target, peerOf(target), conversation), 'a MSG of an observer', FORBIDDEN);
    },
  },
  {
    ...common,
    name: 'conversations.own-role',
    summary: 'A member may not raise its own role',
    section: 'Roles in a conversation',
    async run(target) {
      const peer = peerOf(target);
      const conversation = await opened(target, [peer]);
      const update = { t: 'SUBS:UPD', sub: conversation, c: { role: 'admin' } };
      return refusal(await send(target, peer, { ...update, aud: target.idTag }), 'a SUBS:UPD of a member', FORBIDDEN);
    },
  },
  {
    ...common,
    name: 'conversations.member-invites',
    summary: 'A member may not invite',
    section: 'Roles in a conversation',
    level: 'network',
    async run(target) {
      const conversation = await opened(target, [peerOf(target)]);
      const invitation = { t: 'INVT', aud: otherPeerOf(target).idTag, sub: conversation, c: { role: 'member' } };
      const answer = await send(target, peerOf(target), invitation);
      if (answer.status < 300) return passedAsNetwork('an INVT of a member is taken');
      return refusal(answer, 'an INVT of a member', FORBIDDEN);
    },
  },
];
