import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportPrivateKey, exportPublicKey, generateKeyPair, importPublicKey } from '../../../src/protocol/keys.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { verifySignature } from '../../../src/protocol/verify.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { addKey } from '../../../src/services/keys/add-key.ts';
import { listKeys } from '../../../src/services/keys/list-keys.ts';
import { revokeKey } from '../../../src/services/keys/revoke-key.ts';
import { createSigner } from '../../../src/services/keys/sign.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { startLab } from '../../support/lab.ts';
import { ownInstance } from '../../support/own-instance.ts';

const WEEK = 7 * 86_400_000;

async function setUp(idTags?: string[]) {
  return ownInstance(await startLab(), idTags);
}

const states = async (own: Awaited<ReturnType<typeof setUp>>) =>
  (await listKeys(own, {})).keys.map(({ keyId, state }) => `${keyId.slice(6) || '1'} ${state}`);

describe('addKey', () => {
  it('lets a new key take over and sets the end of the old one', async () => {
    const own = await setUp();
    const result = await addKey(own, { rotate: true, expireOld: WEEK });
    expect(result.added).toMatchObject({ state: 'signing', expiresAt: null });
    expect(Date.parse(result.expiring[0]?.expiresAt ?? '')).toBeGreaterThan(own.clock.wall() + WEEK - 60_000);
    expect(await states(own)).toEqual(['1 published', 'b signing']);
    own.pass(WEEK + 1);
    expect(await states(own)).toEqual(['1 expired', 'b signing']);
  });

  it('never prolongs what ends sooner, and leaves revoked keys alone', async () => {
    const own = await setUp();
    await addKey(own, { rotate: true, expireOld: 1000 });
    const { keys: before } = await listKeys(own, {});
    await addKey(own, { rotate: true, expireOld: WEEK });
    const { keys: after } = await listKeys(own, {});
    expect(after[0]?.expiresAt).toBe(before[0]?.expiresAt);
  });

  it('does nothing without --rotate while there is a key that signs', async () => {
    const own = await setUp();
    expect(await codeOfAsync(addKey(own, {}))).toBe('key.exists');
    expect(await states(own)).toEqual(['1 signing']);
    const { keys } = await listKeys(own, {});
    await revokeKey(own, { keyId: keys[0]?.keyId ?? '', force: true });
    await addKey(own, {});
    expect(await states(own)).toEqual(['1 revoked', 'b signing']);
  });

  it('takes a key made elsewhere, under the ID that it is known by', async () => {
    const own = await setUp();
    const { privateKey, publicKey } = generateKeyPair();
    const importPem = exportPrivateKey(privateKey, 'old secret');
    const input = {
      rotate: true,
      importPem,
      importPassphrase: 'old secret',
      passphrase: 'new secret',
      keyId: '240101',
    };
    const { added } = await addKey(own, input);
    expect(added).toMatchObject({ keyId: '240101', state: 'signing', encrypted: true });
    expect(added.publicKey).toBe(exportPublicKey(publicKey, 'wire'));
    const signer = createSigner({ ...own, passphrase: async () => 'new secret' });
    const token = decodeToken(await signer.sign('alice.test', { t: 'FLLW', aud: 'bob.test' }));
    expect(token.claims['k']).toBe('240101');
    expect(await verifySignature(token, publicKey)).toBe(true);
  });

  it.each([
    ['no key', { importPem: 'hello' }, 'key.malformed'],
    [
      'an encrypted key without passphrase',
      { importPem: exportPrivateKey(generateKeyPair().privateKey, 'x') },
      'key.passphrase',
    ],
    ['an ID that could be a path', { keyId: '../260101' }, 'usage.key-id'],
    ['an empty ID', { keyId: '' }, 'usage.key-id'],
    ['another identity', { as: 'bob.test' }, 'home.identity-missing'],
  ])('refuses %s and changes nothing', async (_what, input, code) => {
    const own = await setUp();
    expect(await codeOfAsync(addKey(own, { rotate: true, ...input }))).toBe(code);
    expect(await states(own)).toEqual(['1 signing']);
  });

  it('passes over an ID that a key file has, which is left alone', async () => {
    const own = await setUp();
    const first = (await listKeys(own, {})).keys[0]?.keyId ?? '';
    const path = own.identities.privateKeyPath('alice.test', `${first}b`);
    writeFileSync(path, 'somebody’s', { mode: 0o600 });
    expect((await addKey(own, { rotate: true })).added.keyId).toBe(`${first}c`);
    expect(readFileSync(path, 'utf8')).toBe('somebody’s');
  });

  it('never overwrites: neither an ID that is taken, nor the same key twice', async () => {
    const own = await setUp();
    const { keys } = await listKeys(own, {});
    const keyId = keys[0]?.keyId ?? '';
    const path = own.identities.privateKeyPath('alice.test', keyId);
    const before = readFileSync(path, 'utf8');
    expect(await codeOfAsync(addKey(own, { rotate: true, keyId }))).toBe('key.exists');
    expect(await codeOfAsync(addKey(own, { rotate: true, importPem: before }))).toBe('key.exists');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('gives each of several at once an ID of its own', async () => {
    const own = await setUp();
    await Promise.all(Array.from({ length: 5 }, () => addKey(own, { rotate: true })));
    const { keys } = await listKeys(own, {});
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(6);
    expect(keys.filter(({ state }) => state === 'signing')).toHaveLength(1);
  });

  it('writes key files that only their owner reads', async () => {
    const own = await setUp();
    const { added } = await addKey(own, { rotate: true });
    expect(statSync(own.identities.privateKeyPath('alice.test', added.keyId)).mode & 0o777).toBe(0o600);
  });
});

describe('revokeKey', () => {
  it('takes the key off the profile at once and counts what it signed', async () => {
    const own = await setUp();
    const token = await own.signer.sign('alice.test', { t: 'POST', c: 'hello' });
    const action = {
      kind: 'action',
      tenant: 'alice.test',
      token,
      direction: 'out',
      receivedAt: 1,
      status: 'A',
    } as const;
    await own.store.append([{ ...action, actionId: decodeToken(token).actionId }]);
    const { added } = await addKey(own, { rotate: true });
    const { keys } = await listKeys(own, {});
    const result = await revokeKey(own, { keyId: keys[0]?.keyId ?? '' });
    expect(result).toMatchObject({ already: false, signedActions: 1, revoked: { state: 'revoked' } });
    expect(result.signing?.keyId).toBe(added.keyId);
    const lab = await own.serve('alice.test');
    expect((await own.api.fetchProfile('alice.test')).profile.keys.map(({ keyId }) => keyId)).toEqual([added.keyId]);
    await lab.close();
    expect(await revokeKey(own, { keyId: keys[0]?.keyId ?? '' })).toMatchObject({ already: true });
  });

  it('keeps the last key that signs, unless forced', async () => {
    const own = await setUp();
    const { keys } = await listKeys(own, {});
    const keyId = keys[0]?.keyId ?? '';
    expect(await codeOfAsync(revokeKey(own, { keyId }))).toBe('key.last');
    expect(await states(own)).toEqual(['1 signing']);
    expect(await revokeKey(own, { keyId, force: true })).toMatchObject({ signing: null });
    expect(await codeOfAsync(own.signer.sign('alice.test', { t: 'FLLW', aud: 'bob.test' }))).toBe('key.none');
  });

  it('leaves a key that signs when all are revoked at once', async () => {
    const own = await setUp();
    await addKey(own, { rotate: true, expireOld: WEEK });
    const { keys } = await listKeys(own, {});
    const results = await Promise.allSettled(keys.map(({ keyId }) => revokeKey(own, { keyId })));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await listKeys(own, {})).keys.filter(({ state }) => state === 'signing')).toHaveLength(1);
  });

  it('names the keys that there are', async () => {
    const own = await setUp();
    expect(await codeOfAsync(revokeKey(own, { keyId: '000101' }))).toBe('key.missing');
  });
});

