import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settleIdentities } from '../../../src/store/identities/after-crash.ts';
import { createIdentities, type Identities } from '../../../src/store/identities/identities.ts';
import { type Identity, parseIdentity } from '../../../src/store/identities/identity-document.ts';
import { codeOf, temporaryHome } from '../../support/store-fixtures.ts';

const ALICE: Identity = {
  idTag: 'alice.example',
  name: 'Alice',
  type: 'person',
  createdAt: '2026-01-01T00:00:00.000Z',
  keys: [{ keyId: '260101', publicKey: 'MHYw', createdAt: '2026-01-01T00:00:00.000Z' }],
};
const PEM = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';

const naming = (keyId: string) => (draft: Identity) => {
  draft.keys.push({ keyId, publicKey: 'MHYw', createdAt: '2026-01-02T00:00:00.000Z' });
};

async function fresh(): Promise<{ root: string; identities: Identities }> {
  const root = await temporaryHome();
  return { root, identities: createIdentities(root) };
}

describe('identities', () => {
  it('are made whole, with the key, for their owner alone', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE, PEM);
    expect(await identities.read('alice.example')).toEqual(ALICE);
    expect(await identities.readPrivateKeyPem('alice.example', '260101')).toBe(PEM);
    const folder = join(root, 'identities', 'alice.example');
    expect((await stat(join(folder, 'keys', '260101.pem'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('lie under their A-label and are listed by idTag', async () => {
    const { root, identities } = await fresh();
    await identities.create({ ...ALICE, idTag: 'münchen.example' });
    await identities.create(ALICE);
    expect((await readdir(join(root, 'identities'))).sort()).toEqual(['alice.example', 'xn--mnchen-3ya.example']);
    expect((await identities.list()).map(({ idTag }) => idTag)).toEqual(['alice.example', 'münchen.example']);
    expect(await identities.read('münchen.example')).toMatchObject({ idTag: 'münchen.example' });
  });

  it('that aren’t there are null, and can’t be changed', async () => {
    const { identities } = await fresh();
    expect(await identities.read('nobody.example')).toBeNull();
    expect(await identities.list()).toEqual([]);
    expect(await codeOf(identities.update('nobody.example', () => undefined))).toBe('home.identity-missing');
    expect(await codeOf(identities.addKey('nobody.example', '1', PEM, () => {}))).toBe('home.identity-missing');
    expect(await codeOf(identities.accessSecret('nobody.example'))).toBe('home.identity-missing');
  });

  it('are made once by many at once, and never replaced', async () => {
    const { root, identities } = await fresh();
    const others = Array.from({ length: 10 }, (_, n) => createIdentities(root).create({ ...ALICE, name: `${n}` }, PEM));
    const codes = await Promise.all(others.map(codeOf));
    expect(codes.filter((code) => code === 'nothing was thrown')).toHaveLength(1);
    expect(codes.filter((code) => code === 'home.identity-exists')).toHaveLength(9);
    expect(await readdir(join(root, 'identities'))).toEqual(['alice.example']);
    expect(await codeOf(identities.create(ALICE))).toBe('home.identity-exists');
  });

  it('change durably, and a second reader sees it', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE);
    const other = createIdentities(root);
    await other.read('alice.example');
    await identities.update('alice.example', (draft) => {
      draft.name = 'Alice A.';
    });
    await other.update('alice.example', (draft) => ({ ...draft, type: 'community' }));
    expect(await identities.read('alice.example')).toMatchObject({ name: 'Alice A.', type: 'community' });
  });

  it('are handed out as copies', async () => {
    const { identities } = await fresh();
    await identities.create(ALICE);
    const one = (await identities.read('alice.example')) as Identity;
    one.keys.length = 0;
    expect((await identities.read('alice.example'))?.keys).toHaveLength(1);
  });

  it('with a malformed file are an error that names it, until it’s mended', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE);
    const path = join(root, 'identities', 'alice.example', 'identity.json');
    const good = await readFile(path, 'utf8');
    await writeFile(path, good.replace('"name"', '"nmae"'));
    await expect(identities.read('alice.example')).rejects.toMatchObject({ code: 'store.document', details: { path } });
    expect(await codeOf(createIdentities(root).list())).toBe('store.document');
    await writeFile(path, good);
    expect(await identities.read('alice.example')).toEqual(ALICE);
  });

  it.each(['../evil', 'a/b', 'Alice.example', ''])('refuse %j as an idTag', async (idTag) => {
    const { root, identities } = await fresh();
    expect(await codeOf(identities.create({ ...ALICE, idTag }))).toBe('Error: "idTag" must be a canonical idTag');
    expect(await readdir(join(root, 'identities'))).toEqual([]);
  });

  it('refuse to be made of anything but an identity', async () => {
    const { root, identities } = await fresh();
    const wrong = { ...ALICE, secret: 'x' } as Identity;
    await expect(identities.create(wrong)).rejects.toThrow('secret');
    expect(await readdir(join(root, 'identities'))).toEqual([]);
  });
});

