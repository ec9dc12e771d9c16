/** The requests that several cases send. */
import { isTemporaryId } from '../../federation/peer/peer-url.ts';
import { follow, nonce, proxy, unfollow } from './made-tokens.ts';
import type { ActingPeer, Answer, Ask, Target } from './target.ts';
import { EarlyVerdict, isTaken, notTaken, objectOf } from './verdict.ts';

/** The ID of an action that nobody has: nobody knows bytes with this hash. */
export const NO_ACTION = `a1~${'A'.repeat(43)}`;
/** The same of a file. */
export const NO_FILE = `f1~${'A'.repeat(43)}`;
/** The same of a blob. */
export const NO_BLOB = `b1~${'A'.repeat(43)}`;

/** Posts a token, to be verified before the answer. The network's server does that on this path only (specification: Inbox). */
export function deliver(target: Target, token: string): Promise<Answer> {
  return patiently(target, delivery(token));
}

/** The same, for a token whose issuer can't be asked: waiting wouldn't help. */
export function deliverOnce({ ask }: Target, token: string): Promise<Answer> {
  return ask(delivery(token));
}

function delivery(token: string): Ask {
  return { method: 'POST', path: '/api/inbox/sync', body: { token } };
}

/** The longest pause that an instance may ask for, seconds. A key that doesn't fit is fetched again after a minute. */
const MAX_PAUSE = 65;

/** Asks, and once more after the pause that an answer 429 or 503 names, as every sender does (specification: Delivery). */
async function patiently({ ask, pause: wait }: Target, asked: Ask): Promise<Answer> {
  const answer = await ask(asked);
  const pause = Number(answer.headers['retry-after']);
  const passing = answer.status === 429 || answer.status === 503;
  if (!passing || !Number.isInteger(pause) || pause > MAX_PAUSE) return answer;
  await wait(pause * 1000);
  return ask(asked);
}

/** Offers a token for an access token. */
export function exchange(target: Target, token: string | null, query = ''): Promise<Answer> {
  const offered = token === null ? '' : `?token=${encodeURIComponent(token)}`;
  return patiently(target, { path: `/api/auth/access-token${offered}${query}` });
}

/** An access token of the instance for a peer. @throws EarlyVerdict */
export async function signIn(target: Target, peer: ActingPeer): Promise<string> {
  const answer = await exchange(target, await peer.sign(proxy(target)));
  const { token } = objectOf(answer);
  if (isTaken(answer) && typeof token === 'string') return token;
  throw new EarlyVerdict(`${peer.idTag} gets no access token`, notTaken(answer, 'a PROXY token'));
}

/** Makes a peer a follower of the instance. It leaves the relation behind. @returns the token that did it @throws EarlyVerdict */
export async function becomeFollower(target: Target, peer: ActingPeer): Promise<string> {
  const token = await peer.sign(follow(target));
  const answer = await deliver(target, token);
  if (isTaken(answer)) return token;
  throw new EarlyVerdict(`${peer.idTag} can't follow`, notTaken(answer, 'a FLLW'));
}

/** Ends what {@link becomeFollower} began, so that a run leaves no follower behind. Whether it is taken proves nothing any more. */
export async function endFollowing(target: Target): Promise<void> {
  for (const peer of target.peers) {
    if (peer.own) await deliverOnce(target, await peer.sign(unfollow(target)));
  }
}

/** Sends a request of the owner. */
export function asOwner(target: Target, ask: Ask): Promise<Answer> {
  return target.ask({ ...ask, bearer: target.owner ?? undefined });
}

/** A post of the owner. */
export interface NewPost {
  visibility: string;
  content?: string;
  flags?: string;
  attachments?: readonly string[];
}

const ID_WAIT_MS = 10_000;
const ID_POLL_MS = 100;

/** Posts as the owner. @returns the ID of the action, which some servers give later (specification: Temporary IDs) @throws EarlyVerdict */
export async function createPost(target: Target, post: NewPost): Promise<string> {
  const body = { type: 'POST', subType: 'TEXT', content: `A post for a conformance test: ${nonce()}`, ...post };
  const answer = await asOwner(target, { method: 'POST', path: '/api/actions', body });
  const { actionId: id } = objectOf(answer);
  if (!isTaken(answer) || typeof id !== 'string') throw new EarlyVerdict(notTaken(answer, 'a post of the owner'));
  return realId(target, id, `/api/actions/${id}`, 'actionId');
}

/** Uploads raw bytes as the owner. @returns the ID of the file @throws EarlyVerdict */
export async function uploadFile(target: Target, text: string): Promise<string> {
  const headers = { 'Content-Type': 'text/plain' };
  const answer = await asOwner(target, { method: 'POST', path: '/api/files/file/conform.txt', headers, body: text });
  const { fileId: id } = objectOf(answer);
  if (!isTaken(answer) || typeof id !== 'string') throw new EarlyVerdict(notTaken(answer, 'an upload of the owner'));
  return realId(target, id, `/api/files/${id}/metadata`, 'fileId');
}

/** Asks by a temporary ID until the answer has the real one. */
async function realId(target: Target, id: string, path: string, field: string): Promise<string> {
  const endsAt = performance.now() + ID_WAIT_MS;
  for (let known = id; ; await target.pause(ID_POLL_MS)) {
    if (!isTemporaryId(known)) return known;
    if (performance.now() > endsAt) throw new EarlyVerdict(`${id} gets no real ID`);
    const { [field]: now } = objectOf(await asOwner(target, { path }));
    if (typeof now === 'string') known = now;
  }
}
