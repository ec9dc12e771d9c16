import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Gate } from '../../src/federation/limits/concurrency-gate.ts';
import { actionId } from '../../src/protocol/content-id.ts';
import { CloudilloError } from '../../src/protocol/errors.ts';
import { retryParked, runParkedWorker } from '../../src/services/inbox/parked-worker.ts';
import type { Parked } from '../../src/store/model/rows.ts';
import { type Instance, type Peer, startInstance } from '../support/instance.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const away = () => new CloudilloError('network.timeout', 'no answer', { retryable: true });

let alice: Instance;
let bob: Peer;
beforeEach(async () => {
  alice = await startInstance();
  bob = alice.peer('bob.test');
});
afterEach(() => alice.close());

async function park(claims: Parameters<Peer['sign']>[0], related?: string[]): Promise<string> {
  alice.resolver.failures.set('bob.test', away());
  const token = await bob.sign(claims);
  const answer = await alice.post('/api/inbox', { token, ...(related && { related }) });
  expect(answer.statusCode).toBe(202);
  return token;
}
const only = () => alice.store.parked()[0] as Parked;
const row = (token: string) => alice.store.row('alice.test', actionId(token));

describe('a retry', () => {
  it('stores the action when the issuer answers again, with its effects', async () => {
    const token = await park({ t: 'FLLW', aud: 'alice.test' });
    alice.resolver.failures.clear();
    await retryParked(alice.inbox, only());
    expect(row(token)?.status).toBe('A');
    expect(alice.store.relation('alice.test', 'bob.test').follower).toBe(true);
    expect(alice.store.parked()).toEqual([]);
  });

  it('brings along what came along', async () => {
    const relation = { following: true, follower: false, connected: false, at: alice.clock.now };
    await alice.store.append([{ kind: 'relation', tenant: 'alice.test', peer: 'bob.test', ...relation }]);
    const post = await alice.peer('carol.test').sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'hi', v: 'P' });
    await park({ t: 'APRV', sub: actionId(post) }, [post]);
    alice.resolver.failures.clear();
    await retryParked(alice.inbox, only());
    expect(row(post)?.status).toBe('A');
  });

  it('waits longer each time: 60 s, then doubling, and gives up after three days', async () => {
    await park({ t: 'FLLW', aud: 'alice.test' });
    const pauses: number[] = [];
    for (;;) {
      const parked = alice.store.parked()[0];
      if (!parked) break;
      pauses.push(parked.nextAt - alice.clock.now);
      alice.clock.now = parked.nextAt;
      await retryParked(alice.inbox, parked);
    }
    expect(pauses.slice(0, 4)).toEqual([MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]);
    expect(Math.max(...pauses)).toBe(360 * MINUTE);
    const total = pauses.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeLessThanOrEqual(3 * DAY);
    expect(total).toBeGreaterThan(2.5 * DAY);
  });

  it('drops what turns out to be forged, expired or not allowed', async () => {
    const mallory = alice.peer('mallory.test');
    alice.resolver.failures.set('bob.test', away());
    const forged = await mallory.sign({ iss: 'bob.test', t: 'FLLW', aud: 'alice.test' });
    await alice.post('/api/inbox', { token: forged });
    const post = await park({ t: 'POST:TEXT', c: 'from a stranger' });
    alice.resolver.failures.clear();
    for (const parked of alice.store.parked()) await retryParked(alice.inbox, parked);
    expect(alice.store.parked()).toEqual([]);
    expect([row(forged), row(post)]).toEqual([null, null]);
  });

  it('leaves alone what came in by itself meanwhile', async () => {
    const token = await park({ t: 'FLLW', aud: 'alice.test' });
    alice.resolver.failures.clear();
    await alice.send(token);
    await retryParked(alice.inbox, only());
    expect(alice.store.parked()).toEqual([]);
  });
});

it('the worker retries what is due, wakes for what is parked, and ends when told', async () => {
  const stop = new AbortController();
  const first = await park({ t: 'FLLW', aud: 'alice.test' });
  alice.resolver.failures.clear();
  alice.clock.now += MINUTE;
  const worker = runParkedWorker(alice.inbox, stop.signal);
  await expect.poll(() => row(first)).not.toBeNull();
  const second = await park({ t: 'FLLW', aud: 'alice.test', c: 'later' });
  // Parked for a minute: the worker has looked and gone back to sleep.
  expect(row(second)).toBeNull();
  stop.abort();
  await worker;
  expect(only().actionId).toBe(actionId(second));
});

it('what is parked survives a restart', async () => {
  const token = await park({ t: 'FLLW', aud: 'alice.test' });
  const { openFileStore } = await import('../../src/store/engine/store.ts');
  await alice.store.close();
  const store = await openFileStore(alice.home);
  expect(await store.parkedTokens('alice.test', actionId(token))).toEqual({ token, related: [] });
  await store.close();
});

describe('a busy server', () => {
  it('parks what it can not verify now, and tells only whoever wants the verdict', async () => {
    const busy: Gate = {
      run: () => Promise.reject(new CloudilloError('rate.busy', 'busy', { retryAfter: 5 })),
    };
    const { verification } = alice.inbox;
    alice.inbox.verification = busy;
    const token = await bob.sign({ t: 'FLLW', aud: 'alice.test' });
    expect((await alice.post('/api/inbox/sync', { token })).statusCode).toBe(503);
    expect(alice.store.parked()).toEqual([]);
    expect((await alice.post('/api/inbox', { token })).statusCode).toBe(202);
    expect(only().actionId).toBe(actionId(token));
    alice.inbox.verification = verification;
    await retryParked(alice.inbox, only());
    expect(row(token)?.status).toBe('A');
  });
});
