import { describe, expect, it } from 'vitest';
import {
  actionId,
  apiHost,
  CHECK_IDS,
  CloudilloError,
  decodeToken,
  generateKey,
  keyFingerprint,
  parseProfile,
  signToken,
  verifyToken,
} from '../../src/library/protocol.ts';
import { failureOf } from '../support/failure.ts';
import { now } from '../support/lab-identity.ts';

const CLAIMS = { iss: 'alice.test', k: '260101', t: 'FLLW', aud: 'bob.test', iat: now() };

describe('cloudillo/protocol', () => {
  it('signs with a key in PEM, and verifies with the key of a profile', async () => {
    const { privateKey, publicKey } = generateKey();
    const token = await signToken(CLAIMS, privateKey);
    const profile = parseProfile({ idTag: 'alice.test', name: 'Alice', keys: [{ keyId: '260101', publicKey }] });
    const result = await verifyToken(token, { key: profile.keys[0]!, now: now(), recipient: 'bob.test' });
    expect(result.checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(result.checks.map(({ id }) => id)).toEqual(CHECK_IDS);
    expect(result).toMatchObject({ valid: true, token: { claims: CLAIMS, actionId: actionId(token) } });
    expect(result.token).toEqual(decodeToken(token));
  });

  it('tells which check fails', async () => {
    const { privateKey } = generateKey();
    const token = await signToken(CLAIMS, privateKey);
    const failed = async (options: Parameters<typeof verifyToken>[1]) => {
      const { valid, checks } = await verifyToken(token, options);
      expect(valid).toBe(false);
      return checks.filter(({ status }) => status === 'fail').map(({ id }) => id);
    };
    const key = { keyId: '260101', publicKey: generateKey().publicKey };
    expect(await failed({ key, now: now() })).toEqual(['signature']);
    expect(await failed({ key: null, now: now() })).toEqual(['key']);
    expect(await failed({ key: { ...key, keyId: '1' }, now: now() })).toContain('key');
    expect(await failed({ key, now: now() - 3600, recipient: 'carol.test' })).toEqual([
      'signature',
      'issued-at',
      'recipient',
    ]);
    expect(await verifyToken('x', { key, now: now() })).toMatchObject({ valid: false, token: null });
  });

  it('ends a key when its profile says so', async () => {
    const { privateKey, publicKey } = generateKey();
    const token = await signToken(CLAIMS, privateKey);
    const key = { keyId: '260101', publicKey, expiresAt: new Date((CLAIMS.iat - 60) * 1000).toISOString() };
    const { checks } = await verifyToken(token, { key, now: now() });
    expect(checks.filter(({ status }) => status === 'fail')).toMatchObject([{ id: 'key-expiry' }]);
  });

  it('signs with an encrypted key, and not without its passphrase', async () => {
    const { privateKey, publicKey } = generateKey('secret');
    expect(privateKey).toContain('ENCRYPTED');
    const token = await signToken(CLAIMS, privateKey, 'secret');
    expect(await verifyToken(token, { key: { keyId: '260101', publicKey }, now: now() })).toMatchObject({
      valid: true,
    });
    const failure = await failureOf(signToken(CLAIMS, privateKey));
    expect(failure).toBeInstanceOf(CloudilloError);
    expect(failure).toMatchObject({ code: 'key.passphrase' });
  });

  it('knows fingerprints and hosts', () => {
    expect(keyFingerprint(generateKey().publicKey)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(apiHost('münchen.test')).toBe('cl-o.xn--mnchen-3ya.test');
  });
});
