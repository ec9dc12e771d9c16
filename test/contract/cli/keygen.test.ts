import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportPrivateKey, exportPublicKey, fingerprint, generateKeyPair } from '../../../src/protocol/keys.ts';
import { CLI_PATH, isolatedEnv, runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { ownHome } from './own-home.ts';

const keygen = (...args: string[]) => runCli(['keygen', ...args]);

describe('keygen without a home', () => {
  it('writes a key that only its owner reads, and shows the public half', async () => {
    const file = join(temporaryDirectory(), 'alice.pem');
    const { code, json } = await keygen('--out', file, '--json');
    expect(code).toBe(0);
    expect(schemaProblems('keygen', json)).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const key = createPublicKey(createPrivateKey(readFileSync(file)));
    expect(json).toMatchObject({ file, fingerprint: fingerprint(key), publicKey: exportPublicKey(key, 'wire') });
  });

  it('gives the public key in each form', async () => {
    const directory = temporaryDirectory();
    const forms = await Promise.all(
      ['wire', 'pem', 'jwk'].map((form) => keygen('--out', join(directory, form), '--form', form, '--json')),
    );
    const [wire, pem, jwk] = forms.map(({ json }) => json.publicKey);
    expect(Buffer.from(wire, 'base64').length).toBe(120);
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-384' });
    expect(jwk).not.toHaveProperty('d');
    for (const { json } of forms) expect(schemaProblems('keygen', json)).toEqual([]);
  });

  it('writes the private key to stdout and nothing else, only when asked to', async () => {
    const { code, stdout, stderr } = await keygen('--stdout');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+-----END PRIVATE KEY-----\n$/);
    expect(stderr).toContain(fingerprint(createPublicKey(createPrivateKey(stdout))));
    const json = await keygen('--stdout', '--json');
    expect(json).toMatchObject({ code: 2, json: { error: { code: 'usage.value' } } });
    expect(json.stdout).not.toContain('PRIVATE');
  });

  it('never overwrites', async () => {
    const file = join(temporaryDirectory(), 'key.pem');
    writeFileSync(file, 'precious');
    expect(await keygen('--out', file, '--json')).toMatchObject({ code: 8, json: { error: { code: 'key.exists' } } });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('leaves nothing behind when the file cannot be written to its end', async () => {
    const file = join(temporaryDirectory(), 'key.pem');
    // No file may grow: the first byte fails, as on a full disk.
    const shell = `ulimit -f 0; exec "${process.execPath}" "${CLI_PATH}" keygen --out "${file}" --json`;
    const { status, stdout } = spawnSync('/bin/sh', ['-c', shell], { encoding: 'utf8', env: isolatedEnv() });
    expect({ status, code: JSON.parse(stdout).error.code }).toEqual({ status: 8, code: 'store.full' });
    expect(existsSync(file)).toBe(false);
  });

  it('takes over a key, from stdin too, and changes its passphrase', async () => {
    const { privateKey, publicKey } = generateKeyPair();
    const file = join(temporaryDirectory(), 'out.pem');
    const stdin = exportPrivateKey(privateKey);
    const run = await runCli(['keygen', '--import', '-', '--out', file, '--json'], {
      stdin,
      env: { CLOUDILLO_KEY_PASSPHRASE: 'secret' },
    });
    expect(run).toMatchObject({ code: 0, json: { fingerprint: fingerprint(publicKey), encrypted: true } });
    expect(readFileSync(file, 'utf8')).toContain('ENCRYPTED');
    const opened = await runCli(['keygen', '--import', file, '--stdout'], {
      env: { CLOUDILLO_KEY_PASSPHRASE: 'secret' },
    });
    expect(opened.code).toBe(0);
  });

  it.each([
    [0o600, ''],
    [0o644, 'mode 0644'],
  ])('warns when others can read the file of a key that is taken over: mode %o', async (mode, warning) => {
    const file = join(temporaryDirectory(), 'in.pem');
    writeFileSync(file, exportPrivateKey(generateKeyPair().privateKey), { mode });
    const { code, stderr } = await keygen('--import', file, '--out', `${file}.new`, '--json');
    expect({ code, warned: stderr !== '' }).toEqual({ code: 0, warned: warning !== '' });
    expect(stderr).toContain(warning);
  });

  it.each([
    ['no key', 'hello', 'key.malformed'],
    ['a public key', exportPublicKey(generateKeyPair().publicKey, 'pem'), 'key.malformed'],
    ['an encrypted one without its passphrase', exportPrivateKey(generateKeyPair().privateKey, 'x'), 'key.passphrase'],
  ])('refuses to import %s, naming the file', async (_what, content, code) => {
    const directory = temporaryDirectory();
    const file = join(directory, 'in.pem');
    writeFileSync(file, content);
    const run = await keygen('--import', file, '--out', join(directory, 'out.pem'), '--json');
    expect(run).toMatchObject({ code: 8, json: { error: { code } } });
    expect(run.json.error.message).toContain(file);
    expect(existsSync(join(directory, 'out.pem'))).toBe(false);
  });

  it.each([
    ['--revoke', '260101', '--rotate'],
    ['--out', 'x.pem', '--as', 'alice.test'],
    ['--stdout', '--out', 'x.pem'],
    ['--expire-old', '7d'],
    ['--force'],
    ['--form', 'der', '--stdout'],
    ['--rotate', '--expire-old', 'soon'],
    ['--rotate', '--expire-old', '14'],
    ['--rotate', '--expire-old', '1e3'],
  ])('refuses %s %s %s', async (...args) => {
    const { code, json } = await keygen(...args.filter(Boolean), '--json');
    expect({ code, area: json.error.code.split('.')[0] }).toEqual({ code: 2, area: 'usage' });
  });
});

describe('keygen in a home', () => {
  it('rotates and revokes, and lists what came of it', async () => {
    const { run } = await ownHome('alice.test');
    const rotated = await run(['keygen', '--rotate', '--expire-old', '2d', '--json']);
    expect(rotated.code).toBe(0);
    expect(schemaProblems('keygen', rotated.json)).toEqual([]);
    const { added, expiring } = rotated.json;
    expect(Date.parse(expiring[0].expiresAt) - Date.now()).toBeGreaterThan(1.9 * 86_400_000);
    const revoked = await run(['keygen', '--revoke', expiring[0].keyId, '--json']);
    expect(schemaProblems('keygen', revoked.json)).toEqual([]);
    expect(revoked.json).toMatchObject({ already: false, signing: { keyId: added.keyId }, signedActions: 0 });
    const list = await run(['key', 'list', '--json']);
    expect(schemaProblems('key-list', list.json)).toEqual([]);
    expect(list.json.keys.map(({ state }: { state: string }) => state)).toEqual(['revoked', 'signing']);
    const text = await run(['key', 'list']);
    expect(text.stdout).toMatch(/^alice\.test\n {2}\d{6} {4}revoked {4}SHA256:/);
  });

  it('says what a revocation means', async () => {
    const { run } = await ownHome('alice.test');
    const { json } = await run(['key', 'list', '--json']);
    const keyId = json.keys[0].keyId;
    const last = await run(['keygen', '--revoke', keyId, '--json']);
    expect(last).toMatchObject({ code: 8, json: { error: { code: 'key.last' } } });
    expect(last.json.error.hint).toContain('--rotate');
    const forced = await run(['keygen', '--revoke', keyId, '--force']);
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain('can no longer be verified');
    expect(forced.stdout).toContain('--rotate');
    expect((await run(['keygen', '--revoke', keyId])).stdout).toMatch(/ at \d{4}-\d\d-\d\d \d\d:\d\dZ$/m);
  });

  it('does not replace a key that signs by accident', async () => {
    const { run } = await ownHome('alice.test');
    const { code, json } = await run(['keygen', '--json']);
    expect({ code, error: json.error.code }).toEqual({ code: 8, error: 'key.exists' });
    expect(json.error.hint).toContain('--rotate');
  });

  it.each([
    [['key', 'list'], 'home.missing'],
    [['keygen', '--rotate'], 'home.missing'],
  ])('needs a home for %j', async (args, code) => {
    const { run } = await ownHome();
    expect(await run([...args, '--json'])).toMatchObject({ code: 8, json: { error: { code } } });
  });

  it('wants to know whose, when there are several', async () => {
    const { run } = await ownHome('alice.test', 'bob.test');
    expect(await run(['key', 'list', '--json'])).toMatchObject({ code: 2, json: { error: { code: 'usage.as' } } });
    expect(await run(['key', 'list', '--as', 'carol.test', '--json'])).toMatchObject({ code: 8 });
  });
});
