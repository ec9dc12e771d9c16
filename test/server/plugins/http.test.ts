import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { type Instance, refusal, startInstance } from '../../support/instance.ts';

let home: Instance;
beforeAll(async () => {
  home = await startInstance({ idTags: ['alice.test', 'münchen.test'] });
});
afterAll(() => home.close());

const INVALID = 'E-VAL-INVALID';
const NOT_FOUND = { status: 404, code: 'E-CORE-NOTFOUND' };

describe('tenants', () => {
  it('Host picks the identity, on the API host and on the app domain', async () => {
    const alice = await home.get('/api/me');
    expect(alice.json().data.idTag).toBe('alice.test');
    const munich = await home.get('/api/me', { host: 'cl-o.xn--mnchen-3ya.test:8443' });
    expect(munich.json().data.idTag).toBe('münchen.test');
    const idTag = await home.get('/.well-known/cloudillo/id-tag', { host: 'xn--mnchen-3ya.test' });
    expect(idTag.json()).toEqual({ idTag: 'münchen.test' });
    expect(idTag.headers['access-control-allow-origin']).toBe('*');
  });

  it.each(['cl-o.bob.test', 'localhost', '127.0.0.1:8443', 'cl-o.alice.test.evil.test', '', '../../etc'])(
    'Host %j is nobody here',
    async (host) => expect(refusal(await home.get('/api/me', { host }))).toEqual(NOT_FOUND),
  );

  it('an identity that is added while the server runs answers at once', async () => {
    expect(refusal(await home.get('/api/me', { tenant: 'new.test' }))).toEqual(NOT_FOUND);
    const createdAt = new Date().toISOString();
    await home.identities.create({ idTag: 'new.test', name: 'New', type: 'community', createdAt, keys: [] });
    expect((await home.get('/api/me', { tenant: 'new.test' })).json().data).toEqual({
      idTag: 'new.test',
      name: 'New',
      type: 'community',
      keys: [],
    });
  });

  it('cl-o. is whose API it is, also where an identity is called like that host', async () => {
    const instance = await startInstance({ idTags: ['foo.test', 'cl-o.foo.test'] });
    const at = async (host: string) => (await instance.get('/api/me', { host })).json().data.idTag;
    expect(await Promise.all(['foo.test', 'cl-o.foo.test', 'cl-o.cl-o.foo.test'].map(at))).toEqual([
      'foo.test',
      'foo.test',
      'cl-o.foo.test',
    ]);
    // What the one is given, or says, is nothing to the other.
    const bearer = await instance.bearer({ tenant: 'cl-o.foo.test', subject: 'cl-o.foo.test' });
    expect((await instance.get('/api/profiles', { host: 'cl-o.cl-o.foo.test', bearer })).statusCode).toBe(200);
    expect((await instance.get('/api/profiles', { host: 'cl-o.foo.test', bearer })).statusCode).toBe(401);
    const token = await instance.owner('cl-o.foo.test').sign({ t: 'STAT', p: 'x', c: {}, aud: 'foo.test' });
    expect((await instance.send(token)).statusCode).toBe(403);
    await instance.close();
  });

  it('health checks answer on any Host', async () => {
    expect((await home.get('/healthz', { host: 'anything' })).statusCode).toBe(200);
    expect((await home.get('/readyz', { host: 'anything' })).json()).toEqual({ status: 'ready' });
    home.setReady(false);
    expect(refusal(await home.get('/readyz'))).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    home.setReady(true);
    home.disk.writeProblem = async () => new CloudilloError('store.full', 'no room', { details: { path: '/secret' } });
    const full = await home.get('/readyz');
    expect(refusal(full)).toEqual({ status: 503, code: 'E-SYS-UNAVAIL' });
    expect(full.body).not.toContain('secret');
    home.disk.writeProblem = async () => null;
    expect((await home.get('/readyz')).statusCode).toBe(200);
    expect((await home.get('/healthz')).statusCode).toBe(200);
    home.setReady(true);
  });
});

