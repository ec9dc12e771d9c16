import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyResolver } from '../../../src/federation/keys/key-resolver.ts';
import { createMemoryProfileCache } from '../../../src/federation/keys/profile-cache.ts';
import type { FetchedProfile, FetchProfile } from '../../../src/federation/peer/profile-api.ts';
import type { ErrorCode } from '../../../src/protocol/error-table.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { exportPublicKey, generateKeyPair } from '../../../src/protocol/keys.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { clockOf } from '../../support/clock.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, startLab } from '../../support/lab.ts';

const START = Date.UTC(2026, 0, 31, 12, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const wire = () => exportPublicKey(generateKeyPair().publicKey, 'wire');
const OLD = wire();
const NEW = wire();

/** An issuer whose profile, or failure, the test sets; the resolver's clock, and what it asked. */
function issuer(keys: Record<string, string> = { k1: OLD }) {
  const state = {
    now: START,
    keys: keys as Record<string, string>,
    expiresAt: undefined as string | undefined,
    failure: null as Error | null,
    etag: null as string | null,
    asked: [] as (string | undefined)[],
    /** What an answer to a conditional request waits for. */
    conditional: Promise.resolve(),
  };
  const fetchProfile = (async (idTag: string, { etag }: { etag?: string } = {}) => {
    state.asked.push(etag);
    await (etag === undefined ? new Promise((resolve) => setImmediate(resolve)) : state.conditional);
    if (state.failure) throw state.failure;
    if (etag !== undefined && etag === state.etag) return { notModified: true, profile: null, etag };
    const list = Object.entries(state.keys).map(([keyId, publicKey]) => ({
      keyId,
      publicKey,
      ...(state.expiresAt && { expiresAt: state.expiresAt }),
    }));
    return {
      notModified: false,
      profile: { idTag, name: 'Bob', type: 'person', keys: list },
      etag: state.etag,
    } as FetchedProfile;
  }) as FetchProfile;
  const cache = createMemoryProfileCache();
  const resolver = createKeyResolver({ api: { fetchProfile }, cache, clock: clockOf(() => state.now) });
  return { state, resolver, cache };
}

const wireOf = (key: { publicKey: Parameters<typeof exportPublicKey>[0] } | null | undefined) =>
  key ? exportPublicKey(key.publicKey, 'wire') : null;

const error = (code: ErrorCode, details: { retryable?: boolean; retryAfter?: number } = {}) =>
  new CloudilloError(code, code, details);

describe('a key', () => {
  it('comes from the profile first, then from the cache', async () => {
    const { resolver, state } = issuer();
    state.expiresAt = '2027-01-01T00:00:00Z';
    const first = await resolver.resolve('bob.test', 'k1');
    expect(first).toMatchObject({ source: 'profile', key: { keyId: 'k1', expiresAt: Date.UTC(2027, 0, 1) / 1000 } });
    const second = await resolver.resolve('bob.test', 'k1');
    expect(second.source).toBe('cache');
    expect(second.key?.publicKey).toBe(first.key?.publicKey);
    expect(state.asked).toHaveLength(1);
  });

  it('comes from a cache that outlived the process', async () => {
    const { resolver, state, cache } = issuer();
    cache.put({ idTag: 'bob.test', keys: [{ keyId: 'k1', publicKey: OLD }], fetchedAt: START - HOUR });
    expect(await resolver.resolve('bob.test', 'k1')).toMatchObject({ source: 'cache' });
    expect(state.asked).toEqual([]);
  });

  it('is asked for once by all who want it at once', async () => {
    const { resolver, state } = issuer();
    await Promise.all(Array.from({ length: 50 }, () => resolver.resolve('bob.test', 'k1')));
    expect(state.asked).toHaveLength(1);
  });

  it('that is new is seen at once, although the profile was fetched a moment ago', async () => {
    const { resolver, state } = issuer();
    await resolver.resolve('bob.test', 'k1');
    state.keys = { k1: OLD, k2: NEW };
    expect(wireOf((await resolver.resolve('bob.test', 'k2')).key)).toBe(NEW);
  });

  it('that the profile lacks is proven absent, and asked for again after a minute', async () => {
    const { resolver, state } = issuer();
    expect((await resolver.resolve('bob.test', 'k9')).key).toBeNull();
    state.now += MINUTE - 1;
    expect((await resolver.resolve('bob.test', 'k9')).key).toBeNull();
    expect(state.asked).toHaveLength(1);
    state.now += 1;
    state.keys = { k9: NEW };
    expect(wireOf((await resolver.resolve('bob.test', 'k9')).key)).toBe(NEW);
  });

  it.each([
    ['on another curve', exportOf('prime256v1')],
    ['that is none', 'AAAA'],
  ])('%s is an error of the key, not an absence', async (_, publicKey) => {
    const { resolver } = issuer({ k1: publicKey });
    const failure = await failureOf(resolver.resolve('bob.test', 'k1'));
    expect(failure.code).toMatch(/^key\./);
  });
});

describe('refresh', () => {
  it('asks again for a key that was replaced under the same ID', async () => {
    const { resolver, state } = issuer();
    await resolver.resolve('bob.test', 'k1');
    state.now += MINUTE;
    state.keys = { k1: NEW };
    const fresh = await resolver.resolve('bob.test', 'k1', { refresh: true });
    expect(fresh.source).toBe('profile');
    expect(wireOf(fresh.key)).toBe(NEW);
    expect(wireOf((await resolver.resolve('bob.test', 'k1')).key)).toBe(NEW);
  });

  it('asks at most once a minute per issuer and key, the first fetch aside, and says when it may again', async () => {
    const { resolver, state } = issuer();
    await resolver.resolve('bob.test', 'k1');
    expect((await resolver.resolve('bob.test', 'k1', { refresh: true })).source).toBe('profile');
    state.now += MINUTE / 4;
    for (let i = 0; i < 10; i++) {
      const again = await resolver.resolve('bob.test', 'k1', { refresh: true });
      expect(again).toMatchObject({ source: 'cache', refreshAfter: 45 });
    }
    expect(state.asked).toHaveLength(2);
    expect(await resolver.resolve('bob.test', 'k1')).not.toHaveProperty('refreshAfter');
    state.now += MINUTE;
    expect((await resolver.resolve('bob.test', 'k1', { refresh: true })).source).toBe('profile');
    expect(state.asked).toHaveLength(3);
  });

  it('asks unconditionally', async () => {
    const { resolver, state } = issuer();
    state.etag = '"v1"';
    await resolver.resolve('bob.test', 'k1');
    state.now += MINUTE;
    await resolver.resolve('bob.test', 'k1', { refresh: true });
    expect(state.asked).toEqual([undefined, undefined]);
  });

  it('asks by itself while another asks whether the profile has changed, and the other’s answer changes nothing', async () => {
    const { resolver, state, cache } = issuer();
    state.etag = '"v1"';
    await resolver.resolve('bob.test', 'k1');
    state.now += 24 * HOUR;
    let release = () => {};
    state.conditional = new Promise((resolve) => {
      release = resolve;
    });
    const unchanged = resolver.resolve('bob.test', 'k1');
    state.keys = { k1: NEW };
    const fresh = resolver.resolve('bob.test', 'k1', { refresh: true });
    expect(state.asked).toEqual([undefined, '"v1"', undefined]);
    expect(wireOf((await fresh).key)).toBe(NEW);
    release();
    await unchanged;
    expect(cache.get('bob.test')?.keys[0]?.publicKey).toBe(NEW);
  });

  it('that fails throws: the key at hand did not verify', async () => {
    const { resolver, state } = issuer();
    await resolver.resolve('bob.test', 'k1');
    state.now += MINUTE;
    state.failure = error('network.refused', { retryable: true });
    expect((await failureOf(resolver.resolve('bob.test', 'k1', { refresh: true }))).code).toBe('network.refused');
    expect((await resolver.resolve('bob.test', 'k1')).source).toBe('cache');
  });
});

describe('a day-old key', () => {
  it('is asked for again, conditionally, and then good for another day', async () => {
    const { resolver, state } = issuer();
    state.etag = '"v1"';
    await resolver.resolve('bob.test', 'k1');
    state.now += 24 * HOUR;
    await resolver.resolve('bob.test', 'k1');
    expect(state.asked).toEqual([undefined, '"v1"']);
    state.now += 23 * HOUR;
    expect((await resolver.resolve('bob.test', 'k1')).source).toBe('cache');
    expect(state.asked).toHaveLength(2);
  });

  it('that was revoked is gone then', async () => {
    const { resolver, state } = issuer();
    await resolver.resolve('bob.test', 'k1');
    state.now += 24 * HOUR;
    state.keys = { k2: NEW };
    expect((await resolver.resolve('bob.test', 'k1')).key).toBeNull();
  });

  it('still serves while its issuer is away, for a week', async () => {
    const { resolver, state } = issuer();
    await resolver.resolve('bob.test', 'k1');
    state.now += 24 * HOUR;
    state.failure = error('network.timeout', { retryable: true });
    const resolved = await resolver.resolve('bob.test', 'k1');
    expect(resolved.source).toBe('cache');
    expect(wireOf(resolved.key)).toBe(OLD);
    state.now += 6 * 24 * HOUR;
    expect((await failureOf(resolver.resolve('bob.test', 'k1'))).code).toBe('network.timeout');
  });
});

describe('a failure', () => {
  it.each<[ErrorCode, boolean, number]>([
    ['dns.nxdomain', false, 5 * MINUTE],
    ['dns.timeout', true, 5 * MINUTE],
    ['network.refused', true, 5 * MINUTE],
    ['network.address-blocked', false, 5 * MINUTE],
    ['tls.expired', false, 5 * MINUTE],
    ['peer.error', true, 5 * MINUTE],
    ['peer.refused', false, HOUR],
    ['peer.profile', false, HOUR],
    ['peer.mismatch', false, HOUR],
    ['peer.invalid', false, HOUR],
    ['network.redirect', false, HOUR],
  ])('%s (retryable: %s) is remembered for %i ms', async (code, retryable, lifetime) => {
    const { resolver, state } = issuer();
    state.failure = error(code, { retryable });
    expect((await failureOf(resolver.resolve('bob.test', 'k1'))).code).toBe(code);
    state.failure = null;
    state.now += lifetime - 1_000;
    const again = await failureOf(resolver.resolve('bob.test', 'k2'));
    expect(again).toMatchObject({ code, retryable, retryAfter: 1, details: { remembered: true } });
    expect(state.asked).toHaveLength(1);
    state.now += 1_000;
    expect(wireOf((await resolver.resolve('bob.test', 'k1')).key)).toBe(OLD);
  });

  it('with Retry-After is remembered as long, from 5 minutes to an hour', async () => {
    for (const [retryAfter, lifetime] of [
      [1, 5 * MINUTE],
      [600, 10 * MINUTE],
      [86_400, HOUR],
    ] as const) {
      const { resolver, state } = issuer();
      state.failure = error('peer.refused', { retryable: true, retryAfter });
      await failureOf(resolver.resolve('bob.test', 'k1'));
      expect((await failureOf(resolver.resolve('bob.test', 'k1'))).retryAfter).toBe(lifetime / 1000);
    }
  });

  it("of one issuer is not another's", async () => {
    const { resolver, state } = issuer();
    state.failure = error('network.refused', { retryable: true });
    await failureOf(resolver.resolve('bob.test', 'k1'));
    state.failure = null;
    expect((await resolver.resolve('carol.test', 'k1')).source).toBe('profile');
  });

  it('of this program is not remembered', async () => {
    const { resolver, state } = issuer();
    state.failure = new TypeError('a bug');
    await expect(resolver.resolve('bob.test', 'k1')).rejects.toBeInstanceOf(TypeError);
    state.failure = null;
    expect((await resolver.resolve('bob.test', 'k1')).source).toBe('profile');
  });
});

it('ever other key IDs make us ask an issuer a few times, then throw instead of calling them absent', async () => {
  const { resolver, state } = issuer();
  const results = [];
  for (let i = 0; i < 100; i++) {
    results.push(await resolver.resolve('bob.test', `made-up-${i}`).catch((failure: CloudilloError) => failure));
  }
  expect(state.asked).toHaveLength(5);
  expect(results.slice(0, 5)).toEqual(Array(5).fill(expect.objectContaining({ key: null })));
  expect(results[99]).toMatchObject({ code: 'peer.error', retryable: true, retryAfter: 12 });
  state.now += 12_000;
  await resolver.resolve('bob.test', 'made-up-again');
  expect(state.asked).toHaveLength(6);
});

it('works over the wire', async () => {
  const lab = await startLab();
  const bob = await lab.peer('bob.test', (_, response) =>
    answer(response, { idTag: 'bob.test', name: 'Bob', type: 'person', keys: [{ keyId: 'k1', publicKey: OLD }] }),
  );
  const resolver = createKeyResolver({ api: lab.api, clock: systemClock });
  expect(wireOf((await resolver.resolve('bob.test', 'k1')).key)).toBe(OLD);
  expect((await resolver.resolve('bob.test', 'k1')).source).toBe('cache');
  expect(bob.requests).toHaveLength(1);
  expect((await failureOf(resolver.resolve('nobody.test', 'k1'))).code).toBe('dns.nxdomain');
});

function exportOf(namedCurve: string): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve });
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
}
