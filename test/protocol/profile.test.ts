import { describe, expect, test } from 'vitest';
import { findKey } from '../../src/protocol/find-key.ts';
import { exportPublicKey } from '../../src/protocol/keys.ts';
import { parseProfile } from '../../src/protocol/profile.ts';
import { codeOf } from '../support/codes.ts';
import { pair } from './tokens.ts';

const publicKey = exportPublicKey(pair.publicKey, 'wire');
const FILE = 'f1~UwcffHSP7H-GYNJ1vSsMKzLHDhHONv4IIdCE3PVfmu8';
const bare = (changes: Record<string, unknown> = {}) => ({
  idTag: 'alice.test',
  name: 'Alice',
  type: 'person',
  keys: [{ keyId: '250205', publicKey }],
  ...changes,
});
const withExpiry = (expiresAt: unknown) => parseProfile(bare({ keys: [{ keyId: '1', publicKey, expiresAt }] }));

test('the envelope and the bare object are one profile', () => {
  expect(parseProfile({ data: bare(), time: '2026-01-31T12:00:00Z', reqId: 'x' })).toEqual(parseProfile(bare()));
  expect(parseProfile(bare({ data: 'own' }))).toEqual(parseProfile(bare()));
});

test('what we do not know is left out, so that the network can grow', () => {
  const profile = parseProfile(bare({ type: 'robot', color: 'red', profilePic: FILE }));
  expect(profile).toEqual({ ...bare(), profilePic: FILE });
  expect(parseProfile(bare({ type: undefined, name: undefined, profilePic: '' }))).toEqual(bare({ name: '' }));
  expect(parseProfile(bare({ type: null, name: null, profilePic: null }))).toEqual(bare({ name: '' }));
  expect(parseProfile(bare({ profilePic: '../../x' }))).not.toHaveProperty('profilePic');
  expect(parseProfile(bare({ type: 'community' })).type).toBe('community');
});

describe('expiresAt', () => {
  test.each([
    ['2027-01-02T03:04:05Z', '2027-01-02T03:04:05.000Z'],
    ['2027-01-02T03:04:05.678+01:00', '2027-01-02T02:04:05.678Z'],
    ['2027-01-02T03:04:05', '2027-01-02T03:04:05.000Z'],
    ['2027-01-02', '2027-01-02T00:00:00.000Z'],
    [1_798_859_045, '2027-01-02T03:04:05.000Z'],
  ])('%s is %s', (value, iso) => {
    expect(withExpiry(value).keys[0]?.expiresAt).toBe(iso);
  });

  test('verifies in whole unix seconds', () => {
    expect(findKey(withExpiry('2027-01-02T03:04:05.678Z'), '1')?.expiresAt).toBe(1_798_859_045);
    expect(findKey(parseProfile(bare()), '250205')).not.toHaveProperty('expiresAt');
    expect(withExpiry(null).keys[0]).not.toHaveProperty('expiresAt');
  });

  test.each(['', 'soon', '2027-13-45', '01/02/2027', '1798859045', true, {}, 1e300, Number.NaN])(
    '%j is refused: a key must not look endless because we cannot read its end',
    (value) => {
      expect(codeOf(() => withExpiry(value))).toBe('peer.profile');
    },
  );
});

test('says what is too long without repeating it', () => {
  for (const key of [
    { keyId: 'x'.repeat(1_000_000), publicKey: 5 },
    { keyId: 'x', publicKey: 'x'.repeat(1_000_000) },
  ]) {
    expect(() => parseProfile(bare({ keys: [key] }))).toThrow(/^.{1,200}$/);
  }
});

test('a name for each token’s k, and keys of other kinds beside the good one, are taken', () => {
  const keys = [
    { keyId: 'x'.repeat(512), publicKey },
    { keyId: 'rsa', publicKey: 'M'.repeat(736) },
  ];
  expect(parseProfile(bare({ keys })).keys).toEqual(keys);
});

describe('refuses', () => {
  test.each([
    null,
    5,
    'x',
    [],
    {},
    { data: null, time: 'x' },
    bare({ idTag: 'Alice.test' }),
    bare({ idTag: 5 }),
    bare({ name: 5 }),
    bare({ name: 'x'.repeat(1001) }),
    bare({ type: 5 }),
    bare({ keys: undefined }),
    bare({ keys: {} }),
    bare({ keys: [null] }),
    bare({ keys: [{ publicKey }] }),
    bare({ keys: [{ keyId: '', publicKey }] }),
    bare({ keys: [{ keyId: 'x' }] }),
    bare({ keys: [{ keyId: 'x'.repeat(513), publicKey }] }),
    bare({ keys: [{ keyId: 'x', publicKey: 'M'.repeat(1025) }] }),
    bare({ keys: [{ keyId: 'x', publicKey, expiresAt: '2026-11-31' }] }),
    bare({ keys: [{ keyId: 'x', publicKey, expiresAt: '2026-02-30T00:00:00Z' }] }),
    bare({ keys: [{ keyId: 'x', publicKey, expiresAt: `2027-01-01T00:00:00.${'0'.repeat(1_000_000)}x` }] }),
    bare({ keys: Array.from({ length: 257 }, (_, at) => ({ keyId: String(at), publicKey })) }),
  ])('%#', (json) => {
    expect(codeOf(() => parseProfile(json))).toBe('peer.profile');
  });

  test('an error envelope, with the peer’s own words', () => {
    expect(codeOf(() => parseProfile({ error: { code: 'E-CORE-NOTFOUND', message: 'x' } }))).toBe('peer.error');
  });
});

describe('findKey', () => {
  test('gives the key of that ID, or proves that there is none', () => {
    const profile = parseProfile(bare());
    expect(findKey(profile, '250205')?.publicKey.equals(pair.publicKey)).toBe(true);
    expect(findKey(profile, '250206')).toBeNull();
    expect(findKey(profile, 'toString')).toBeNull();
  });

  test('an unusable key is an error, and does not spoil the others', () => {
    const profile = parseProfile(
      bare({
        keys: [
          { keyId: 'bad', publicKey: 'AAAA' },
          { keyId: 'good', publicKey },
        ],
      }),
    );
    expect(codeOf(() => findKey(profile, 'bad'))).toBe('key.malformed');
    expect(findKey(profile, 'good')).not.toBeNull();
  });
});
