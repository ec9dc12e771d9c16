import { describe, expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { createReputation } from '../../../src/server/guard/reputation.ts';
import { liftBans, listBans } from '../../../src/services/home/bans.ts';
import { forgetPeer, retryPeer } from '../../../src/services/home/forget-peer.ts';
import { inboxStatus } from '../../../src/services/home/inbox-status.ts';
import { knownPeer } from '../../../src/services/home/known-peer.ts';
import { readKeyCache } from '../../../src/store/cache/key-cache.ts';
import { emptyNote } from '../../../src/store/model/arrival-note.ts';
import { codeOfAsync } from '../../support/codes.ts';

import { answer, refuse, startLab } from '../../support/lab.ts';
import { type OwnInstance, ownInstance } from '../../support/own-instance.ts';

const FACTS = { pid: 1, url: 'https://127.0.0.1', startedAt: 1 };
const ID = `a1~${'x'.repeat(43)}`;

/** An instance with a server; bob's profile is there, or fails while `broken`. */
async function start() {
  const lab = await startLab();
  const own = await ownInstance(lab);
  own.server.facts = FACTS;
  const bob = { broken: false, asked: 0 };
  const keys = [{ keyId: '260101', publicKey: 'x' }];
  await lab.peer('bob.test', (_request, response) => {
    bob.asked += 1;
    if (bob.broken) refuse(response, 404, 'E-CORE-NOTFOUND');
    else answer(response, { idTag: 'bob.test', name: 'Bob', type: 'person', keys });
  });
  return { own, bob };
}

describe('what is remembered of a peer', () => {
  it('is a failure, with when it was seen and when it is looked at again; its error says so, too', async () => {
    const { own, bob } = await start();
    bob.broken = true;
    await codeOfAsync(own.keyResolver.resolve('bob.test', '260101'));
    own.pass(180_000);
    const { memory } = await knownPeer(own, { peer: 'bob.test' });
    expect(memory?.failure?.error.code).toBe('peer.refused');
    const [seen, again] = [Date.parse(memory?.failure?.seenAt ?? ''), Date.parse(memory?.failure?.againAt ?? '')];
    // The two clocks don't go quite alike.
    expect(Math.round((again - seen) / 60_000)).toBe(60);
    const asked = bob.asked;
    const error = await own.keyResolver.resolve('bob.test', '260101').catch((caught: unknown) => caught);
    if (!(error instanceof CloudilloError)) throw error;
    expect(error.message).toContain('seen 3 min ago');
    expect(error.details).toMatchObject({ remembered: true, seenAt: memory?.failure?.seenAt });
    expect(error.retryAfter).toBeGreaterThan(3_300);
    expect(bob.asked).toBe(asked);
  });

  it('is forgotten by forget, and by retry, and the peer is asked again at once', async () => {
    for (const forget of [forgetPeer, (own: OwnInstance) => retryPeer(own, { peer: 'bob.test' }, own.emit)]) {
      const { own, bob } = await start();
      bob.broken = true;
      await codeOfAsync(own.keyResolver.resolve('bob.test', '260101'));
      bob.broken = false;
      expect(await codeOfAsync(own.keyResolver.resolve('bob.test', '260101'))).toBe('peer.refused');
      await forget(own, { peer: 'bob.test' });
      expect((await knownPeer(own, { peer: 'bob.test' })).memory?.failure).toBeNull();
      expect((await own.profiles.refresh('bob.test')).idTag).toBe('bob.test');
    }
  });

  it('is a key, which is forgotten on disk, too, and stays forgotten', async () => {
    const { own } = await start();
    await own.profiles.refresh('bob.test');
    await own.keyCache.flush();
    const known = await knownPeer(own, { peer: 'bob.test' });
    expect(known.profile).toMatchObject({ name: 'Bob', keys: [{ keyId: '260101', published: true }] });
    expect(await forgetPeer(own, { peer: 'bob.test' })).toEqual({ peer: 'bob.test', failure: false, keys: 1 });
    expect((await knownPeer(own, { peer: 'bob.test' })).profile).toBeNull();
    expect((await readKeyCache(own.home, () => {})).get('bob.test')).toBeNull();
    expect(await forgetPeer(own, { peer: 'bob.test' })).toMatchObject({ keys: 0 });
    await own.profiles.refresh('bob.test');
    await own.keyCache.flush();
    expect((await readKeyCache(own.home, () => {})).get('bob.test')?.name).toBe('Bob');
    expect(await codeOfAsync(forgetPeer(own, { peer: 'alice.test' }))).toBe('usage.self');
  });

  it('without a server is told to be nothing', async () => {
    const { own } = await start();
    own.server.facts = null;
    expect((await knownPeer(own, { peer: 'bob.test' })).memory).toBeNull();
    expect(await forgetPeer(own, { peer: 'bob.test' })).toMatchObject({ failure: null });
    expect(await codeOfAsync(listBans(own))).toBe('home.no-server');
  });

  it('is a circuit, and tokens that wait for its key: both are tried at once', async () => {
    const { own } = await start();
    const times = { attempts: 3, nextAt: own.clock.monotonic() + 3_600_000, at: own.clock.wall() };
    await own.store.append([
      { kind: 'parked', tenant: 'alice.test', actionId: ID, token: 'x', issuer: 'bob.test', ...times },
    ]);
    expect((await knownPeer(own, { peer: 'bob.test' })).parked).toBe(1);
    const retried = await retryPeer(own, { peer: 'bob.test' }, own.emit);
    expect(retried).toMatchObject({ parked: 1, byServer: true, reports: [] });
    expect(own.store.parked()[0]?.nextAt).toBeLessThanOrEqual(own.clock.monotonic());
    expect(own.store.parked()[0]?.attempts).toBe(3);
  });

  it('is the address of its latest tokens, with ban and proof of work', async () => {
    const { own } = await start();
    const reputation = createReputation(own.clock.monotonic);
    own.server.addresses = reputation;
    own.arrivals.note(emptyNote({ at: 1, outcome: 'refused', bytes: 1, issuer: 'bob.test', address: '192.0.2.9' }));
    for (let n = 0; n < 3; n += 1) reputation.badSignature('192.0.2.9');
    reputation.troublesomeConn('192.0.2.9');
    const { memory, lastArrival } = await knownPeer(own, { peer: 'bob.test' });
    expect(memory?.addresses).toMatchObject([
      { address: '192.0.2.9', powLevel: 1, ban: { since: expect.any(String) } },
    ]);
    expect(lastArrival).toMatchObject({ outcome: 'refused' });
    expect(await inboxStatus(own)).toMatchObject({ bans: 1 });
  });
});

describe('bans', () => {
  async function banned(...addresses: string[]) {
    const { own } = await start();
    const reputation = createReputation(own.clock.monotonic);
    own.server.addresses = reputation;
    for (const address of addresses) for (let n = 0; n < 3; n += 1) reputation.badSignature(address);
    const isBanned = (address: string) => reputation.banOf(address) !== null;
    return { own, reputation, isBanned };
  }

  it('are listed once each, and end after their hour', async () => {
    const { own } = await banned('192.0.2.9', '2001:db8::1');
    const { bans } = await listBans(own);
    expect(bans).toMatchObject([
      { address: '2001:db8:0:0::/64', network: '2001:db8:0:0::/64' },
      { address: '192.0.2.9', network: '192.0.2.0/24' },
    ]);
    own.pass(3_600_001);
    expect(await listBans(own)).toEqual({ bans: [] });
  });

  it.each(['192.0.2.9', '192.0.2.77', '192.0.2.0/24'])('are lifted for %s, and its network', async (address) => {
    const { own, isBanned, reputation } = await banned('192.0.2.9', '198.51.100.1');
    expect((await liftBans(own, { address })).bans).toMatchObject([{ address: '192.0.2.9' }]);
    expect(isBanned('192.0.2.9') || isBanned('192.0.2.1')).toBe(false);
    expect(isBanned('198.51.100.1')).toBe(true);
    reputation.assertNotBanned('192.0.2.9');
    expect((await liftBans(own, { address })).bans).toEqual([]);
  });

  it('are all lifted', async () => {
    const { own, isBanned } = await banned('192.0.2.9', '198.51.100.1', '2001:db8::1');
    expect((await liftBans(own, { address: null })).bans).toHaveLength(3);
    expect(['192.0.2.9', '198.51.100.1', '2001:db8::1'].some(isBanned)).toBe(false);
  });
});

it('status counts what was refused in the last hour, flood by flood', async () => {
  const { own } = await start();
  const at = own.clock.wall();
  own.arrivals.note(emptyNote({ at: at - 7_200_000, outcome: 'refused', bytes: 1 }));
  own.arrivals.note(emptyNote({ at, outcome: 'refused', bytes: 1 }));
  own.arrivals.note(emptyNote({ at, outcome: 'accepted', bytes: 1 }));
  for (let n = 0; n < 3; n += 1) own.arrivals.note(emptyNote({ at, outcome: 'refused', bytes: 1, probe: true }));
  for (let n = 0; n < 10; n += 1) own.arrivals.note(emptyNote({ at, outcome: 'rate-limited', address: '192.0.2.9' }));
  expect(await inboxStatus(own)).toEqual({ refused: 1, rateLimited: 10, probes: 3, unrecorded: 0, bans: null });
});