describe('GET /api/me', () => {
  it('answers 304 to its ETag: quoted, weak, listed, *, and bare', async () => {
    const { headers } = await home.get('/api/me');
    const etag = headers.etag as string;
    const bare = etag.slice(1, -1);
    for (const value of [etag, `W/${etag}`, `"x", ${etag}`, '*', bare]) {
      const answer = await home.get('/api/me', { headers: { 'if-none-match': value } });
      expect([value, answer.statusCode, answer.body]).toEqual([value, 304, '']);
      expect(answer.headers.etag).toBe(etag);
    }
    for (const value of ['"x"', bare.slice(1), `${bare}x`]) {
      expect((await home.get('/api/me', { headers: { 'if-none-match': value } })).statusCode).toBe(200);
    }
  });

  it('shows a rotated key at once, and a revoked one never again', async () => {
    const instance = await startInstance();
    const before = await instance.get('/api/me');
    await instance.identities.update('alice.test', (identity) => {
      const [key] = identity.keys;
      if (key) key.expiresAt = '2027-01-01T00:00:00.000Z';
      identity.keys.push({ keyId: '261122b', publicKey: 'MHYw', createdAt: '2026-11-22T18:00:00.000Z' });
      return identity;
    });
    const rotated = await instance.get('/api/me');
    expect(rotated.headers.etag).not.toBe(before.headers.etag);
    expect(rotated.json().data.keys).toMatchObject([
      { keyId: '261122', expiresAt: '2027-01-01T00:00:00.000Z' },
      { keyId: '261122b' },
    ]);
    await instance.identities.update('alice.test', (identity) => {
      const key = identity.keys.at(-1);
      if (key) key.revokedAt = '2026-11-22T18:00:00.000Z';
      return identity;
    });
    const revoked = (await instance.get('/api/me')).json().data.keys as { keyId: string }[];
    expect(revoked.map(({ keyId }) => keyId)).toEqual(['261122']);
    await instance.close();
  });
});

