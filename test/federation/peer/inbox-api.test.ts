import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_POLICY } from '../../../src/federation/http/retry-policy.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, json, refuse, startLab } from '../../support/lab.ts';

const SIGN_IN = '<!doctype html><title>Sign in</title>';

describe('postInbox', () => {
  it('posts the token, without authorization', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, {}, { status: 202 }));
    expect(await lab.api.postInbox('bob.test', 'a.b.c')).toMatchObject({ status: 202, data: {} });
    expect(bob.requests[0]).toMatchObject({ method: 'POST', url: '/api/inbox', body: '{"token":"a.b.c"}' });
    expect(bob.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('posts related tokens along, and asks the other door for a verdict', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, {}, { status: 201 }));
    await lab.api.postInbox('bob.test', 'a.b.c', { related: ['d.e.f'] });
    await lab.api.postInbox('bob.test', 'a.b.c', { sync: true, related: [] });
    expect(bob.requests.map(({ url, body }) => [url, JSON.parse(body)])).toEqual([
      ['/api/inbox', { token: 'a.b.c', related: ['d.e.f'] }],
      ['/api/inbox/sync', { token: 'a.b.c' }],
    ]);
  });

  it.each<[string, (response: ServerResponse) => void, number]>([
    ['200 without a body', (response) => void response.writeHead(200).end(), 200],
    ['201 with data null', (response) => answer(response, null, { status: 201 }), 201],
    ['202 with the body null', (response) => json(response, null, { status: 202 }), 202],
    ['204', (response) => void response.writeHead(204).end(), 204],
    ['200 with plain text', (response) => void response.writeHead(200).end('thanks'), 200],
  ])('takes %s for an acceptance', async (_, handler, status) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_request, response) => handler(response));
    expect(await lab.api.postInbox('bob.test', 'a.b.c')).toMatchObject({ status, data: null });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['200 with an error', (response) => json(response, { error: { code: 'E-X', message: 'no' } }, { status: 200 })],
    ['a sign-in page', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(SIGN_IN)],
    ['a page without a type', (response) => void response.writeHead(200).end(`\n${SIGN_IN}`)],
  ])('takes %s for the answer of something in front of the server', async (_, handler) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_request, response) => handler(response));
    expect(await failureOf(lab.api.postInbox('bob.test', 'a.b.c'))).toMatchObject({
      code: 'peer.invalid',
      retryable: true,
      hint: expect.stringMatching(/something in front of it.*cloudillo doctor bob\.test/),
    });
  });

  it.each([
    [400, 'peer.refused', 1],
    [401, 'peer.refused', 1],
    [403, 'peer.refused', 1],
    [428, 'peer.refused', 1],
    [408, 'peer.refused', 3],
    [429, 'peer.refused', 3],
    [500, 'peer.error', 3],
    [503, 'peer.error', 3],
  ])('takes %i for %s after %i attempts', async (status, code, attempts) => {
    const lab = await startLab({ retryPolicy: { ...DEFAULT_RETRY_POLICY, base: 1 } });
    const bob = await lab.peer('bob.test', (_, response) => refuse(response, status, 'E-CODE'));
    expect(await failureOf(lab.api.postInbox('bob.test', 'a.b.c'))).toMatchObject({
      code,
      details: { peerCode: 'E-CODE' },
    });
    expect(bob.requests).toHaveLength(attempts);
  });
});

describe('fetchOutbox', () => {
  it('reads items, with a bearer and a window', async () => {
    const lab = await startLab();
    const items = [{ token: 'a.b.c' }, { token: 'd.e.f', related: ['g.h.i', 5] }];
    const bob = await lab.peer('bob.test', (_, response) => answer(response, { items }));
    expect(await lab.api.fetchOutbox('bob.test', { bearer: 'secret-bearer', since: 17, limit: 10 })).toEqual([
      { token: 'a.b.c', related: [] },
      { token: 'd.e.f', related: ['g.h.i'] },
    ]);
    expect(bob.requests[0]).toMatchObject({
      url: '/api/outbox?since=17&limit=10',
      headers: { authorization: 'Bearer secret-bearer' },
    });
  });

  it.each([null, [], {}, { items: 'x' }, { items: [5] }, { items: [{}] }, { items: [null] }])(
    'refuses %j as peer.invalid',
    async (data) => {
      const lab = await startLab();
      await lab.peer('bob.test', (_, response) => answer(response, data));
      expect((await failureOf(lab.api.fetchOutbox('bob.test'))).code).toBe('peer.invalid');
    },
  );
});

describe('getAccessToken', () => {
  it('exchanges the token given in the query', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, { token: 'x.y.z' }));
    expect(await lab.api.getAccessToken('bob.test', 'a.b.c', 'file:f1~x:R')).toBe('x.y.z');
    const asked = new URL(bob.requests[0]?.url ?? '', 'https://cl-o.bob.test');
    expect(asked.pathname).toBe('/api/auth/access-token');
    expect(Object.fromEntries(asked.searchParams)).toEqual({ token: 'a.b.c', scope: 'file:f1~x:R' });
  });

  it.each([
    null,
    {},
    { token: 5 },
    { token: '' },
    { token: 'a b' },
    { token: 'a\r\nX-Evil: 1' },
    { token: 'x'.repeat(9_000) },
  ])('refuses %j as peer.invalid', async (data) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => answer(response, data));
    expect((await failureOf(lab.api.getAccessToken('bob.test', 'a.b.c'))).code).toBe('peer.invalid');
  });
});
