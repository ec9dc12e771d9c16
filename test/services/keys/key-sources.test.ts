import { describe, expect, it, vi } from 'vitest';
import type { ErrorCode } from '../../../src/protocol/error-table.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { exportPublicKey, fingerprint, generateKeyPair } from '../../../src/protocol/keys.ts';
import { keysFromCache, keysFromIdentities } from '../../../src/services/keys/home-keys.ts';
import {
  firstOf,
  foundKey,
  type KeyAnswer,
  type KeySource,
  keysFromFile,
  remembered,
} from '../../../src/services/keys/key-sources.ts';
import { keysFromProfiles } from '../../../src/services/keys/profile-keys.ts';
import type { Identity } from '../../../src/store/identities/identity-document.ts';
import { codeOf } from '../../support/codes.ts';

const { publicKey } = generateKeyPair();
const wire = exportPublicKey(publicKey, 'wire');
const found = foundKey({ keyId: '1', publicKey }, 'file', 'here');
const says =
  (answer: KeyAnswer): KeySource =>
  async () =>
    answer;
const no = (code: ErrorCode, definite?: true): KeyAnswer => ({
  key: null,
  code,
  reason: code,
  ...(definite && { definite }),
});

describe('firstOf', () => {
  it.each<[string, KeyAnswer[], string]>([
    ['the first that has it', [no('dns.servfail'), found], 'here'],
    ['the last "no"', [no('tls.name'), no('network.reset')], 'network.reset'],
    ['a definite "no" before any other', [no('token.key-unknown', true), no('network.reset')], 'token.key-unknown'],
    ['nobody asked', [], 'token.key-unknown'],
  ])('answers with %s', async (_what, answers, expected) => {
    const answer = await firstOf(...answers.map(says))('alice.test', '1');
    expect(answer.key ? answer.location : answer.code).toBe(expected);
  });

  it('asks nobody after the first that has it', async () => {
    const second = vi.fn(says(found));
    await firstOf(says(found), second)('alice.test', '1');
    expect(second).not.toHaveBeenCalled();
  });
});

describe('remembered', () => {
  it('asks once for each issuer and key, also while the answer is on its way', async () => {
    const source = vi.fn(says(found));
    const keys = remembered(source);
    await Promise.all([keys('a.test', '1'), keys('a.test', '1'), keys('a.test', '2'), keys('b.test', '1')]);
    await keys('a.test', '1');
    expect(source.mock.calls).toEqual([
      ['a.test', '1'],
      ['a.test', '2'],
      ['b.test', '1'],
    ]);
  });

  it('stays bounded when every token names another issuer', async () => {
    const source = vi.fn(says(found));
    const keys = remembered(source);
    await keys('first.test', '1');
    for (let n = 0; n < 5000; n++) await keys(`i${n}.test`, '1');
    await keys('first.test', '1');
    expect(source).toHaveBeenCalledTimes(5002);
  });
});

describe('keysFromFile', () => {
  it('binds a profile to its idTag and key IDs, and a bare key to nothing', async () => {
    const profile = keysFromFile(
      JSON.stringify({ idTag: 'alice.test', keys: [{ keyId: '1', publicKey: wire }] }),
      'p.json',
    );
    expect(await profile('alice.test', '1')).toMatchObject({
      source: 'file',
      location: 'p.json',
      fingerprint: fingerprint(publicKey),
    });
    expect(await profile('alice.test', '2')).toMatchObject({ key: null, code: 'token.key-unknown', definite: true });
    expect(await profile('bob.test', '1')).toMatchObject({ key: null, code: 'token.key-unknown' });
    expect(await keysFromFile(wire, 'k')('anybody.test', 'any')).toMatchObject({ key: { keyId: 'any' } });
  });

  it('answers for a broken key of a profile, and throws for a broken file', async () => {
    const broken = keysFromFile(JSON.stringify({ idTag: 'alice.test', keys: [{ keyId: '1', publicKey: 'x' }] }), 'p');
    expect(await broken('alice.test', '1')).toMatchObject({ key: null, code: 'token.key-curve' });
    expect(codeOf(() => keysFromFile('{"a":1}', 'p'))).toBe('key.malformed');
    expect(codeOf(() => keysFromFile('{"kty":"RSA"}', 'p'))).toBe('key.curve');
    expect(codeOf(() => keysFromFile('{broken', 'p'))).toBe('key.malformed');
  });
});

describe('keysFromIdentities', () => {
  const identity: Identity = {
    idTag: 'alice.test',
    name: 'Alice',
    type: 'person',
    createdAt: '2026-01-01T00:00:00Z',
    keys: [
      { keyId: '1', publicKey: wire, createdAt: '2026-01-01T00:00:00Z', expiresAt: '2027-01-01T00:00:00Z' },
      { keyId: '2', publicKey: wire, createdAt: '2026-01-01T00:00:00Z', revokedAt: '2026-01-02T00:00:00Z' },
    ],
  };
  const keys = keysFromIdentities({ read: async (idTag) => (idTag === 'alice.test' ? identity : null) });

  it('knows what this home hosts, and no revoked key', async () => {
    expect(await keys('alice.test', '1')).toMatchObject({ source: 'home', key: { expiresAt: 1_798_761_600 } });
    expect(await keys('alice.test', '2')).toMatchObject({ key: null, code: 'token.key-unknown', definite: true });
    expect(await keys('alice.test', '3')).toMatchObject({ key: null, code: 'token.key-unknown', definite: true });
    expect(await keys('bob.test', '1')).toMatchObject({ key: null, code: 'network.offline' });
  });
});

describe('keysFromCache', () => {
  it('proves nothing by what it lacks', async () => {
    const profile = { idTag: 'alice.test', keys: [{ keyId: '1', publicKey: wire }], fetchedAt: 0 };
    const keys = keysFromCache({ get: (idTag) => (idTag === 'alice.test' ? profile : null) });
    expect(await keys('alice.test', '1')).toMatchObject({ source: 'cache' });
    expect(await keys('alice.test', '2')).toMatchObject({ key: null, code: 'network.offline' });
    expect(await keys('bob.test', '1')).toMatchObject({ key: null, code: 'network.offline' });
  });
});

describe('keysFromProfiles', () => {
  it('fetches a profile once, whatever comes of it', async () => {
    const fetchProfile = vi.fn(async (idTag: string) => {
      if (idTag === 'lost.test') throw new CloudilloError('dns.nxdomain', 'no such name');
      return { profile: { idTag, name: '', type: 'person', keys: [{ keyId: '1', publicKey: wire }] } };
    });
    const keys = keysFromProfiles({ fetchProfile: fetchProfile as never });
    expect(await keys('alice.test', '1')).toMatchObject({
      source: 'profile',
      location: 'https://cl-o.alice.test/api/me',
    });
    expect(await keys('alice.test', '2')).toMatchObject({ code: 'token.key-unknown' });
    expect(await keys('lost.test', '1')).toMatchObject({ code: 'dns.nxdomain' });
    expect(await keys('lost.test', '2')).toMatchObject({ code: 'dns.nxdomain' });
    expect(fetchProfile).toHaveBeenCalledTimes(2);
  });
});