describe('headers', () => {
  it('X-Request-ID is kept when harmless, else replaced, and is the reqId', async () => {
    for (const given of ['my-req_1.2', 'A'.repeat(64)]) {
      const answer = await home.get('/api/me', { headers: { 'x-request-id': given } });
      expect([answer.headers['x-request-id'], answer.json().reqId]).toEqual([given, given]);
    }
    for (const given of ['bad id', 'A'.repeat(65), 'a"b', 'é']) {
      const answer = await home.get('/api/me', { headers: { 'x-request-id': given } });
      expect(answer.headers['x-request-id']).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
      expect(answer.json().reqId).toBe(answer.headers['x-request-id']);
    }
    const errors = await Promise.all([home.get('/nothing'), home.get('/api/me', { host: 'x' })]);
    for (const { headers } of errors) expect(headers['x-request-id']).toBeTruthy();
  });

  it('answers are not cached, not sniffed, and JSON without a charset', async () => {
    const good = await home.get('/api/me');
    expect(good.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store, no-cache',
      'x-content-type-options': 'nosniff',
    });
    const bad = await home.get('/nothing');
    expect(bad.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it('browsers of any origin may call', async () => {
    const origin = 'https://app.example.com';
    const preflight = await home.app.inject({
      method: 'OPTIONS',
      url: '/api/inbox',
      headers: {
        host: 'cl-o.alice.test',
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-of-some-client',
      },
    });
    expect(preflight.headers['access-control-allow-headers']).toBe('content-type,x-of-some-client');
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(origin);
    expect(preflight.headers['access-control-allow-methods']).toContain('POST');
    const answer = await home.get('/api/me', { headers: { origin } });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers.vary).toContain('origin');
  });
});

it('OPTIONS tells what a path has, and so does a refusal', async () => {
  const ask = (method: 'OPTIONS' | 'PUT', url: string) =>
    home.app.inject({ method, url, headers: { host: 'cl-o.alice.test' } });
  const options = await ask('OPTIONS', '/api/me');
  expect([options.statusCode, options.headers.allow]).toEqual([204, 'GET, HEAD, PATCH, OPTIONS']);
  expect((await ask('PUT', '/api/me')).headers.allow).toBe(options.headers.allow);
  expect(refusal(await ask('OPTIONS', '/api/nothing'))).toEqual({ status: 404, code: 'E-CORE-NOTFOUND' });
});

describe('requests that are wrong', () => {
  it.each([
    ['GET', '/api/nothing', 404, 'E-CORE-NOTFOUND'],
    ['GET', '/', 404, 'E-CORE-NOTFOUND'],
    ['POST', '/api/me', 405, INVALID],
    ['GET', '/api/inbox', 405, INVALID],
    ['PUT', '/api/actions/a1~x', 405, INVALID],
  ] as const)('%s %s → %i', async (method, url, status, code) => {
    const answer = await home.app.inject({ method, url, headers: { host: 'cl-o.alice.test' } });
    expect(refusal(answer)).toEqual({ status, code });
    if (status === 405) expect(answer.headers.allow).toBeTruthy();
  });

  it.each([
    ['not JSON', '{"token":', 'application/json', 400],
    ['nothing', '', 'application/json', 400],
    ['an array', '[]', 'application/json', 400],
    ['no token', '{}', 'application/json', 400],
    ['a number', '{"token":5}', 'application/json', 400],
    ['null', '{"token":null}', 'application/json', 400],
    ['an empty token', '{"token":""}', 'application/json', 400],
    ['related that is no list', '{"token":"x","related":"y"}', 'application/json', 400],
    ['related of numbers', '{"token":"x","related":[1]}', 'application/json', 400],
    ['a prototype', '{"token":"x","__proto__":{"a":1}}', 'application/json', 400],
    ['text', '{"token":"x"}', 'text/plain', 415],
    ['a form', 'token=x', 'application/x-www-form-urlencoded', 415],
  ])('an inbox body that is %s', async (_, body, type, status) => {
    const before = home.journal();
    for (const path of ['/api/inbox', '/api/inbox/sync']) {
      const answer = await home.post(path, body, { headers: { 'content-type': type } });
      expect(refusal(answer)).toEqual({ status, code: INVALID });
      expect(answer.headers['content-type']).toBe('application/json');
    }
    expect(home.journal()).toBe(before);
  });

  it('a body that says that it is compressed', async () => {
    const token = await home.peer('zoe.test').sign({ t: 'FLLW', aud: 'alice.test' });
    const send = (coding: string) => home.post('/api/inbox', { token }, { headers: { 'content-encoding': coding } });
    const before = home.journal();
    for (const coding of ['gzip', 'BR', 'identity, gzip']) {
      const answer = await send(coding);
      expect(refusal(answer)).toEqual({ status: 415, code: INVALID });
      expect(answer.headers['accept-encoding']).toBe('identity');
    }
    expect(home.journal()).toBe(before);
    expect((await send('Identity')).statusCode).toBe(202);
  });

  it('a body beyond 1.5 MiB, and a token beyond 512 KiB', async () => {
    const before = home.journal();
    const big = await home.post('/api/inbox', JSON.stringify({ token: 'x', padding: 'y'.repeat(10_000_000) }));
    expect(refusal(big)).toEqual({ status: 413, code: INVALID });
    const long = await home.post('/api/inbox', { token: 'x'.repeat(512 * 1024 + 1) });
    expect(refusal(long)).toEqual({ status: 400, code: INVALID });
    expect(home.journal()).toBe(before);
  });

  it('unknown fields of a body are ignored, so that the network can grow', async () => {
    const token = await home.peer('grown.test').sign({ t: 'FLLW', aud: 'alice.test' });
    const answer = await home.post('/api/inbox', { token, priority: 'high' });
    expect(answer.statusCode).toBe(202);
    expect(home.journal()).not.toContain('priority');
  });

  it.each([
    ['no Host', ''],
    ['two Hosts', 'Host: cl-o.alice.test\r\nHOST: cl-o.xn--mnchen-3ya.test\r\n'],
  ])('%s: 400 in the error form', async (_, hosts) => {
    if (!home.app.server.listening) await home.app.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((home.app.server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`GET /api/me HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
    const [head, body] = (await text(socket)).split('\r\n\r\n') as [string, string];
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(body).error.code).toBe(INVALID);
  });

  it('the network’s words come first, then what is wrong', async () => {
    const bob = home.peer('words.test');
    const answers = [
      [await home.send(await bob.sign({ t: 'FLLW' })), 'Request validation failed: Field'],
      [await home.send(await bob.sign({ t: 'FLLW', aud: 'alice.test', exp: 1 })), 'Authentication required or invalid'],
      [await home.send(await bob.sign({ t: 'POST', c: 'x' })), 'You do not have permission to access this resource'],
    ] as const;
    for (const [answer, words] of answers) expect(answer.json().error.message.startsWith(words)).toBe(true);
  });

  it('very long paths are looked up, not choked on', async () => {
    expect(refusal(await home.get(`/api/actions/${'a'.repeat(2000)}`))).toEqual(NOT_FOUND);
    expect(refusal(await home.get(`/api/actions/${'a'.repeat(9000)}`))).toEqual(NOT_FOUND);
    expect(refusal(await home.get('/api/actions/%zz'))).toEqual({ status: 400, code: INVALID });
  });
});
