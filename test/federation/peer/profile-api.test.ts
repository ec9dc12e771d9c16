import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failure.ts';
import { answer, json, refuse, startLab } from '../../support/lab.ts';

const KEY = { keyId: '250205', publicKey: 'MHYw' };
const BOB = { idTag: 'bob.test', name: 'Bob', type: 'person', keys: [KEY] };

describe('fetchProfile', () => {
  it('reads the envelope', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, BOB, { headers: { etag: '"v1"' } }));
    const fetched = await lab.api.fetchProfile('bob.test');
    expect(fetched).toMatchObject({ notModified: false, profile: BOB, etag: '"v1"', response: { status: 200 } });
    expect(JSON.parse(fetched.raw)).toMatchObject({ data: BOB, reqId: 'test' });
    expect(bob.requests[0]).toMatchObject({ method: 'GET', url: '/api/me' });
    expect(bob.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('reads the bare profile of an older server, which has no ETag', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => json(response, BOB));
    expect(await lab.api.fetchProfile('bob.test')).toMatchObject({ profile: BOB, etag: null });
  });

  it('asks conditionally with an ETag', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', ({ headers }, response) => {
      if (headers['if-none-match'] === '"v1"') response.writeHead(304, { etag: '"v1"' }).end();
      else answer(response, BOB, { headers: { etag: '"v2"' } });
    });
    expect(await lab.api.fetchProfile('bob.test', { etag: '"v1"' })).toMatchObject({
      notModified: true,
      profile: null,
    });
    expect(await lab.api.fetchProfile('bob.test', { etag: '"v0"' })).toMatchObject({
      notModified: false,
      profile: BOB,
      etag: '"v2"',
    });
  });

  it('asks an international name by its A-label', async () => {
    const lab = await startLab();
    const peer = await lab.peer('münchen.test', (_, response) => answer(response, { ...BOB, idTag: 'münchen.test' }));
    await lab.api.fetchProfile('münchen.test');
    expect(peer.requests[0]?.headers.host).toBe('cl-o.xn--mnchen-3ya.test');
  });

  it('refuses the profile of somebody else', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => answer(response, { ...BOB, idTag: 'mallory.test' }));
    expect(await failureOf(lab.api.fetchProfile('bob.test'))).toMatchObject({
      code: 'peer.mismatch',
      stage: 'profile',
      details: { idTag: 'bob.test', actual: 'mallory.test' },
    });
  });

  it.each<[string, unknown]>([
    ['no object', 'hello'],
    ['no keys', { idTag: 'bob.test', name: 'Bob' }],
    ['a number as idTag', { ...BOB, idTag: 5 }],
    ['a non-canonical idTag', { ...BOB, idTag: 'BOB.test' }],
    ['a key without ID', { ...BOB, keys: [{ publicKey: 'x' }] }],
  ])('refuses %s as peer.profile, naming whose it is', async (_, data) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_request, response) => answer(response, data));
    const error = await failureOf(lab.api.fetchProfile('bob.test'));
    expect(error).toMatchObject({ code: 'peer.profile', stage: 'profile', retryable: false });
    expect(error.message).toContain('bob.test');
  });

  it.each(['', '{"idTag":', '<html>'])('refuses %j, which is no JSON, as peer.invalid', async (body) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => void response.end(body));
    expect((await failureOf(lab.api.fetchProfile('bob.test'))).code).toBe('peer.invalid');
  });

  it('passes a refusal on', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => refuse(response, 404, 'E-CORE-NOTFOUND'));
    expect(await failureOf(lab.api.fetchProfile('bob.test'))).toMatchObject({
      code: 'peer.refused',
      details: { status: 404, peerCode: 'E-CORE-NOTFOUND' },
    });
  });
});

it.each([
  'BOB.test',
  'bob.test/api',
  'bob.test@evil.test',
  'bob.test:8443',
  'bob test',
  '',
  'b_b.test',
  'xn--mnchen-3ya.test',
  '..',
  'bob.test?x',
  'bob.test#',
])('the idTag %j never becomes a URL', async (idTag) => {
  const lab = await startLab();
  for (const call of [
    lab.api.fetchProfile(idTag),
    lab.api.postInbox(idTag, 'token'),
    lab.api.fetchOutbox(idTag),
    lab.api.getAccessToken(idTag, 'token'),
    lab.api.fetchAction(idTag, '@1'),
    lab.api.fetchFile(idTag, '@1'),
  ]) {
    expect((await failureOf(call)).code).toBe('usage.id-tag');
  }
  expect(lab.dns.asked).toEqual([]);
});