describe('private keys', () => {
  it.each([0o640, 0o604, 0o666, 0o660])('of mode %o are refused, with the chmod to run', async (mode) => {
    const { identities } = await fresh();
    await identities.create(ALICE, PEM);
    const path = identities.privateKeyPath('alice.example', '260101');
    await chmod(path, mode);
    await expect(identities.readPrivateKeyPem('alice.example', '260101')).rejects.toMatchObject({
      code: 'key.mode',
      hint: expect.stringContaining(`chmod 600 ${path}`),
    });
  });

  it.each([
    [0o640, 'nothing was thrown'],
    [0o440, 'nothing was thrown'],
    [0o400, 'nothing was thrown'],
    [0o660, 'key.mode'],
    [0o644, 'key.mode'],
  ])('that are mounted may be read by a group when told: %o', async (mode, code) => {
    const { root, identities } = await fresh();
    await identities.create(ALICE, PEM);
    await chmod(identities.privateKeyPath('alice.example', '260101'), mode);
    const lenient = createIdentities(root, { allowGroupReadable: true });
    expect(await codeOf(lenient.readPrivateKeyPem('alice.example', '260101'))).toBe(code);
  });

  it('that are mounted by symbolic link are looked at where they are', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE);
    await writeFile(join(root, 'mounted.pem'), PEM, { mode: 0o644 });
    await symlink(join(root, 'mounted.pem'), identities.privateKeyPath('alice.example', '260101'));
    expect(await codeOf(identities.readPrivateKeyPem('alice.example', '260101'))).toBe('key.mode');
    await chmod(join(root, 'mounted.pem'), 0o600);
    expect(await identities.readPrivateKeyPem('alice.example', '260101')).toBe(PEM);
  });

  it('are readable while they are added, and stay out of the identity when it can’t be written', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE, PEM);
    const keys = join(root, 'identities', 'alice.example', 'keys');
    const refused = identities.addKey('alice.example', '260102', 'second', () => {
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    expect(await readdir(keys)).toEqual(['260101.pem']);
    await writeFile(join(keys, '.260102.pending'), 'second', { mode: 0o600 });
    expect(await identities.readPrivateKeyPem('alice.example', '260102')).toBe('second');
  });

  it('are never overwritten', async () => {
    const { identities } = await fresh();
    await identities.create(ALICE, PEM);
    expect(await codeOf(identities.addKey('alice.example', '260101', 'other', () => {}))).toBe('key.exists');
    expect(await identities.readPrivateKeyPem('alice.example', '260101')).toBe(PEM);
    await identities.addKey('alice.example', '260102', 'second', naming('260102'));
    expect(await identities.readPrivateKeyPem('alice.example', '260102')).toBe('second');
    expect(await codeOf(identities.readPrivateKeyPem('alice.example', '260103'))).toBe('key.missing');
  });

  it.each(['../../config', 'a/b', '', '.hidden', 'x'.repeat(65), 'a\0b'])('can’t be named %j', async (keyId) => {
    const { identities } = await fresh();
    await identities.create(ALICE);
    expect(await codeOf(identities.addKey('alice.example', keyId, PEM, () => {}))).toBe('key.id');
    expect(await codeOf(identities.readPrivateKeyPem('alice.example', keyId))).toBe('key.id');
  });

  it('that can’t be read say so', async () => {
    const { identities } = await fresh();
    await identities.create(ALICE);
    await mkdir(identities.privateKeyPath('alice.example', '260101'), { mode: 0o700 });
    expect(await codeOf(identities.readPrivateKeyPem('alice.example', '260101'))).toBe('key.unreadable');
  });
});

