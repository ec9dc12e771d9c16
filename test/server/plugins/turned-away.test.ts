import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { nextStep } from '../../../src/services/reading/next-step.ts';
import type { ArrivalNote } from '../../../src/store/model/arrival-note.ts';
import { forged } from '../../support/altered-tokens.ts';
import type { Instance } from '../../support/instance.ts';
import { startNoted } from '../../support/noted-instance.ts';
import { explained, postRaw, startTwoSides } from '../../support/two-sides.ts';

const BODIES: [what: string, body: unknown, code: string][] = [
  ['no JSON', '{"token":', 'request.invalid'],
  ['an empty body', '', 'request.invalid'],
  ['another shape', { tokn: 1 }, 'request.invalid'],
  ['a token that is a number', { token: 7 }, 'request.invalid'],
  ['too many related tokens', { token: 'x', related: Array(65).fill('x') }, 'request.invalid'],
  ['a body that is too deep', `{"token":${'['.repeat(40)}${']'.repeat(40)}}`, 'request.invalid'],
  ['a body that is too large', { token: 'x'.repeat(2 ** 21) }, 'request.too-large'],
];

it.each(BODIES)('notes and logs %s, once', async (_what, body, code) => {
  const { alice, notes, refused } = await startNoted();
  const answer = await alice.post('/api/inbox', body, { address: '192.0.2.9' });
  expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  const made = await notes();
  expect(made).toHaveLength(1);
  const request = answer.headers['x-request-id'];
  expect(made[0]).toMatchObject({
    ...{ outcome: 'refused', tenant: 'alice.test', address: '192.0.2.9', bytes: null, request },
    refusal: { code, blame: 'sender' },
  });
  expect(refused()).toMatchObject([{ level: 'warn', code, reqId: request, ip: '192.0.2.9', tenant: 'alice.test' }]);
});

it('notes another content type, an encoded body, and a host that is not here', async () => {
  const { alice, notes } = await startNoted();
  await alice.post('/api/inbox', '{}', { headers: { 'content-type': 'text/plain' } });
  await alice.post('/api/inbox', '{}', { headers: { 'content-encoding': 'gzip' } });
  await alice.post('/api/inbox/sync', '{}', { host: 'cl-o.nobody.test' });
  const codes = (await notes()).map(({ refusal, tenant, origin }) => [refusal?.code, tenant, origin]);
  expect(codes).toContainEqual(['request.media-type', 'alice.test', 'inbox']);
  expect(codes).toContainEqual(['request.not-found', null, 'sync']);
});

it('notes nothing of other routes, of what the inbox takes, nor twice what it refuses', async () => {
  const { alice, notes, refused } = await startNoted();
  await alice.get('/api/nothing');
  await alice.post('/api/auth/login', '{');
  expect(await notes()).toEqual([]);
  const bob = alice.peer('bob.test');
  await alice.send(await bob.sign({ t: 'FLLW', aud: 'alice.test' }));
  await alice.send(await bob.sign({ t: 'POST', c: 'x' }));
  expect(await notes()).toHaveLength(2);
  expect(refused()).toHaveLength(1);
});

it('notes a rate limit and a ban as what they are, and a flood as one', async () => {
  const { alice, notes, refused } = await startNoted({ settings: { rateLimits: true } });
  const mallory = alice.peer('mallory.test');
  alice.peer('bob.test');
  for (let n = 0; n < 3; n += 1) {
    const forged = await mallory.sign({ t: 'FLLW', aud: 'alice.test', iss: 'bob.test', c: `${n}` });
    await alice.post('/api/inbox', { token: forged }, { address: '192.0.2.9' });
  }
  await alice.post('/api/inbox', { token: 'x' }, { address: '192.0.2.10' });
  const banned = (await notes()).find(({ bytes }) => bytes === null);
  expect(banned).toMatchObject({
    outcome: 'rate-limited',
    address: '192.0.2.10',
    refusal: { code: 'rate.banned', check: 'ban' },
  });
  for (let n = 0; n < 300; n += 1) await alice.post('/api/inbox', { token: 'x' }, { address: '198.51.100.1' });
  const limited = (await notes()).filter(({ refusal }) => refusal?.code === 'rate.limited');
  expect(limited.map(({ times }) => times).toSorted((a, b) => a - b)).toEqual([1, limited.at(0)?.times]);
  expect(limited.reduce((sum, { times }) => sum + times, 0)).toBe(
    refused().filter(({ code }) => code === 'rate.limited').length,
  );
});

it('has a line of its own for a disk that refuses, and none beside it', async () => {
  const { alice, lines } = await startNoted();
  const bob = alice.peer('bob.test');
  const { CloudilloError } = await import('../../../src/protocol/errors.ts');
  alice.inbox.store.append = () => Promise.reject(new CloudilloError('store.full', 'full', { stage: 'store' }));
  expect((await alice.send(await bob.sign({ t: 'FLLW', aud: 'alice.test' }))).statusCode).toBe(503);
  expect(lines.filter(({ level }) => level !== 'info')).toMatchObject([
    { message: 'arrival refused', code: 'store.full' },
  ]);
});

