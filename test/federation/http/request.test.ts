import { describe, expect, it, onTestFinished } from 'vitest';
import { peerError } from '../../../src/federation/http/peer-error.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, json, refuse, startLab } from '../../support/lab.ts';

const URL = 'https://cl-o.bob.test/api/me';

describe('an answer', () => {
  it('comes with timings, TLS facts and address', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, { ok: true }));
    const first = await lab.requester.get(`${URL}?x=1#fragment`);
    expect(first.json()).toMatchObject({ data: { ok: true } });
    expect(first).toMatchObject({
      status: 200,
      url: URL,
      headers: { 'content-type': 'application/json' },
      remoteAddress: '127.0.0.1',
      attempts: 1,
      tls: { issuer: 'Lab CA', altNames: ['bob.test', 'cl-o.bob.test'], protocol: 'TLSv1.3' },
      timings: { reused: false },
    });
    expect(first.tls?.validTo).toMatch(/^\d{4}-\d\d-\d\dT/);
    for (const stage of ['dns', 'connect', 'tls', 'firstByte', 'total'] as const) {
      expect(first.timings[stage], stage).toBeGreaterThan(0);
      expect(first.timings[stage], stage).toBe(Math.round(first.timings[stage] * 10) / 10);
    }
    expect(bob.requests[0]).toMatchObject({ url: '/api/me?x=1', headers: { host: 'cl-o.bob.test' } });
  });

  it('comes over a kept connection the second time, and over one of its own for each name', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
    await lab.requester.get(URL);
    const second = await lab.requester.get(URL);
    expect(second.timings).toMatchObject({ reused: true, dns: 0, connect: 0, tls: 0 });
    expect(second).toMatchObject({ tls: { issuer: 'Lab CA' }, remoteAddress: '127.0.0.1' });
    expect(bob.connections).toBe(1);
    await lab.requester.get('https://bob.test/api/me');
    expect(bob.connections).toBe(2);
  });

  it('leaves nothing behind on a connection that is used many times', async () => {
    const lab = await startLab();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
    for (let i = 0; i < 30; i++) await lab.requester.get(URL);
    expect(bob.connections).toBe(1);
    expect(warnings).toEqual([]);
  });

  it.each([200, 201, 202, 204, 206])('with status %i is a success', async (status) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => void response.writeHead(status).end());
    await expect(lab.requester.get(URL)).resolves.toMatchObject({ status });
  });

  it('with a status that was expected is no error, and any other is', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', ({ url }, response) => void response.writeHead(url === '/404' ? 404 : 200).end());
    await expect(lab.requester.get('https://cl-o.bob.test/404', { expect: [404] })).resolves.toMatchObject({
      status: 404,
    });
    expect(await failureOf(lab.requester.get('https://cl-o.bob.test/200', { expect: [404] }))).toMatchObject({
      code: 'peer.refused',
      details: { status: 200 },
    });
  });
});

describe('a request', () => {
  it('sends JSON, a bearer and further headers', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, null));
    await lab.requester.post(URL, { a: 'ä' }, { bearer: 'secret-token', headers: { 'X-Request-ID': 'r1' } });
    expect(bob.requests[0]).toMatchObject({
      method: 'POST',
      body: '{"a":"ä"}',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer secret-token',
        'x-request-id': 'r1',
        'user-agent': 'cloudillo',
      },
    });
  });

  it('sends bytes as they are', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, null));
    await lab.requester.post(URL, Buffer.from('{"token":'), { headers: { 'Content-Type': 'application/json' } });
    expect(bob.requests[0]).toMatchObject({ body: '{"token":', headers: { 'content-type': 'application/json' } });
  });

  it('is conditional with an ETag: 304 is an answer then', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', ({ headers }, response) => {
      const known = headers['if-none-match'] === '"v1"';
      response.writeHead(known ? 304 : 200, { etag: '"v1"' }).end();
    });
    expect((await lab.requester.get(URL)).headers['etag']).toBe('"v1"');
    const again = await lab.requester.get(URL, { etag: '"v1"' });
    expect(again).toMatchObject({ status: 304 });
    expect(again.body).toHaveLength(0);
    const byHeader = await lab.requester.get(URL, { headers: { 'If-None-Match': '"v1"' } });
    expect(byHeader.status).toBe(304);
    expect(bob.connections).toBe(1);
  });
});

