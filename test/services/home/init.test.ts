import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initInstance } from '../../../src/services/home/init.ts';
import { createIdentities } from '../../../src/store/identities/identities.ts';
import { clockOf } from '../../support/clock.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

const START = Date.UTC(2026, 10, 22, 18);

function deps(home = join(temporaryDirectory(), 'home')) {
  return { home, clock: clockOf(() => START) };
}

/** Every file below a directory with its content: to prove that nothing changed. */
function snapshot(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => [
      join(entry.parentPath, entry.name),
      readFileSync(join(entry.parentPath, entry.name), 'utf8'),
    ]),
  );
}

describe('initInstance', () => {
  it('makes home, identity and key, private', async () => {
    const own = deps();
    const result = await initInstance(own, { idTag: 'Alice.Test', name: 'Alice', address: ['203.0.113.7'] });
    expect(result).toMatchObject({
      idTag: 'alice.test',
      name: 'Alice',
      type: 'person',
      homeCreated: true,
      created: true,
    });
    expect(result.key).toMatchObject({ keyId: '261122', encrypted: false });
    expect(result.key.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(result.dns).toHaveLength(2);
    const identity = await createIdentities(own.home).read('alice.test');
    expect(identity?.keys).toMatchObject([{ keyId: '261122', publicKey: result.key.publicKey }]);
    const keyFile = createIdentities(own.home).privateKeyPath('alice.test', '261122');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(statSync(own.home).mode & 0o777).toBe(0o700);
    expect(readFileSync(keyFile, 'utf8')).toContain('BEGIN PRIVATE KEY');
  });

  it('names the identity after its first label when no name is given', async () => {
    expect(await initInstance(deps(), { idTag: 'alice.test', type: 'community' })).toMatchObject({
      name: 'alice',
      type: 'community',
    });
  });

  it('encrypts the key file with a passphrase, and never tells it', async () => {
    const own = deps();
    const result = await initInstance(own, { idTag: 'alice.test', passphrase: 'correct horse' });
    expect(result.key.encrypted).toBe(true);
    expect(JSON.stringify(result)).not.toContain('correct horse');
    const pem = readFileSync(createIdentities(own.home).privateKeyPath('alice.test', '261122'), 'utf8');
    expect(pem).toContain('BEGIN ENCRYPTED PRIVATE KEY');
  });

  it('adds a further identity to a home', async () => {
    const own = deps();
    await initInstance(own, { idTag: 'alice.test' });
    expect(await initInstance(own, { idTag: 'bob.test' })).toMatchObject({ homeCreated: false, created: true });
    expect((await createIdentities(own.home).list()).map(({ idTag }) => idTag)).toEqual(['alice.test', 'bob.test']);
  });

  it('changes nothing about an identity that is there', async () => {
    const own = deps();
    const first = await initInstance(own, { idTag: 'alice.test', name: 'Alice' });
    const before = snapshot(own.home);
    expect(await codeOfAsync(initInstance(own, { idTag: 'alice.test' }))).toBe('home.identity-exists');
    const again = await initInstance(own, { idTag: 'alice.test', existOk: true });
    expect(again).toMatchObject({ created: false, name: 'Alice', key: first.key });
    const other = { idTag: 'alice.test', existOk: true, name: 'Alicia' };
    expect(await codeOfAsync(initInstance(own, other))).toBe('home.identity-differs');
    const community = { idTag: 'alice.test', existOk: true, type: 'community' } as const;
    expect(await codeOfAsync(initInstance(own, community))).toBe('home.identity-differs');
    expect(snapshot(own.home)).toEqual(before);
  });

  it('creates one identity when asked several times at once', async () => {
    const own = deps();
    const input = { idTag: 'alice.test', existOk: true };
    const results = await Promise.all(Array.from({ length: 8 }, () => initInstance(own, input)));
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(results.map(({ key }) => key.fingerprint)).size).toBe(1);
  });

  it('touches nothing in a dry run', async () => {
    const own = deps();
    const planned = await initInstance(own, { idTag: 'alice.test', dryRun: true });
    expect(planned).toMatchObject({ created: false, dryRun: true, key: { keyId: '261122', publicKey: null } });
    expect(existsSync(own.home)).toBe(false);
    await initInstance(own, { idTag: 'alice.test' });
    const before = snapshot(own.home);
    await initInstance(own, { idTag: 'bob.test', dryRun: true });
    expect(snapshot(own.home)).toEqual(before);
    // What the real run would refuse, the dry run refuses.
    expect(await codeOfAsync(initInstance(own, { idTag: 'alice.test', dryRun: true }))).toBe('home.identity-exists');
  });

  it('takes over an empty directory, and leaves one with other files alone', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'empty'));
    expect(await initInstance(deps(join(directory, 'empty')), { idTag: 'alice.test' })).toMatchObject({
      created: true,
    });
    mkdirSync(join(directory, 'full'));
    writeFileSync(join(directory, 'full/letter.txt'), 'dear diary');
    for (const dryRun of [false, true]) {
      const full = deps(join(directory, 'full'));
      expect(await codeOfAsync(initInstance(full, { idTag: 'alice.test', dryRun }))).toBe('home.not-empty');
    }
    expect(readdirSync(join(directory, 'full'))).toEqual(['letter.txt']);
  });

  it.each([
    [{ idTag: 'abc' }, 'usage.id-tag'],
    [{ idTag: 'alice..test' }, 'usage.id-tag'],
    [{ idTag: 'al ice.test' }, 'usage.id-tag'],
    [{ idTag: '../../etc/passwd' }, 'usage.id-tag'],
    [{ idTag: 'cl-o.alice.test' }, 'usage.id-tag'],
    [{ idTag: 'CL-O.alice.test', dryRun: true }, 'usage.id-tag'],
    [{ idTag: 'alice.test', name: '' }, 'usage.name'],
    [{ idTag: 'alice.test', name: '   ' }, 'usage.name'],
    [{ idTag: 'alice.test', name: 'x'.repeat(101) }, 'usage.name'],
    [{ idTag: 'alice.test', name: 'a\u001b[2Jb' }, 'usage.name'],
    [{ idTag: 'alice.test', address: ['nowhere'] }, 'usage.address'],
    [{ idTag: 'alice.test', passphrase: '' }, 'key.passphrase'],
  ])('refuses %j with %s', async (input, code) => {
    const own = deps();
    expect(await codeOfAsync(initInstance(own, input))).toBe(code);
    expect(await createIdentities(own.home).list()).toEqual([]);
  });
});
