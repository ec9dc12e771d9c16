import { createHmac, generateKeyPairSync, type KeyObject, sign as rawSign } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PublicNetwork } from '../../../src/federation/http/network.ts';
import { createRequester } from '../../../src/federation/http/request.ts';
import { NO_RETRY } from '../../../src/federation/http/retry-policy.ts';
import { createKeyResolver } from '../../../src/federation/keys/key-resolver.ts';
import { createPeerApi } from '../../../src/federation/peer/api.ts';
import { encodeBase64url } from '../../../src/protocol/base64url.ts';
import { exportPublicKey, generateKeyPair } from '../../../src/protocol/keys.ts';
import { type ActionClaims, createToken } from '../../../src/protocol/token.ts';
import { retryParked } from '../../../src/services/inbox/parked-worker.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, KEY_ID, refusal, START, startInstance } from '../../support/instance.ts';
import { type Handler, type Lab, startLab } from '../../support/lab.ts';

const UNAVAILABLE = { status: 503, code: 'E-SYS-UNAVAIL' };
const UNAUTH = { status: 401, code: 'E-AUTH-UNAUTH' };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };

const pair = generateKeyPair();
const claims = (changes: Record<string, unknown> = {}): ActionClaims =>
  ({ iss: 'bob.test', k: KEY_ID, t: 'FLLW', aud: 'alice.test', iat: START / 1000, ...changes }) as ActionClaims;

async function instanceIn(lab: Pick<Lab, 'api'>): Promise<Instance> {
  const keyResolver = createKeyResolver({ api: lab.api, clock: clockOf(() => START) });
  const instance = await startInstance({ keyResolver });
  onTestFinished(() => instance.close());
  return instance;
}

const profile = (changes: object = {}): string =>
  JSON.stringify({
    data: {
      idTag: 'bob.test',
      name: 'Bob',
      type: 'person',
      keys: [{ keyId: KEY_ID, publicKey: exportPublicKey(pair.publicKey, 'wire') }],
      ...changes,
    },
    time: '2026-11-22T18:00:00Z',
    reqId: 'x',
  });

