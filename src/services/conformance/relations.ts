/** The relations of peers to the instance: a case makes the one that it needs. */
import { actionId } from '../../protocol/content-id.ts';
import type { Verdict } from './case.ts';
import { follow, nonce, unfollow } from './made-tokens.ts';
import { asOwner, createOwn, decide, deliver, deliverOnce } from './requests.ts';
import type { ActingPeer, Target } from './target.ts';
import { EarlyVerdict, failed, mustTake, objectOf, told } from './verdict.ts';

/** A relation, as the owner sees it. */
export interface Relation {
  connected: boolean;
  following: boolean;
  follower: boolean;
}

/** Makes a peer a follower of the instance. It leaves the relation behind. @returns the token that did it @throws EarlyVerdict */
export async function becomeFollower(target: Target, peer: ActingPeer): Promise<string> {
  const token = await peer.sign(follow(target));
  mustTake(await deliver(target, token), `a FLLW of ${peer.idTag}`);
  return token;
}

/** Ends what {@link becomeFollower} began, so that a run leaves no follower behind. Whether it is taken proves nothing any more. */
export async function endFollowing(target: Target): Promise<void> {
  for (const peer of target.peers) {
    if (peer.own) await deliverOnce(target, await peer.sign(unfollow(target)));
  }
}

/** The relation to a peer. Nothing is known of a stranger. @throws EarlyVerdict */
export async function relationTo(target: Target, { idTag }: ActingPeer): Promise<Relation> {
  const answer = await asOwner(target, { path: `/api/profiles/${idTag}` });
  if (answer.status !== 200)
    throw new EarlyVerdict(failed(`GET /api/profiles/${idTag} of the owner is answered ${told(answer)}`));
  const { connected, following, follower } = objectOf(answer);
  return { connected: connected === true, following: following === true, follower: follower === true };
}

/** Sends a CONN. @returns its ID @throws EarlyVerdict */
export async function askToConnect(target: Target, peer: ActingPeer): Promise<string> {
  const token = await peer.sign({ t: 'CONN', aud: target.idTag, c: 'A conformance test', _: nonce() });
  mustTake(await deliver(target, token), `a CONN of ${peer.idTag}`);
  return actionId(token);
}

/** Connects a peer with the instance. @throws EarlyVerdict */
export async function connect(target: Target, peer: ActingPeer): Promise<void> {
  if ((await relationTo(target, peer)).connected) return;
  const id = await askToConnect(target, peer);
  if ((await relationTo(target, peer)).connected) return;
  await decide(target, id, 'accept');
  if ((await relationTo(target, peer)).connected) return;
  throw new EarlyVerdict(failed(`${peer.idTag} is not connected after its CONN was accepted`));
}

/** Makes a peer a stranger, whatever an earlier case or run left behind. @throws EarlyVerdict */
export async function part(target: Target, peer: ActingPeer): Promise<void> {
  const { connected, following, follower } = await relationTo(target, peer);
  const leave = { t: 'CONN:DEL', aud: target.idTag, _: nonce() };
  if (connected) mustTake(await deliver(target, await peer.sign(leave)), 'a CONN:DEL');
  if (follower) mustTake(await deliver(target, await peer.sign(unfollow(target))), 'a FLLW:DEL');
  const forget = { type: 'FLLW', subType: 'DEL', audienceTag: peer.idTag };
  if (following) await createOwn(target, forget, 'a FLLW:DEL of the owner');
}

/** Makes a case with a connected peer, which is a stranger afterwards. */
export async function whileConnected(target: Target, peer: ActingPeer, run: () => Promise<Verdict>): Promise<Verdict> {
  await connect(target, peer);
  try {
    return await run();
  } finally {
    await part(target, peer);
  }
}
