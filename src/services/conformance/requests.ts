/** The requests that several cases send. */
import { isTemporaryId } from '../../federation/peer/peer-url.ts';
import { nonce, proxy } from './made-tokens.ts';
import type { ActingPeer, Answer, Ask, Target } from './target.ts';
import { EarlyVerdict, failed, isTaken, mustTake, notTaken, objectOf, told } from './verdict.ts';

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
  throw new EarlyVerdict(failed(`${peer.idTag} gets no access token`, notTaken(answer, 'a PROXY token')));
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

/** Posts as the owner. @returns the ID of the action @throws EarlyVerdict */
export function createPost(target: Target, post: NewPost): Promise<string> {
  const content = `A post for a conformance test: ${nonce()}`;
  return createOwn(target, { type: 'POST', subType: 'TEXT', content, ...post }, 'a post of the owner');
}

/**
 * Signs an action as the owner. @param what the action, as the subject of a sentence
 * @returns its ID, which some servers give later (specification: Temporary IDs) @throws EarlyVerdict
 */
export async function createOwn(target: Target, body: Record<string, unknown>, what: string): Promise<string> {
  const answer = await asOwner(target, { method: 'POST', path: '/api/actions', body });
  mustTake(answer, what);
  const { actionId: id } = objectOf(answer);
  if (typeof id !== 'string') throw new EarlyVerdict(failed(`${what} is answered ${told(answer)}, without actionId`));
  return realId(target, id, `/api/actions/${id}`, 'actionId');
}

/** Decides as the owner on an action that arrived. @throws EarlyVerdict */
export async function decide(target: Target, id: string, decision: 'accept' | 'reject'): Promise<void> {
  const asked = { method: 'POST', path: `/api/actions/${id}/${decision}`, body: {} } as const;
  mustTake(await asOwner(target, asked), `POST /api/actions/:id/${decision} of the owner`);
}

/** A file to upload. */
export interface NewFile {
  preset: 'file' | 'default';
  name: string;
  type: string;
  bytes: Uint8Array | string;
}

/** Uploads as the owner. @returns the ID of the file @throws EarlyVerdict */
export async function uploadFile(target: Target, { preset, name, type, bytes }: NewFile): Promise<string> {
  const path = `/api/files/${preset}/${name}`;
  const headers = { 'Content-Type': type };
  const answer = await asOwner(target, { method: 'POST', path, headers, body: bytes });
  mustTake(answer, 'an upload of the owner');
  const { fileId: id } = objectOf(answer);
  if (typeof id !== 'string') throw new EarlyVerdict(failed(`an upload is answered ${told(answer)}, without fileId`));
  return realId(target, id, `/api/files/${id}/metadata`, 'fileId');
}

/** Asks by a temporary ID until the answer has the real one. */
async function realId(target: Target, id: string, path: string, field: string): Promise<string> {
  const endsAt = target.now() + ID_WAIT_MS;
  for (let known = id; ; await target.pause(ID_POLL_MS)) {
    if (!isTemporaryId(known)) return known;
    if (target.now() > endsAt) throw new EarlyVerdict(failed(`${id} gets no real ID`));
    const { [field]: now } = objectOf(await asOwner(target, { path }));
    if (typeof now === 'string') known = now;
  }
}
