import { expect, it } from 'vitest';
import { startNoted } from '../../support/noted-instance.ts';

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