describe('the secret of access tokens', () => {
  it('is made once, also by many at once, and kept', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE);
    const many = Array.from({ length: 10 }, () => createIdentities(root).accessSecret('alice.example'));
    const secrets = (await Promise.all(many)).map((secret) => Buffer.from(secret).toString('hex'));
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toHaveLength(64);
    expect((await stat(join(root, 'identities', 'alice.example', 'access-secret'))).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await identities.accessSecret('alice.example')).toString('hex')).toBe(secrets[0]);
  });

  it('is refused when it’s open to others or has another length', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE);
    await identities.accessSecret('alice.example');
    const path = join(root, 'identities', 'alice.example', 'access-secret');
    await chmod(path, 0o644);
    expect(await codeOf(identities.accessSecret('alice.example'))).toBe('key.mode');
    await chmod(path, 0o600);
    await writeFile(path, 'short');
    expect(await codeOf(identities.accessSecret('alice.example'))).toBe('key.malformed');
  });
});

describe('an identity document', () => {
  it.each([
    ['null', null],
    ['a list', []],
    ['no name', { ...ALICE, name: undefined }],
    ['another type', { ...ALICE, type: 'robot' }],
    ['a non-canonical idTag', { ...ALICE, idTag: 'ALICE.example' }],
    ['a date that is none', { ...ALICE, createdAt: 'yesterday' }],
    ['keys that aren’t a list', { ...ALICE, keys: {} }],
    ['a key that is null', { ...ALICE, keys: [null] }],
    ['a key with an unknown field', { ...ALICE, keys: [{ ...ALICE.keys[0], privateKey: 'x' }] }],
    ['a key twice', { ...ALICE, keys: [ALICE.keys[0], ALICE.keys[0]] }],
    ['a flag that is a text', { ...ALICE, keys: [{ ...ALICE.keys[0], encrypted: 'yes' }] }],
    ['an expiry that is a number', { ...ALICE, keys: [{ ...ALICE.keys[0], expiresAt: 5 }] }],
  ])('with %s is refused', (_name, json) => {
    expect(() => parseIdentity(json)).toThrow();
  });
});

describe('what was interrupted', () => {
  const nobody = 2147483647;

  it('is removed by its exact name and content, of a process that is gone; all else stays', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE, PEM);
    const directory = join(root, 'identities');
    const hex = '0123456789ab';
    const cutOff = `.bob.example.${nobody}.${hex}`;
    const running = `.carol.example.${process.ppid}.${hex}`;
    const others = [running, `.dave.example.${nobody}.${hex}`, '.notes', `.erin.example.${nobody}`];
    for (const name of [cutOff, ...others]) await mkdir(join(directory, name, 'keys'), { recursive: true });
    await writeFile(join(directory, cutOff, 'keys', '260101.pem'), PEM);
    await writeFile(join(directory, others[1] as string, 'mine.txt'), '');
    await settleIdentities(directory, () => {});
    expect((await readdir(directory)).sort()).toEqual([...others, 'alice.example'].sort());
  });

  it('among keys is finished when the identity names the key, and else removed; an import that it doesn’t name stays', async () => {
    const { root, identities } = await fresh();
    await identities.create(ALICE, PEM);
    await identities.update('alice.example', naming('260102'));
    await identities.update('alice.example', naming('260103'));
    const keys = join(root, 'identities', 'alice.example', 'keys');
    for (const keyId of ['260102', '260103', '260104']) await writeFile(join(keys, `.${keyId}.pending`), keyId);
    await writeFile(join(keys, '260103.pem'), 'another');
    await writeFile(join(keys, '999.pem'), 'imported');
    const warnings: string[] = [];
    await settleIdentities(join(root, 'identities'), (message) => warnings.push(message));
    expect(await readFile(join(keys, '260102.pem'), 'utf8')).toBe('260102');
    expect(await readFile(join(keys, '260103.pem'), 'utf8')).toBe('another');
    expect(warnings).toEqual(['A key that was being added could be neither finished nor removed']);
    expect(await readFile(join(keys, '999.pem'), 'utf8')).toBe('imported');
  });
});
