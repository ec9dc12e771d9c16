import { afterAll, describe, expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { ARRIVAL_STAGE_NAMES, type Refusal } from '../../../src/protocol/refusal.ts';
import { ARRIVAL_STAGES } from '../../../src/services/inbox/arrival-stages.ts';
import { retryParked } from '../../../src/services/inbox/parked-worker.ts';
import { unlucky } from '../../support/altered-tokens.ts';
import { type Instance, type InstanceOptions, startInstance } from '../../support/instance.ts';

/** Lines of the log that carry a refusal. */
interface Line {
  message: string;
  status?: number;
  refusal: Refusal;
}

const open: Instance[] = [];
afterAll(() => Promise.all(open.map((instance) => instance.close())));

async function start(options: InstanceOptions = {}) {
  const lines: Line[] = [];
  const alice = await startInstance({
    ...options,
    log: (_level, message, fields) => {
      if (fields?.['refusal']) lines.push({ message, ...(fields as Omit<Line, 'message'>) });
    },
  });
  open.push(alice);
  const refusalOf = async (token: string): Promise<Refusal | undefined> => {
    lines.length = 0;
    await alice.send(token);
    return lines.find(({ message }) => message === 'request')?.refusal;
  };
  return { alice, lines, refusalOf, bob: alice.peer('bob.test') };
}

it('names the stages that an arrival goes through', () => {
  expect([...new Set(ARRIVAL_STAGES.names)]).toEqual([...ARRIVAL_STAGE_NAMES]);
});

describe('a refusal at the inbox tells its stage, its check and who is at fault', () => {
  const sender = { blame: 'sender', retryAt: null, facts: {} };
  const follow = { t: 'FLLW', aud: 'alice.test' };

  it('decode', async () => {
    const { refusalOf } = await start();
    expect(await refusalOf('x.y')).toEqual({ code: 'token.malformed', stage: 'decode', check: 'format', ...sender });
  });

  it('checks', async () => {
    const { refusalOf, bob } = await start();
    const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'ES256' })).toString('base64url');
    const token = (await bob.sign(follow)).replace(/^[^.]+/, header);
    expect(await refusalOf(token)).toEqual({ code: 'token.algorithm', stage: 'checks', check: 'algorithm', ...sender });
  });

  it('key: how far we came on the way to the issuer is a fact', async () => {
    const { alice, refusalOf } = await start();
    const stranger = alice.peer('dave.test');
    const facts = { host: 'cl-o.dave.test' };
    const error = new CloudilloError('tls.name', 'no', { stage: 'tls', details: facts, retryAfter: 9, retryAt: 77 });
    alice.resolver.failures.set('dave.test', error);
    expect(await refusalOf(await stranger.sign(follow))).toEqual({
      code: 'tls.name',
      stage: 'key',
      check: 'key',
      blame: 'peer',
      retryAt: 77,
      facts: { ...facts, step: 'tls' },
    });
  });

  it('signature', async () => {
    const { alice, refusalOf } = await start();
    const mallory = alice.peer('mallory.test');
    alice.peer('bob.test');
    const forged = await mallory.sign({ ...follow, iss: 'bob.test' });
    expect(await refusalOf(forged)).toMatchObject({ code: 'token.signature', stage: 'signature', check: 'signature' });
    const late = await mallory.sign({ ...follow, exp: Math.floor(alice.clock.now / 1000) - 3600 });
    expect(await refusalOf(late)).toMatchObject({ code: 'token.expired', stage: 'signature', check: 'expiry' });
  });

  it('recipient', async () => {
    const { refusalOf, bob } = await start();
    const token = await bob.sign({ ...follow, aud: 'carol.test' });
    expect(await refusalOf(token)).toEqual({
      code: 'token.recipient',
      stage: 'recipient',
      check: 'recipient',
      ...sender,
    });
  });

  it('blocked', async () => {
    const { alice, refusalOf, bob } = await start();
    const treatment = { tenant: 'alice.test', peer: 'bob.test', blocked: true, muted: false, at: alice.clock.now };
    await alice.store.append([{ kind: 'treatment', ...treatment }]);
    expect(await refusalOf(await bob.sign(follow))).toEqual({
      code: 'permission.denied',
      stage: 'blocked',
      check: 'block',
      ...sender,
    });
  });

  it('permission', async () => {
    const { refusalOf, bob } = await start();
    const denied = { code: 'permission.denied', stage: 'permission', ...sender };
    expect(await refusalOf(await bob.sign({ t: 'POST', c: 'x' }))).toEqual({ ...denied, check: 'relation' });
    expect(await refusalOf(await bob.sign({ t: 'CONN:ACC', aud: 'alice.test' }))).toEqual({
      ...denied,
      check: 'request',
    });
  });
});

