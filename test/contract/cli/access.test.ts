import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { jwtClaims } from '../../../src/federation/peer/jwt-expiry.ts';
import { readAccessToken } from '../../../src/services/auth/access-token.ts';
import { exchangeApiKey } from '../../../src/services/auth/api-keys.ts';
import { verifyPassword } from '../../../src/services/auth/password-hash.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { createIdentities } from '../../../src/store/identities/identities.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { hasTerminal, openTerminal } from '../../support/terminal.ts';
import { type OwnHome, ownHome } from './own-home.ts';

const SCOPE = `file:f1~${'A'.repeat(43)}:R`;
const PASSWORD = 'correct-horse-1';

let alice: OwnHome;
let directory: string;
beforeAll(async () => {
  alice = await ownHome('alice.test');
  directory = temporaryDirectory();
});

const run = (line: string, stdin?: string) => alice.run(line.split(' '), stdin === undefined ? {} : { stdin });
const access = () => createIdentities(alice.home).access('alice.test');
const file = (name: string, content?: string) => {
  const path = join(directory, name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
};
const deps = () => ({ identities: createIdentities(alice.home), clock: systemClock, log: () => {} });

describe('password', () => {
  it('set: from stdin or a file, its first line; clear takes it away', async () => {
    const first = await run('password set --password-file - --json', `${PASSWORD}\r\nnot this\n`);
    expect(schemaProblems('password-set', first.json)).toEqual([]);
    expect([first.code, first.json]).toEqual([0, { idTag: 'alice.test', replaced: false }]);
    expect(await verifyPassword(PASSWORD, (await access()).password)).toBe(true);
    const second = await run(`password set --password-file ${file('password', 'battery-staple-2')}`);
    expect([second.code, second.stdout]).toEqual([0, 'Changed the password of alice.test\n']);
    expect(await verifyPassword('battery-staple-2', (await access()).password)).toBe(true);
    expect(statSync(join(alice.home, 'identities/alice.test/access.json')).mode & 0o777).toBe(0o600);
    const cleared = await run('password clear --json');
    expect(schemaProblems('password-clear', cleared.json)).toEqual([]);
    expect([cleared.code, cleared.json]).toEqual([0, { idTag: 'alice.test', replaced: true }]);
    expect((await access()).password).toBeUndefined();
    expect((await run('password clear')).stdout).toBe('alice.test had no password\n');
  });

  it.each([
    ['a short one', 'password set --password-file -', 'seven-7', 2, 'usage.password'],
    ['an empty one', 'password set --password-file -', '', 2, 'usage.password'],
    ['none', 'password set', undefined, 2, 'usage.missing'],
    ['a file that is not there', 'password set --password-file /nowhere/password', undefined, 2, 'usage.file'],
    ['somebody else’s', 'password set --password-file - --as bob.test', PASSWORD, 8, 'home.identity-missing'],
  ])('set refuses %s', async (_what, line, stdin, code, error) => {
    const result = await run(`${line} --json`, stdin);
    expect(result).toMatchObject({ code, json: { error: { code: error } } });
    expect(result.stdout + result.stderr).not.toContain(stdin || PASSWORD);
  });

  it.skipIf(!hasTerminal)('set asks twice on a terminal, and shows nothing of it', async () => {
    const home = await ownHome('alice.test');
    const differ = openTerminal(['password', 'set', '--home', home.home]);
    await differ.answer('New password', `${PASSWORD}\r`);
    await differ.answer('Once more', 'correct-horse-2\r');
    const refused = await differ.done;
    expect([refused.code, refused.shown.includes('horse')]).toEqual([2, false]);
    const same = openTerminal(['password', 'set', '--home', home.home]);
    await same.answer('New password', `${PASSWORD}\r`);
    await same.answer('Once more', `${PASSWORD}\r`);
    const { code, shown } = await same.done;
    expect([code, shown.includes('horse')]).toEqual([0, false]);
    const { password } = await createIdentities(home.home).access('alice.test');
    expect(await verifyPassword(PASSWORD, password)).toBe(true);
  });
});

describe('token create', () => {
  it('prints the token, and nothing else on stdout', async () => {
    const { code, stdout, stderr } = await run('token create --expires 10m');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(stderr).not.toContain(stdout.trim());
    const { exp, iss } = jwtClaims(stdout) as { exp: number; iss: string };
    expect(iss).toBe('alice.test');
    expect(Math.abs(exp - (Date.now() / 1000 + 600))).toBeLessThan(30);
    expect((await readAccessToken(deps(), 'alice.test', stdout.trim())).caller).toEqual({
      idTag: 'alice.test',
      owner: true,
    });
  });

  it('writes it to a file that nobody else reads, and never over another', async () => {
    const out = file('token');
    const { code, json } = await run(`token create --scope ${SCOPE} --out ${out} --json`);
    expect(code).toBe(0);
    expect(schemaProblems('token-create', json)).toEqual([]);
    expect(json).toMatchObject({ idTag: 'alice.test', scope: SCOPE, file: out });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const token = readFileSync(out, 'utf8').trim();
    expect((await readAccessToken(deps(), 'alice.test', token)).caller).toMatchObject({ scope: { access: 'R' } });
    expect(await run(`token create --out ${out} --json`)).toMatchObject({
      code: 2,
      json: { error: { code: 'usage.exists' } },
    });
    expect(readFileSync(out, 'utf8').trim()).toBe(token);
    expect((await run(`token create --out ${out} --force`)).code).toBe(0);
    expect(readFileSync(out, 'utf8').trim()).not.toBe(token);
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['as JSON', '', 'usage.value'],
    ['a scope that nobody knows', '--scope actions:read --out x', 'usage.scope'],
    ['for longer than a year', '--expires 400d --out x', 'usage.ttl'],
    ['for no time', '--expires 0s --out x', 'usage.ttl'],
    ['--force without a file', '--force', 'usage.missing'],
  ])('refuses %s', async (_what, flags, error) => {
    const result = await run(`token create --json ${flags}`.trim());
    expect(result).toMatchObject({ code: 2, json: { error: { code: error } } });
  });
});

describe('api-key', () => {
  it('create, list, revoke', async () => {
    const made = await run('api-key create --name backup');
    expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/^cl_[\w-]{43}\n$/)]);
    const key = made.stdout.trim();
    expect(made.stderr).not.toContain(key);
    const own = await createIdentities(alice.home).read('alice.test');
    const { token } = await exchangeApiKey(deps(), { own: own as never, apiKey: key });
    expect((await readAccessToken(deps(), 'alice.test', token)).caller).toMatchObject({ owner: true });

    const out = file('api-key');
    const second = await run(`api-key create --scope ${SCOPE} --expires 2999-01-31 --out ${out} --json`);
    expect(schemaProblems('api-key-create', second.json)).toEqual([]);
    expect(second.json).toMatchObject({ keyId: 2, name: null, scope: SCOPE, expiresAt: '2999-01-31T00:00:00Z' });
    expect(second.stdout).not.toContain(readFileSync(out, 'utf8').trim());
    expect(statSync(out).mode & 0o777).toBe(0o600);

    // Nothing is made that couldn't be written.
    expect((await run(`api-key create --out ${out} --json`)).json).toMatchObject({ error: { code: 'usage.exists' } });
    const { lines, stdout } = await run('api-key list --json');
    for (const line of lines) expect(schemaProblems('api-key-list', line)).toEqual([]);
    expect(lines.map(({ keyId, keyPrefix }) => [keyId, keyPrefix])).toEqual([
      [1, key.slice(0, 11)],
      [2, second.json.keyPrefix],
    ]);
    expect(lines[0]).toMatchObject({ name: 'backup', lastUsedAt: expect.any(String), expiresAt: null });
    expect(stdout).not.toContain(key);
    expect((await run('api-key list')).stdout.split('\n')[0]).toMatch(/^1 {2}cl_.{8}… {2}made .* backup$/);

    // The whole key names it as well; what it gave is refused at once.
    const revoked = await run(`api-key revoke ${key} --json`);
    expect(schemaProblems('api-key-revoke', revoked.json)).toEqual([]);
    expect(revoked.json).toMatchObject({ idTag: 'alice.test', revoked: { keyId: 1 } });
    await expect(readAccessToken(deps(), 'alice.test', token)).rejects.toMatchObject({ code: 'auth.invalid' });
    expect((await run('api-key revoke 2')).code).toBe(0);
    expect((await run('api-key list')).stdout).toBe('');
  });

  it('revoke wants one key, and says which there are', async () => {
    await Promise.all([run('api-key create -q'), run('api-key create -q')]);
    expect(await run('api-key revoke cl_ --json')).toMatchObject({ code: 8, json: { error: { code: 'key.missing' } } });
    expect(await run('api-key revoke 99 --json')).toMatchObject({ code: 8, json: { error: { code: 'key.missing' } } });
    expect((await access()).apiKeys).toHaveLength(2);
    await createIdentities(alice.home).updateAccess('alice.test', ({ apiKeys }) => {
      for (const key of apiKeys) key.prefix = 'cl_twinkeys';
    });
    const twins = await run('api-key revoke cl_twin --json');
    expect(twins).toMatchObject({ code: 2, json: { error: { code: 'usage.api-key' } } });
    expect((await access()).apiKeys).toHaveLength(2);
  });

  it.each([
    ['as JSON', '', 'usage.value'],
    ['a scope that nobody knows', '--scope all --out x', 'usage.scope'],
    ['a time that has passed', '--expires 2001-01-01 --out x', 'usage.expiry'],
  ])('create refuses %s', async (_what, flags, error) => {
    const result = await run(`api-key create --json ${flags}`.trim());
    expect(result).toMatchObject({ code: 2, json: { error: { code: error } } });
  });
});