describe('a refusal', () => {
  it.each([
    [400, 'peer.refused', false],
    [401, 'peer.refused', false],
    [403, 'peer.refused', false],
    [404, 'peer.refused', false],
    [408, 'peer.refused', true],
    [428, 'peer.refused', false],
    [429, 'peer.refused', true],
    [500, 'peer.error', true],
    [503, 'peer.error', true],
  ])("of %i is %s (retryable: %s) with the peer's own words", async (status, code, retryable) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => refuse(response, status, 'E-TEST-CODE'));
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({
      code,
      retryable,
      stage: 'response',
      details: { status, peerCode: 'E-TEST-CODE', peerMessage: `refused with ${status}`, host: 'cl-o.bob.test' },
    });
    expect(error.hint).toBeTruthy();
  });

  it('in plain text is kept as an excerpt: one line, no escape sequences, cut', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      response.writeHead(422).end(`missing\nfield \u001b]0;title\u0007 ${'x'.repeat(5_000)}`);
    });
    const error = await failureOf(lab.requester.get(URL));
    const body = String(error.details?.['body']);
    expect(body).toMatch(/^missing field \]0;title x+…$/);
    expect(body.length).toBeLessThanOrEqual(301);
  });

  it("in JSON that is not the protocol's is an excerpt as well", async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => json(response, { error: 'nope' }, { status: 400 }));
    expect(await failureOf(lab.requester.get(URL))).toMatchObject({ details: { body: '{"error":"nope"}' } });
  });

  it.each([
    [403, 'Access denied', true],
    [503, '<!DOCTYPE html><p>Checking your browser', true],
    [400, 'Failed to parse the request body as JSON', false],
    [404, 'not here', false],
  ])('of %i with "%s" tells whether something in front has answered: %s', async (status, text, isForeign) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => void response.writeHead(status).end(text));
    const { hint = '' } = await failureOf(lab.requester.get(URL, { retryPolicy: null }));
    expect(/no answer of a Cloudillo server.*cloudillo doctor bob\.test/.test(hint)).toBe(isForeign);
  });

  it('tells of a ban and of Retry-After', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      const error = { code: 'E-RATE-BANNED', message: 'banned', details: { remainingSecs: 3000, more: 'x' } };
      json(response, { error }, { status: 403, headers: { 'retry-after': '17' } });
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ retryAfter: 17, retryable: true, details: { peerDetails: { remainingSecs: 3000 } } });
  });

  it('is retryable when it names a time to come back, in a header or as the rest of a ban', async () => {
    const lab = await startLab();
    let details: unknown = { remainingSecs: 3000 };
    await lab.peer('bob.test', (_, response) => {
      json(response, { error: { code: 'E-RATE-BANNED', message: 'banned', details } }, { status: 403 });
    });
    expect(await failureOf(lab.requester.get(URL))).toMatchObject({ retryAfter: 3000, retryable: true });
    for (details of [undefined, { remainingSecs: -1 }, { remainingSecs: 1e12 }, { remainingSecs: '3000' }]) {
      const error = await failureOf(lab.requester.get(URL));
      expect(error).toMatchObject({ code: 'peer.refused', retryable: false });
      expect(error.retryAfter).toBeUndefined();
    }
  });

  it.each([
    [600, '10 min ahead'],
    [-600, '10 min behind'],
  ])('names the difference of the clocks by the answer’s Date: %i s', async (seconds, word) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => {
      const date = new Date(Date.now() - seconds * 1000).toUTCString();
      json(response, { error: { code: 'E-VAL-INVALID', message: 'time' } }, { status: 400, headers: { date } });
    });
    const error = await failureOf(lab.requester.get(URL));
    expect(Math.abs(Number(error.details?.['clockAhead']) - seconds)).toBeLessThanOrEqual(5);
    expect(error.hint).toContain(word);
    const both = /The clock here says (\S+Z) and that of cl-o\.bob\.test (\S+Z),/.exec(error.hint ?? '');
    expect(Date.parse(both?.[1] ?? '') - Date.parse(both?.[2] ?? '')).toBe(
      Number(error.details?.['clockAhead']) * 1000,
    );
  });

  it('takes the last second that a Date can name', () => {
    const date = 'Sat, 13 Sep 275760 00:00:00 GMT';
    const answer = { host: 'cl-o.bob.test', method: 'POST', path: '/api/inbox', status: 400, text: '', secrets: [] };
    const { hint } = peerError({ ...answer, date, now: Date.parse('2026-11-30T00:00:00.300Z') });
    expect(hint).toContain(
      'The clock here says 2026-11-30T00:00:00Z and that of cl-o.bob.test +275760-09-13T00:00:00Z,',
    );
  });

  it('says nothing of clocks that agree', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => refuse(response, 400, 'E-VAL-INVALID'));
    expect((await failureOf(lab.requester.get(URL))).details).not.toHaveProperty('clockAhead');
  });
});

