import { afterEach, describe, expect, it } from 'vitest';
import { createTokenBucket } from '../../../src/federation/limits/token-bucket.ts';
import { addressBlocks } from '../../../src/server/http/client-address.ts';
import { unlucky } from '../../support/altered-tokens.ts';
import { type Instance, type InstanceOptions, refusal, startInstance } from '../../support/instance.ts';

const open: Instance[] = [];
async function start(options: InstanceOptions = {}): Promise<Instance> {
  const instance = await startInstance({ ...options, settings: { rateLimits: true, ...options.settings } });
  open.push(instance);
  return instance;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((instance) => instance.close()));
});

const HOUR = 3_600_000;
const LIMITED = { status: 429, code: 'E-RATE-LIMITED' };
const BANNED = { status: 403, code: 'E-RATE-BANNED' };
const UNAUTH = { status: 401, code: 'E-AUTH-UNAUTH' };
const OK = { status: 201, code: null };

describe('address blocks', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.0/24'],
    ['::ffff:203.0.113.7', '203.0.113.7', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['::1', '0:0:0:0::/64', '0:0:0::/48'],
  ])('%s counts as %s in %s', (address, host, network) => {
    expect(addressBlocks(address)).toEqual({ host, network });
  });
});

describe('token bucket', () => {
  it('lets a burst through, then the rate, and tells how long to wait', () => {
    let now = 0;
    const bucket = createTokenBucket({ points: 1000, seconds: 3600, burst: 100 }, () => now);
    const taken = () => bucket.take('a') === 0;
    expect(Array.from({ length: 100 }, taken).every(Boolean)).toBe(true);
    expect(bucket.take('a')).toBe(4);
    expect(bucket.take('b')).toBe(0);
    now += 3599;
    expect(taken()).toBe(false);
    now += 1;
    expect(taken()).toBe(true);
    expect(taken()).toBe(false);
    now += HOUR;
    expect(Array.from({ length: 100 }, taken).every(Boolean)).toBe(true);
    expect(taken()).toBe(false);
  });

  it('forgets the least recent key rather than grow', () => {
    const bucket = createTokenBucket({ points: 1, seconds: 60, burst: 1 }, () => 0, 2);
    expect(bucket.take('a')).toBe(0);
    expect(bucket.take('a')).toBe(60);
    bucket.take('b');
    bucket.take('c');
    expect(bucket.take('a')).toBe(0);
  });
});

describe('rate limits', () => {
  it('inbox: 100 at once from an address, 429 with Retry-After; another address isn’t held up', async () => {
    const alice = await start();
    const post = (address: string) => alice.post('/api/inbox', { token: 'x' }, { address });
    for (let index = 0; index < 100; index++) expect((await post('203.0.113.7')).statusCode).toBe(400);
    const limited = await post('203.0.113.7');
    expect(refusal(limited)).toEqual(LIMITED);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect((await post('203.0.113.8')).statusCode).toBe(400);
    alice.clock.now += 4000;
    expect((await post('203.0.113.7')).statusCode).toBe(400);
  });

  it('the /24 has a larger bucket of its own', async () => {
    const alice = await start();
    const post = (last: number) => alice.post('/api/inbox', { token: 'x' }, { address: `203.0.113.${last}` });
    for (let index = 0; index < 500; index++) expect((await post(index % 250)).statusCode).toBe(400);
    expect(refusal(await post(251))).toEqual(LIMITED);
    expect((await alice.post('/api/inbox', { token: 'x' }, { address: '198.51.100.1' })).statusCode).toBe(400);
  });

  it('reads: 500 at once', async () => {
    const alice = await start();
    const get = () => alice.get('/api/me', { address: '203.0.113.7' });
    for (let index = 0; index < 500; index++) expect((await get()).statusCode).toBe(200);
    expect(refusal(await get())).toEqual(LIMITED);
    expect((await alice.get('/healthz', { address: '203.0.113.7' })).statusCode).toBe(200);
  });

  it('can be switched off', async () => {
    const alice = await start({ settings: { rateLimits: false } });
    for (let index = 0; index < 120; index++)
      expect((await alice.post('/api/inbox', { token: 'x' })).statusCode).toBe(400);
  });
});