describe('a PROXY token that is refused', () => {
  const exchange = (alice: Instance, token: string, host?: string) =>
    alice.get(`/api/auth/access-token?token=${token}`, { address: '192.0.2.9', ...(host && { host }) });
  const inAMinute = ({ clock }: Instance) => Math.floor(clock.now / 1000) + 60;

  it('is noted with its stages, its check, the request and the address; one that is taken is not', async () => {
    const { alice, notes, refused } = await startNoted();
    const bob = alice.peer('bob.test');
    const proxy = { t: 'PROXY', aud: 'alice.test', exp: inAMinute(alice) };
    expect((await exchange(alice, await bob.sign(proxy))).statusCode).toBe(200);
    expect(await notes()).toEqual([]);
    const answer = await exchange(alice, await bob.sign({ ...proxy, aud: 'carol.test' }));
    const [note] = await notes();
    const request = answer.headers['x-request-id'];
    expect(note).toMatchObject({
      ...{ outcome: 'refused', origin: 'access', tenant: 'alice.test', issuer: 'bob.test', type: 'PROXY' },
      ...{ verified: true, address: '192.0.2.9', request },
      refusal: { code: 'permission.denied', check: 'recipient', stage: 'permission' },
    });
    expect(note?.stages.map(([stage]) => stage)).toEqual(['checks', 'key', 'signature', 'permission']);
    expect(refused()).toMatchObject([{ check: 'recipient', origin: 'access', reqId: request }]);
  });

  it.each<[string, string, string, (alice: Instance) => Promise<string>]>([
    ['is none', 'token.malformed', 'format', async () => 'x.y'],
    [
      'is of another type',
      'auth.invalid',
      'type',
      (alice) => alice.peer('bob.test').sign({ t: 'FLLW', aud: 'alice.test' }),
    ],
    [
      'is valid for too long',
      'auth.invalid',
      'expiry',
      (alice) => alice.peer('bob.test').sign({ t: 'PROXY', aud: 'alice.test', exp: inAMinute(alice) + 3600 }),
    ],
    [
      'has an unknown key',
      'token.key-unknown',
      'key',
      (alice) => alice.peer('bob.test').sign({ t: 'PROXY', aud: 'alice.test', exp: inAMinute(alice), k: '991231' }),
    ],
    [
      'has a bad signature',
      'token.signature',
      'signature',
      async (alice) =>
        forged(await alice.peer('bob.test').sign({ t: 'PROXY', aud: 'alice.test', exp: inAMinute(alice) })),
    ],
  ])('is noted when it %s', async (_what, code, check, token) => {
    const { alice, notes } = await startNoted();
    await exchange(alice, await token(alice));
    const [note, ...more] = await notes();
    expect(more).toEqual([]);
    expect(note).toMatchObject({ origin: 'access', refusal: { code, check } });
    expect(nextStep(note as ArrivalNote)).toMatch(/\S/);
  });

  it('is noted when its host is not here; an API key that is refused is not', async () => {
    const { alice, notes } = await startNoted();
    await exchange(alice, 'x', 'cl-o.nobody.test');
    await alice.get('/api/auth/access-token?apiKey=cl_nothing');
    expect((await notes()).map(({ refusal, origin, tenant }) => [refusal?.code, origin, tenant])).toEqual([
      ['request.not-found', 'access', null],
    ]);
  });
});

describe('over real connections', () => {
  it('a head that is too large, too many header lines and too many connections are noted', async () => {
    const { alice, port } = await startTwoSides();
    const large = { 'x-large': 'x'.repeat(40_000) };
    expect((await postRaw(port, '{}', large)).status).toBe(431);
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`x-${n}`, '1']));
    expect((await postRaw(port, '{}', many)).status).toBe(431);
    const sockets = Array.from({ length: 258 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await Promise.race(sockets.map((socket) => once(socket, 'close')));
    for (const socket of sockets) socket.destroy();
    const seen: unknown[] = [];
    for await (const { refusal, origin, address } of alice.arrivals.newest())
      seen.push([origin, refusal?.code, refusal?.message, address]);
    const from = '127.0.0.1';
    expect(seen).toContainEqual(['connection', 'request.headers', 'The request headers are too large', from]);
    expect(seen).toContainEqual(['inbox', 'request.headers', expect.stringContaining('200 header lines'), from]);
    expect(seen).toContainEqual(['connection', 'rate.limited', expect.stringContaining('256 connections'), from]);
    expect((await explained(alice, 'last')).text).toMatch(/^(refused|rate-limited)/);
  });
});