it('a refusal that was read to its end leaves the connection in use, one that was not does not', async () => {
  const lab = await startLab();
  const bob = await lab.peer('bob.test', ({ url }, response) => {
    if (url === '/short') refuse(response, 404, 'E-CORE-NOTFOUND');
    else response.writeHead(500).end('x'.repeat(1_000_000));
  });
  await failureOf(lab.requester.get('https://cl-o.bob.test/short'));
  await failureOf(lab.requester.get('https://cl-o.bob.test/short'));
  expect(bob.connections).toBe(1);
  await failureOf(lab.requester.get('https://cl-o.bob.test/long'));
  expect(bob.connections).toBe(1);
  await failureOf(lab.requester.get('https://cl-o.bob.test/short'));
  expect(bob.connections).toBe(2);
});

it('a header that is none is usage.header, without its value', async () => {
  const lab = await startLab();
  const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
  for (const options of [{ bearer: 'secret\r\nX-Evil: 1' }, { headers: { 'X Evil': 'secret' } }]) {
    const error = await failureOf(lab.requester.get(URL, options));
    expect(error.code).toBe('usage.header');
    expect(String(error.cause)).not.toContain('secret');
  }
  expect(bob.requests).toEqual([]);
});

describe('a secret', () => {
  const SECRET = 'eyJhbGciOiJub25lIn0.c2VjcmV0.c2ln';

  it.each([
    [
      'that the peer repeats',
      (response: import('node:http').ServerResponse) => void response.writeHead(400).end(`bad token ${SECRET}`),
    ],
    [
      'that the peer repeats in its JSON',
      (response: import('node:http').ServerResponse) =>
        json(response, { error: { code: 'E-X', message: SECRET } }, { status: 400 }),
    ],
    ['when the connection breaks', (response: import('node:http').ServerResponse) => void response.socket?.destroy()],
    [
      'when the answer is no HTTP',
      (response: import('node:http').ServerResponse) => void response.socket?.end('garbage\r\n\r\n'),
    ],
    [
      'when it is redirected',
      (response: import('node:http').ServerResponse) =>
        void response.writeHead(302, { location: `/x?token=${SECRET}` }).end(),
    ],
  ])('in the query %s is in no part of the error', async (_, handler) => {
    const lab = await startLab();
    await lab.peer('bob.test', (_request, response) => handler(response));
    const error = await failureOf(lab.requester.get(`https://cl-o.bob.test/api/auth/access-token?token=${SECRET}`));
    expect(everythingOf(error)).not.toContain(SECRET);
  });

  it('in the query is in no part of a timeout or a DNS error', async () => {
    const lab = await startLab({ timeout: 150 });
    await lab.peer('bob.test', () => {});
    for (const host of ['cl-o.bob.test', 'cl-o.nobody.test']) {
      const error = await failureOf(lab.requester.get(`https://${host}/?token=${SECRET}`));
      expect(everythingOf(error)).not.toContain(SECRET);
    }
  });

  it('sent as bearer is taken out of what the peer says', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', ({ headers }, response) => void response.writeHead(401).end(headers.authorization));
    const error = await failureOf(lab.requester.get(URL, { bearer: SECRET }));
    expect(error.details?.['body']).toBe('Bearer <removed>');
  });

  function everythingOf(error: Error): string {
    const own = JSON.stringify(error, Object.getOwnPropertyNames(error)) + error.stack + JSON.stringify({ ...error });
    return error.cause instanceof Error ? own + everythingOf(error.cause) : own;
  }
});