describe('the signer', () => {
  it('signs with the newest key that is neither expired nor revoked', async () => {
    const own = await setUp();
    const keyOf = async () =>
      decodeToken(await own.signer.sign('alice.test', { t: 'FLLW', aud: 'bob.test' })).claims['k'];
    const first = await keyOf();
    const { added } = await addKey(own, { rotate: true, expireOld: WEEK });
    expect(await keyOf()).toBe(added.keyId);
    await revokeKey(own, { keyId: added.keyId });
    expect(await keyOf()).toBe(first);
    own.pass(WEEK + 1);
    expect(await codeOfAsync(keyOf())).toBe('key.none');
  });

  it('says what is wrong with the key file', async () => {
    const own = await setUp(['alice.test', 'bob.test']);
    const sign = () => createSigner(own).sign('alice.test', { t: 'FLLW', aud: 'carol.test' });
    const { keys } = await listKeys(own, { as: 'alice.test' });
    const path = own.identities.privateKeyPath('alice.test', keys[0]?.keyId ?? '');
    const mine = readFileSync(path, 'utf8');
    chmodSync(path, 0o644);
    expect(await codeOfAsync(sign())).toBe('key.mode');
    chmodSync(path, 0o600);
    writeFileSync(path, 'garbage');
    expect(await codeOfAsync(sign())).toBe('key.malformed');
    // Another identity's key: what it signed, nobody could verify.
    const other = (await listKeys(own, { as: 'bob.test' })).keys[0]?.keyId ?? '';
    writeFileSync(path, readFileSync(own.identities.privateKeyPath('bob.test', other), 'utf8'));
    expect(await codeOfAsync(sign())).toBe('key.mismatch');
    rmSync(path);
    expect(await codeOfAsync(sign())).toBe('key.missing');
    writeFileSync(path, mine, { mode: 0o600 });
    expect(importPublicKey(keys[0]?.publicKey ?? '')).toBeDefined();
    await expect(sign()).resolves.toContain('.');
    expect(await codeOfAsync(createSigner(own).sign('dave.test', { t: 'FLLW' }))).toBe('home.identity-missing');
  });

  it('asks for the passphrase, and tells a missing from a wrong one by its hint only', async () => {
    const own = await setUp();
    await initInstance(own, { idTag: 'locked.test', passphrase: 'open sesame' });
    const sign = (passphrase?: string) =>
      createSigner({ ...own, passphrase: async () => passphrase }).sign('locked.test', { t: 'FLLW', aud: 'bob.test' });
    expect(await codeOfAsync(sign())).toBe('key.passphrase');
    expect(await codeOfAsync(sign('wrong'))).toBe('key.passphrase');
    await expect(sign('open sesame')).resolves.toContain('.');
  });
});
