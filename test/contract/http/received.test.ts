import { afterEach, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { type RecordedTokens, recorded } from '../../support/recorded.ts';
import { payloadOf } from './recording.ts';

interface Received {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
}

let instance: Instance;
afterEach(() => instance.close());

/** An instance that stands where the peers stood: they follow alice.test, and carol.test has asked her to connect. */
async function standIn(tokenFile: string, tenants: string[]): Promise<void> {
  const { keys, tokens } = recorded<RecordedTokens>(tokenFile);
  const publicKeys = Object.fromEntries(keys.map(({ idTag, publicKey }) => [idTag, publicKey]));
  instance = await startInstance({ idTags: tenants, publicKeys });
  for (const { idTag, keyId, publicKey } of keys) instance.resolver.add(idTag, keyId, publicKey);
  const relation = { following: true, follower: false, connected: false };
  for (const tenant of tenants) {
    await instance.store.append([{ kind: 'relation', tenant, peer: 'alice.test', ...relation, at: 1 }]);
  }
  const asked = tokens.find(({ claims }) => claims['iss'] === 'carol.test' && claims['t'] === 'CONN');
  if (!asked) throw new Error('carol.test was not recorded to ask');
  const said = { tenant: 'carol.test', token: asked.token, receivedAt: 1, visibility: 'F' } as const;
  await instance.store.append([{ kind: 'action', ...said, actionId: asked.actionId, direction: 'out', status: 'A' }]);
}

/** Sends it byte for byte, at the time when it was sent. */
async function replay({ method, url, headers, body }: Received): Promise<number> {
  const token = body === undefined ? new URL(url, 'https://x').searchParams.get('token') : JSON.parse(body).token;
  if (token) instance.clock.now = (payloadOf(token)['iat'] as number) * 1000;
  const answer = await instance.app.inject({ method, url, headers, ...(body !== undefined && { payload: body }) });
  return answer.statusCode;
}

it.each([
  ['exchanges.json', 'tokens.json', ['carol.test']],
  ['groups.json', 'tokens-groups.json', ['carol.test', 'dave.test']],
])('takes all that the network’s server was recorded to send to its peers: %s', async (file, tokenFile, tenants) => {
  await standIn(tokenFile, tenants);
  const { received } = recorded<{ received: Received[] }>(file);
  // Those with the access token that the peer gave out are another peer's, here.
  const replayed = received.filter(({ headers }) => headers['authorization'] === undefined);
  expect(replayed.length).toBeGreaterThan(10);
  for (const request of replayed) {
    const expected = request.method === 'GET' ? 200 : 202;
    expect([request.url, request.body, await replay(request)]).toEqual([request.url, request.body, expected]);
    const { related = [] }: { related?: string[] } = JSON.parse(request.body ?? '{}');
    const tenant = request.headers['host']?.replace('cl-o.', '') ?? '';
    for (const token of related) expect(instance.store.row(tenant, actionId(token))).not.toBeNull();
  }
});