describe('forwarded addresses', () => {
  it('count only when a trusted proxy forwards them', async () => {
    const alice = await start({ trustedProxies: ['10.0.0.1'] });
    const ask = (address: string, client: string) =>
      alice.get('/api/me', { address, headers: { 'x-forwarded-for': client } });
    for (let index = 0; index < 500; index++) await ask('10.0.0.1', '203.0.113.7');
    expect(refusal(await ask('10.0.0.1', '203.0.113.7'))).toEqual(LIMITED);
    expect((await ask('10.0.0.1', '203.0.113.8')).statusCode).toBe(200);
    // Anybody can write the header: from elsewhere it means nothing.
    for (let index = 0; index < 500; index++) await ask('198.51.100.1', `203.0.113.${index % 250}`);
    expect(refusal(await ask('198.51.100.1', '192.0.2.1'))).toEqual(LIMITED);
  });

  it.each([
    ['x-forwarded-for', (port: number) => `7.7.8.8:${port}`],
    ['x-forwarded-for', (port: number) => `[2001:db8::1]:${port}`],
    ['forwarded', (port: number) => `for="7.7.8.8:${port}";proto=https`],
    ['forwarded', (port: number) => `for=_client${port}`],
  ])('a port in %s makes no new client', async (name, node) => {
    const alice = await start({ trustedProxies: ['10.0.0.1'] });
    const ask = (port: number) => alice.get('/api/me', { address: '10.0.0.1', headers: { [name]: node(port) } });
    for (let index = 0; index < 500; index++) await ask(40000 + index);
    expect(refusal(await ask(50000))).toEqual(LIMITED);
  });
});

describe('bans', () => {
  it('the third bad signature bans the address and its /24 for an hour, at inbox and token exchange', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const mallory = alice.peer('mallory.test');
    const bad = async (c: string) =>
      (await mallory.sign({ iss: 'bob.test', t: 'FLLW', aud: 'alice.test', c })) as string;
    const send = async (token: string, address = '203.0.113.7') =>
      alice.post('/api/inbox/sync', { token }, { address });
    for (const c of ['1', '2', '3']) expect(refusal(await send(await bad(c)))).toEqual(UNAUTH);
    const good = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    const banned = await send(good);
    expect(refusal(banned)).toEqual(BANNED);
    expect(banned.json().error.details).toEqual({ remainingSecs: 3600 });
    expect(refusal(await send(good, '203.0.113.200'))).toEqual(BANNED);
    expect(refusal(await alice.get('/api/auth/access-token?token=x', { address: '203.0.113.7' }))).toEqual(BANNED);
    expect(refusal(await send(good, '203.0.114.1'))).toEqual(OK);
    alice.clock.now += HOUR;
    expect(refusal(await send(good))).toEqual(OK);
  });

  it('IPv6 by /64; other refusals don’t count', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const mallory = alice.peer('mallory.test');
    const send = (token: string, address: string) => alice.post('/api/inbox/sync', { token }, { address });
    for (let index = 0; index < 5; index++) await send('rubbish', '2001:db8::1');
    for (const c of ['1', '2', '3']) {
      await send(await mallory.sign({ iss: 'bob.test', t: 'FLLW', aud: 'alice.test', c }), '2001:db8::1');
    }
    const good = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    expect(refusal(await send(good, '2001:db8::ffff'))).toEqual(BANNED);
    expect(refusal(await send(good, '2001:db8:0:1::1'))).toEqual(OK);
  });
});

describe('proof of work', () => {
  it('is demanded after a CONN that failed or came again, one letter more each time, one less an hour', async () => {
    const alice = await start();
    const bob = alice.peer('bob.test');
    const address = '203.0.113.7';
    const send = (token: string) => alice.post('/api/inbox/sync', { token }, { address });
    const first = await bob.sign({ t: 'CONN', aud: 'alice.test' });
    expect(refusal(await send(first))).toEqual(OK);
    // A further CONN isn't a repeat; the same one is.
    expect(refusal(await send(await bob.sign({ t: 'CONN', aud: 'alice.test', c: 'hi' })))).toEqual(OK);
    expect(refusal(await send(first))).toEqual(OK);
    const demanded = await send(await unlucky(() => bob.sign({ t: 'CONN', aud: 'alice.test', c: 'again' })));
    expect(refusal(demanded)).toEqual({ status: 428, code: 'E-POW-REQUIRED' });
    expect(demanded.json().error.message).toMatch(/token must end with 'A' \(1 chars\)$/);
    // Asking for work isn't held against the sender; other types need none.
    expect(refusal(await send(await bob.sign({ t: 'FLLW', aud: 'alice.test' })))).toEqual(OK);
    expect(refusal(await send(await worked((nonce) => bob.sign({ t: 'CONN', aud: 'alice.test', _: nonce }))))).toEqual(
      OK,
    );
    alice.clock.now += HOUR;
    const free = await unlucky(() =>
      bob.sign({ t: 'CONN', aud: 'alice.test', c: 'later', iat: alice.clock.now / 1000 }),
    );
    expect(refusal(await send(free))).toEqual(OK);
  });
});

/** Signs until the token ends in A, as a client does. */
async function worked(sign: (nonce: string) => Promise<string>): Promise<string> {
  for (let nonce = 0; ; nonce++) {
    const token = await sign(String(nonce));
    if (token.endsWith('A')) return token;
  }
}
