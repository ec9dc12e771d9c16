import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { retryParked } from '../../../src/services/inbox/parked-worker.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

const away = () => new CloudilloError('network.timeout', 'no answer', { retryable: true });

let alice: Instance;
beforeEach(async () => {
  alice = await startInstance();
  const started = alice;
  onTestFinished(() => started.close());
});

/** How many of these tokens of an issuer are parked. */
async function park(issuer: string, count: number, address: string): Promise<number> {
  const peer = alice.peer(issuer);
  alice.resolver.failures.set(issuer, away());
  let parked = 0;
  for (let index = 0; index < count; index += 1) {
    const token = await peer.sign({ t: 'FLLW', aud: 'alice.test', c: `${index}` });
    const { statusCode } = await alice.post('/api/inbox', { token }, { address });
    expect([202, 503]).toContain(statusCode);
    if (statusCode === 202) parked += 1;
  }
  return parked;
}

describe('a stranger', () => {
  it('gets 40 places for all names below one domain, from wherever they come', async () => {
    const got: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      got.push(await park(`n${index}.mallory.test`, 15, `192.0.${index}.1`));
    }
    expect(got).toEqual([15, 15, 10, 0]);
  });

  it('gets 100 places for all names that one network sends', async () => {
    const got: number[] = [];
    for (let index = 0; index < 6; index += 1) got.push(await park(`n${index}.test`, 20, `192.0.2.${index}`));
    expect(got).toEqual([20, 20, 20, 20, 20, 0]);
    expect(await park('elsewhere.test', 2, '198.51.100.1')).toBe(2);
  });

  it('gets places for 64 MiB', async () => {
    const { tenant, actionId, issuer } = { tenant: 'alice.test', actionId: 'a1~big', issuer: 'big.test' };
    const token = 'x'.repeat(64 * 1024 * 1024 - 100);
    const at = alice.clock.now;
    await alice.store.append([{ kind: 'parked', tenant, actionId, token, issuer, attempts: 1, nextAt: at, at }]);
    expect(await park('bob.test', 1, '192.0.2.1')).toBe(0);
    await alice.store.append([{ kind: 'unparked', tenant, actionId, outcome: 'expired', at }]);
    expect(await park('bob.test', 1, '192.0.2.1')).toBe(1);
  });
});

it('a peer that is followed finds a place whatever its domain and network hold', async () => {
  const flags = { following: true, follower: false, connected: false, at: alice.clock.now };
  await alice.store.append([{ kind: 'relation', tenant: 'alice.test', peer: 'bob.mallory.test', ...flags }]);
  for (const name of ['a', 'b']) await park(`${name}.mallory.test`, 20, '192.0.2.1');
  expect(await park('c.mallory.test', 1, '192.0.2.1')).toBe(0);
  expect(await park('bob.mallory.test', 1, '192.0.2.1')).toBe(1);
});

it('a retry writes no token: its bytes are in the journal once', async () => {
  await park('bob.test', 1, '192.0.2.1');
  const [parked] = alice.store.parked();
  const tokens = await alice.store.parkedTokens('alice.test', parked?.actionId ?? '');
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const [now] = alice.store.parked();
    if (now) await retryParked(alice.inbox, now);
  }
  expect(alice.store.parked()).toMatchObject([{ attempts: 6, firstAt: parked?.firstAt }]);
  expect(alice.journal().split(tokens?.token ?? '-')).toHaveLength(2);
  expect(await alice.store.parkedTokens('alice.test', parked?.actionId ?? '')).toEqual(tokens);
  expect((await alice.store.check()).findings).toEqual([]);
});
