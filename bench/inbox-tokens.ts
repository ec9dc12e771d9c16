import { randomUUID } from 'node:crypto';
import { actionId } from '../src/protocol/content-id.ts';
import { exportPublicKey, generateKeyPair } from '../src/protocol/keys.ts';
import { createToken, decodeToken } from '../src/protocol/token.ts';
import { openKeyCache } from '../src/store/cache/key-cache.ts';
import { openFileStore } from '../src/store/engine/store.ts';
import type { JournalEvent } from '../src/store/model/events.ts';

export const TENANT = 'alice.test';
export const HOST = `cl-o.${TENANT}`;

const ISSUERS = 200;
const KEY_ID = '260101';

type Issuer = { iss: string } & ReturnType<typeof generateKeyPair>;

/** Issuers whom the tenant follows and whose keys the home has, and a post of the tenant's. */
export interface Peers {
  issuers: Issuer[];
  /** The ID of a stored post of the tenant's. */
  post: string;
}

/** Prepares a home that isn't served. Strangers have a quota, so the tenant follows every issuer. */
export async function preparePeers(home: string): Promise<Peers> {
  const issuers = Array.from({ length: ISSUERS }, (_, index) => ({ iss: `peer-${index}.test`, ...generateKeyPair() }));
  const cache = await openKeyCache(home);
  for (const { iss, publicKey } of issuers) {
    const published = [{ keyId: KEY_ID, publicKey: exportPublicKey(publicKey, 'wire') }];
    cache.put({ idTag: iss, name: iss, type: 'person', keys: published, fetchedAt: Date.now() });
  }
  await cache.close();
  const at = Date.now();
  const post = await ownPost(at);
  const following = { following: true, follower: false, connected: false, at };
  const store = await openFileStore(home, { now: Date.now });
  await store.append([
    post,
    ...issuers.map(({ iss }) => ({ kind: 'relation', tenant: TENANT, peer: iss, ...following }) as const),
  ]);
  await store.close();
  return { issuers, post: post.actionId };
}

/** The store doesn't verify what it holds, so any key signs. */
async function ownPost(at: number): Promise<Extract<JournalEvent, { kind: 'action' }>> {
  const claims = { iss: TENANT, k: KEY_ID, t: 'POST', c: 'What do you say?', v: 'P', iat: Math.floor(at / 1000) };
  const token = await createToken(claims, generateKeyPair().privateKey);
  const { actionId } = decodeToken(token);
  const stored = { direction: 'out', receivedAt: at, status: 'A', visibility: 'P' } as const;
  return { kind: 'action', tenant: TENANT, actionId, token, ...stored };
}

/** Distinct comments on an action that isn't here, by these issuers in turns. */
export function comments(issuers: readonly Issuer[], count: number): Promise<string[]> {
  return signComments(issuers, count, actionId('a post that everybody answers'));
}

/** Distinct comments on the action with this ID, by these issuers in turns. */
export function commentsOn(post: string, issuers: readonly Issuer[], count: number): Promise<string[]> {
  return signComments(issuers, count, post);
}

function signComments(issuers: readonly Issuer[], count: number, p: string): Promise<string[]> {
  const iat = Math.floor(Date.now() / 1000);
  const run = randomUUID();
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const { iss, privateKey } = issuers[index % issuers.length] as Issuer;
      const claims = { iss, k: KEY_ID, t: 'CMNT', c: `Comment ${index} of ${run}`, p, aud: TENANT, iat };
      return createToken(claims, privateKey);
    }),
  );
}

/** The bytes of the request that brings a token to the tenant's inbox. */
export function inboxRequest(token: string): string {
  const body = JSON.stringify({ token });
  const headers = `Host: ${HOST}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `POST /api/inbox HTTP/1.1\r\n${headers}\r\n\r\n${body}`;
}