const answer =
  (status: number, body: string, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

it('a sound issuer is fetched once and believed', async () => {
  const lab = await startLab();
  const bob = await lab.peer('bob.test', answer(200, profile()));
  const alice = await instanceIn(lab);
  for (const c of ['one', 'two']) {
    expect((await alice.send(await createToken(claims({ c }), pair.privateKey))).statusCode).toBe(201);
  }
  expect(bob.requests.map(({ url }) => url)).toEqual(['/api/me']);
});

describe('a key that was replaced under its ID', () => {
  const renewed = generateKeyPair();

  async function instanceOfBob() {
    const lab = await startLab();
    const state = { now: START, published: pair.publicKey, away: false };
    const bob = await lab.peer('bob.test', (_request, response) => {
      if (state.away) return void response.writeHead(503).end();
      const keys = [{ keyId: KEY_ID, publicKey: exportPublicKey(state.published, 'wire') }];
      response.writeHead(200, { 'content-type': 'application/json' }).end(profile({ keys }));
    });
    const clock = clockOf(() => state.now);
    const keyResolver = createKeyResolver({ api: lab.api, clock });
    const alice = await startInstance({ keyResolver });
    onTestFinished(() => alice.close());
    const send = async (path: string, c: string, key: KeyObject) =>
      alice.post(path, { token: await createToken(claims({ c }), key) }, { address: '203.0.113.7' });
    const sync = async (c: string, key: KeyObject) => (await send('/api/inbox/sync', c, key)).statusCode;
    const inbox = async (c: string, key: KeyObject) => (await send('/api/inbox', c, key)).statusCode;
    return { bob, alice, state, sync, inbox };
  }

  it('is fetched again at once, also a moment after it was fetched for the first time', async () => {
    const { bob, state, sync } = await instanceOfBob();
    expect(await sync('before', pair.privateKey)).toBe(201);
    state.published = renewed.publicKey;
    expect(await sync('after', renewed.privateKey)).toBe(201);
    expect(bob.requests).toHaveLength(2);
  });

  it('is asked for once a minute; until then its tokens are parked, and count against nobody', async () => {
    const { bob, alice, state, sync, inbox } = await instanceOfBob();
    expect(await sync('before', pair.privateKey)).toBe(201);
    expect(await sync('forged', generateKeyPair().privateKey)).toBe(401);
    state.published = renewed.publicKey;
    for (const c of ['one', 'two', 'three', 'four']) expect(await inbox(c, renewed.privateKey)).toBe(202);
    expect(await sync('now', renewed.privateKey)).toBe(503);
    expect(bob.requests).toHaveLength(2);
    expect(alice.store.parked()).toHaveLength(4);
    state.now += 61_000;
    expect(await sync('later', renewed.privateKey)).toBe(201);
    alice.clock.now += 61_000;
    for (const parked of alice.store.parked()) await retryParked(alice.inbox, parked);
    expect(alice.store.parked()).toHaveLength(0);
    expect(bob.requests).toHaveLength(3);
  });

  it('parks while its issuer is away, too', async () => {
    const { alice, state, sync, inbox } = await instanceOfBob();
    expect(await sync('before', pair.privateKey)).toBe(201);
    state.published = renewed.publicKey;
    state.away = true;
    expect(await inbox('meanwhile', renewed.privateKey)).toBe(202);
    expect(alice.store.parked()).toHaveLength(1);
  });
});

const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p256 = curve.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

it.each([
  ['redirects', answer(302, '', { location: 'https://cl-o.evil.test/api/me' }), UNAVAILABLE],
  ['answers 404', answer(404, '{"error":{"code":"E-CORE-NOTFOUND","message":"x"}}'), UNAVAILABLE],
  ['answers what is no JSON', answer(200, '<html>'), UNAVAILABLE],
  ['answers another’s profile', answer(200, profile({ idTag: 'eve.test' })), UNAVAILABLE],
  ['has no such key', answer(200, profile({ keys: [] })), UNAUTH],
  ['publishes a key of another curve', answer(200, profile({ keys: [{ keyId: KEY_ID, publicKey: p256 }] })), UNAUTH],
  ['publishes rubbish as a key', answer(200, profile({ keys: [{ keyId: KEY_ID, publicKey: 'AAAA' }] })), UNAUTH],
  ['answers 200 MB', endless, UNAVAILABLE],
] as [string, Handler, object][])(
  'an issuer that %s: refused on both paths, nothing on disk',
  async (_, handler, expected) => {
    const lab = await startLab();
    await lab.peer('bob.test', handler);
    const alice = await instanceIn(lab);
    const token = await createToken(claims(), pair.privateKey);
    const synced = await alice.send(token);
    expect(refusal(synced)).toEqual(expected);
    expect(refusal(await alice.post('/api/inbox', { token }))).toEqual(expected);
    expect(alice.journal()).toBe('');
    if (synced.statusCode === 503) expect(synced.headers['retry-after']).toBeTruthy();
  },
);

it('an issuer that doesn’t resolve: 503 on both paths, nothing on disk', async () => {
  const alice = await instanceIn(await startLab());
  const token = await createToken(claims(), pair.privateKey);
  for (const path of ['/api/inbox', '/api/inbox/sync']) {
    expect(refusal(await alice.post(path, { token }))).toEqual(UNAVAILABLE);
  }
  expect(alice.journal()).toBe('');
});

it.each([
  ['hangs', () => {}],
  ['fails', answer(500, 'oops')],
] as [string, Handler][])(
  'an issuer that %s: 503 at /sync with nothing on disk, parked at /api/inbox',
  async (_, handler) => {
    const lab = await startLab({ timeout: 300 });
    await lab.peer('bob.test', handler);
    const alice = await instanceIn(lab);
    const token = await createToken(claims(), pair.privateKey);
    expect(refusal(await alice.send(token))).toEqual(UNAVAILABLE);
    expect(alice.journal()).toBe('');
    expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
    expect(alice.store.parked()).toMatchObject([{ issuer: 'bob.test', attempts: 1 }]);
  },
);

it.each([['127.0.0.1'], ['169.254.169.254'], ['10.0.0.1'], ['::1'], ['::ffff:127.0.0.1']])(
  'an issuer that points at %s: 503, nothing on disk, no connection',
  async (address) => {
    const lab = await startLab();
    lab.dns.names.set('cl-o.bob.test', [address]);
    const network: PublicNetwork = { kind: 'public', resolvers: [`${lab.dns.address}:${lab.dns.port}`] };
    const requester = createRequester({ network, timeout: 5_000, retryPolicy: NO_RETRY });
    onTestFinished(() => requester.close());
    const alice = await instanceIn({ api: createPeerApi(requester) });
    const token = await createToken(claims(), pair.privateKey);
    for (const path of ['/api/inbox', '/api/inbox/sync']) {
      const refused = await alice.post(path, { token });
      expect(refusal(refused)).toEqual(UNAVAILABLE);
      // What the name points at is not for a stranger to learn from us.
      expect(refused.body).not.toContain(address);
    }
    expect(alice.journal()).toBe('');
  },
);

it.each([
  'http://evil.test',
  'evil.test/x',
  'evil.test:8443',
  'user@evil.test',
  '127.0.0.1',
  'Bob.test',
  'xn--mnchen-3ya.test',
  'bo_b.test',
  'b',
  '../me',
  'bob.test.',
])('iss %j is refused before anything is fetched', async (iss) => {
  const lab = await startLab();
  const alice = await instanceIn(lab);
  const token = forge({ alg: 'ES384' }, claims({ iss }), (input) => p1363('sha384', input, pair.privateKey));
  expect(refusal(await alice.post('/api/inbox', { token }))).toEqual(INVALID);
  expect(alice.journal()).toBe('');
});

it.each([
  ['none, unsigned', { alg: 'none' }, () => Buffer.alloc(0), UNAUTH],
  ['none, with a good signature', { alg: 'none' }, (input: string) => p1363('sha384', input, pair.privateKey), UNAUTH],
  ['HS256 keyed with the public key', { alg: 'HS256' }, hmac, UNAUTH],
  ['ES256', { alg: 'ES256' }, (input: string) => p1363('sha256', input, curve.privateKey), UNAUTH],
  ['ES384 in lower case', { alg: 'es384' }, (input: string) => p1363('sha384', input, pair.privateKey), UNAUTH],
  [
    'ES384 signed with another curve',
    { alg: 'ES384' },
    (input: string) => p1363('sha384', input, curve.privateKey),
    UNAUTH,
  ],
  ['ES384 with a DER signature', { alg: 'ES384' }, der, UNAUTH],
  ['no alg at all', {}, (input: string) => p1363('sha384', input, pair.privateKey), UNAUTH],
] as [string, object, (input: string) => Buffer, object][])('alg %s', async (_, header, signature, expected) => {
  const lab = await startLab();
  await lab.peer('bob.test', answer(200, profile()));
  const alice = await instanceIn(lab);
  for (const path of ['/api/inbox', '/api/inbox/sync']) {
    expect(refusal(await alice.post(path, { token: forge(header, claims(), signature) }))).toEqual(expected);
  }
  expect(alice.journal()).toBe('');
});

function forge(header: object, payload: object, signature: (input: string) => Buffer): string {
  const part = (value: object) => encodeBase64url(Buffer.from(JSON.stringify(value)));
  const input = `${part({ typ: 'JWT', ...header })}.${part(payload)}`;
  return `${input}.${encodeBase64url(signature(input))}`;
}

function p1363(hash: string, input: string, key: KeyObject): Buffer {
  return rawSign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

function der(input: string): Buffer {
  return rawSign('sha384', Buffer.from(input), pair.privateKey);
}

function hmac(input: string): Buffer {
  return createHmac('sha256', exportPublicKey(pair.publicKey, 'pem')).update(input).digest();
}

/** Says 200 MB and goes on until the reader has enough. */
function endless(_request: unknown, response: Parameters<Handler>[1]): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(200 * 1024 * 1024) });
  const chunk = Buffer.alloc(65_536, ' ');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}
