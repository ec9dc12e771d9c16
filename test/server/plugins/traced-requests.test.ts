import { expect, it, onTestFinished } from 'vitest';
import { startInstance } from '../../support/instance.ts';
import { recordSpans } from '../../support/recorded-spans.ts';

const ALICE = 'alice.test';
const STRANGER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function observedInstance() {
  const { observer, spans } = recordSpans();
  const alice = await startInstance({ observer });
  onTestFinished(() => alice.close());
  return { alice, spans, bob: alice.peer('bob.test') };
}

it('a request is a span, and what it causes is a part of it', async () => {
  const { alice, spans, bob } = await observedInstance();
  const response = await alice.send(await bob.sign({ t: 'FLLW', aud: ALICE }));
  expect(response.statusCode).toBe(201);
  const request = spans.find(({ kind }) => kind === 'server');
  expect(request).toMatchObject({
    path: 'POST /api/inbox/sync',
    facts: {
      'http.request.method': 'POST',
      'http.route': '/api/inbox/sync',
      'url.path': '/api/inbox/sync',
      'http.response.status_code': 201,
      'cloudillo.tenant': ALICE,
    },
    error: undefined,
  });
  expect(spans.map(({ path }) => path)).toContain('POST /api/inbox/sync > arrival > record > store.append');
  expect(spans.every(({ end }) => end !== null)).toBe(true);
});

it('a refusal is a fact, and no failure of the server', async () => {
  const { alice, spans, bob } = await observedInstance();
  await alice.send(await bob.sign({ t: 'FLLW', aud: 'carol.test' }));
  const request = spans.find(({ kind }) => kind === 'server');
  expect(request?.error).toBeUndefined();
  expect(request?.facts['cloudillo.refusal']).toMatch(/^token\./);
});

it.each([
  ['a stranger’s trace is a link only', STRANGER, STRANGER],
  ['a malformed one is nothing', '00-nonsense', undefined],
])('%s', async (_what, header, link) => {
  const { alice, spans } = await observedInstance();
  await alice.get('/api/me?token=secret', { headers: { traceparent: header } });
  const request = spans.find(({ kind }) => kind === 'server');
  expect(request?.path).toBe('GET /api/me');
  expect(request?.link).toBe(link);
  expect(JSON.stringify(request)).not.toContain('secret');
});