it('a disk that fails names the stage, and keeps where it was thrown', async () => {
  const { alice, lines, bob } = await start();
  const full = new CloudilloError('store.full', 'full', { stage: 'store' });
  alice.inbox.store.append = () => Promise.reject(full);
  const failed = await alice.send(await bob.sign({ t: 'FLLW', aud: 'alice.test' }));
  expect(failed.statusCode).toBe(503);
  const request = lines.find(({ message }) => message === 'request');
  expect(request?.refusal).toEqual({
    code: 'store.full',
    stage: 'record',
    check: null,
    blame: 'us',
    retryAt: null,
    facts: {},
  });
});

it('parking is told with its reason, and so is the end of it', async () => {
  const { alice, lines } = await start();
  const stranger = alice.peer('dave.test');
  alice.resolver.failures.set('dave.test', new CloudilloError('network.timeout', 'no answer', { stage: 'connect' }));
  const token = await stranger.sign({ t: 'FLLW', aud: 'alice.test' });
  expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
  const because = { code: 'network.timeout', stage: 'key', check: 'key', blame: 'network', facts: { step: 'connect' } };
  expect(lines).toMatchObject([{ message: 'arrival parked', refusal: because }]);
  const [parked] = alice.store.parked();
  if (!parked) throw new Error('nothing is parked');
  await retryParked(alice.inbox, parked);
  expect(lines).toMatchObject([{}, { message: 'arrival parked again', refusal: because }]);
  alice.resolver.failures.set('dave.test', new CloudilloError('token.key-unknown', 'no such key'));
  await retryParked(alice.inbox, parked);
  // Its refusal has the line of every refusal: notes.test.ts.
  expect(lines).toHaveLength(2);
  expect(alice.store.parked()).toEqual([]);
});

it('limits and bans tell when to come again, and nobody gets to the stages', async () => {
  const { alice, lines } = await start({ settings: { rateLimits: true } });
  const mallory = alice.peer('mallory.test');
  alice.peer('bob.test');
  for (const c of ['1', '2', '3']) await alice.send(await mallory.sign({ iss: 'bob.test', t: 'FLLW', c }));
  lines.length = 0;
  await alice.send('x');
  const hour = { retryAt: alice.clock.now + 3_600_000, stage: 'server', blame: 'sender' };
  expect(lines).toMatchObject([{ refusal: { code: 'rate.banned', check: 'ban', ...hour } }]);
  const other = { address: '198.51.100.1' };
  for (let count = 0; count < 101; count += 1) await alice.post('/api/inbox', { token: 'x' }, other);
  const { refusal, status } = lines.at(-1) as Line;
  expect({ status, ...refusal }).toMatchObject({ status: 429, code: 'rate.limited', check: 'rate-limit' });
  expect(refusal.retryAt).toBeGreaterThan(alice.clock.now);
});

it('work that is asked for is a refusal by its check', async () => {
  const { alice, refusalOf } = await start({ settings: { rateLimits: true } });
  const mallory = alice.peer('mallory.test');
  const conn = (c: string) => mallory.sign({ t: 'CONN', aud: 'alice.test', c });
  await alice.send(await mallory.sign({ t: 'CONN', aud: 'carol.test' }));
  const demanded = await refusalOf(await unlucky(() => conn('again')));
  expect(demanded).toMatchObject({ code: 'token.proof-of-work', stage: 'checks', check: 'proof-of-work' });
});
