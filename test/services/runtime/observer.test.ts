import { expect, it, onTestFinished } from 'vitest';
import { NOBODY } from '../../../src/protocol/observer.ts';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { deliverOne } from '../../../src/services/delivery/deliver.ts';
import { findDelivery } from '../../../src/services/delivery/delivery-report.ts';
import { ARRIVAL_STAGES } from '../../../src/services/inbox/arrival-stages.ts';
import { receiveAction } from '../../../src/services/inbox/receive-action.ts';
import { createStages } from '../../../src/services/runtime/stages.ts';
import { openMemoryStore } from '../../../src/store/engine/store.ts';
import { startInstance } from '../../support/instance.ts';
import { startLab } from '../../support/lab.ts';
import { makeIdentity, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, ownInstance } from '../../support/own-instance.ts';
import { recordSpans } from '../../support/recorded-spans.ts';

const ALICE = 'alice.test';

async function instance() {
  const alice = await startInstance();
  onTestFinished(() => alice.close());
  return { alice, bob: alice.peer('bob.test'), ...recordSpans() };
}

it('nobody: no span is made, and a list of stages runs without a watch', () => {
  expect(NOBODY.begin('arrival')).toBeNull();
});

it('an arrival is a span with its stages in their order, and ends with its outcome', async () => {
  const { alice, bob, observer, spans } = await instance();
  const token = await bob.sign({ t: 'FLLW', aud: ALICE });
  await receiveAction({ ...alice.inbox, observer }, { tenant: ALICE, token, origin: 'sync' });
  const [arrival, ...stages] = spans;
  expect(arrival).toMatchObject({
    name: 'arrival',
    facts: { 'cloudillo.tenant': ALICE, 'cloudillo.origin': 'sync', 'cloudillo.outcome': 'stored' },
  });
  expect(stages.map(({ path }) => path)).toEqual(ARRIVAL_STAGES.names.map((name) => `arrival > ${name}`));
  for (const { start, end } of stages) {
    expect(start).toBeGreaterThanOrEqual(arrival?.start ?? Number.NaN);
    expect(end).toBeLessThanOrEqual(arrival?.end ?? Number.NaN);
    expect(end).toBeGreaterThanOrEqual(start);
  }
});

it('a refused arrival ends with the refusal, and so does the stage that refused it', async () => {
  const { alice, bob, observer, spans } = await instance();
  const token = await bob.sign({ t: 'FLLW', aud: 'carol.test' });
  const refused = receiveAction({ ...alice.inbox, observer }, { tenant: ALICE, token, origin: 'sync' });
  const error = await refused.catch((reason: unknown) => reason);
  expect(spans[0]).toMatchObject({ name: 'arrival', error });
  expect(spans.at(-1)).toMatchObject({ error });
  expect(spans.every(({ end }) => end !== null)).toBe(true);
  expect(spans.length).toBeLessThan(1 + ARRIVAL_STAGES.names.length);
});

it('a delivery, its request and the append are spans; a request has an attempt with what it waited for', async () => {
  const { observer, spans } = recordSpans();
  const lab = await startLab({ observer });
  const own = { ...(await ownInstance(lab)), observer };
  own.store = openMemoryStore({ observer });
  await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
  const draft = { type: 'FLLW', audienceTag: 'bob.test' };
  const { actionId } = await createAction(own, ALICE, draft);
  const delivery = findDelivery(own.store, ALICE, actionId, 'bob.test');
  await deliverOne(own, delivery as NonNullable<typeof delivery>);
  const paths = spans.map(({ path }) => path);
  expect(paths.filter((path) => path.endsWith('store.append'))).toEqual([
    'store.append',
    'delivery > record > store.append',
  ]);
  const facts = Object.fromEntries(spans.map(({ path, facts: told }) => [path, told]));
  expect(facts['delivery']).toEqual({
    'cloudillo.tenant': ALICE,
    'cloudillo.peer': 'bob.test',
    'cloudillo.action': actionId,
    'cloudillo.state': 'delivered',
  });
  expect(paths).toContain('delivery > send');
  const request = 'delivery > send > request';
  expect(facts[request]).toEqual({
    'http.request.method': 'POST',
    'server.address': 'cl-o.bob.test',
    'url.path': '/api/inbox',
    'http.response.status_code': 202,
  });
  expect(facts[`${request} > POST`]).toMatchObject({
    'url.full': 'https://cl-o.bob.test/api/inbox',
    'network.peer.address': '127.0.0.1',
    'cloudillo.connection.reused': false,
    'http.response.status_code': 202,
  });
  const parts = spans.filter(({ path }) => path.startsWith(`${request} > POST > `));
  expect(parts.map(({ name }) => name)).toEqual(['dns', 'connect', 'tls', 'answer', 'body']);
  expect(parts[0]?.facts).toEqual({ 'dns.question.name': 'cl-o.bob.test', 'dns.answers': ['127.0.0.1'] });
  expect(parts[2]?.facts).toMatchObject({ 'tls.protocol.version': '1.3', 'tls.server.issuer': 'Lab CA' });
  // One after the other, and none longer than the whole.
  const attempt = spans.find(({ path }) => path === `${request} > POST`);
  for (const [index, { start, end }] of parts.entries()) {
    expect(start).toBeGreaterThanOrEqual(parts[index - 1]?.end ?? attempt?.start ?? Number.NaN);
    expect(end).toBeLessThanOrEqual((attempt?.end ?? Number.NaN) + 1);
  }
  expect(spans.every(({ end }) => end !== null)).toBe(true);
});

it('a request that fails ends with its error, once for each attempt', async () => {
  const { observer, spans } = recordSpans();
  const lab = await startLab({ observer });
  const error = await lab.requester.get('https://cl-o.nowhere.test/api/me').catch((reason: unknown) => reason);
  expect(spans).toMatchObject([
    { path: 'request', facts: { 'server.address': 'cl-o.nowhere.test' }, error },
    { path: 'request > GET', kind: 'client', error },
    { path: 'request > GET > dns', error },
  ]);
});

it('the steps of a use case are spans as well as reports', async () => {
  const { observer, spans } = recordSpans();
  const stages = createStages(() => {}, observer);
  await stages.run('sign', async () => 1);
  const failure = new Error('no');
  await expect(stages.run('store', () => Promise.reject(failure))).rejects.toThrow('no');
  expect(spans).toMatchObject([
    { path: 'sign', error: undefined },
    { path: 'store', error: failure },
  ]);
  expect(stages.reports).toMatchObject([
    { stage: 'sign', status: 'done' },
    { stage: 'store', status: 'failed' },
  ]);
});
