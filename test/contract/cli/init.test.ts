import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { ownHome } from './own-home.ts';

describe('init', () => {
  it('creates an instance and says what comes next', async () => {
    const { home, run } = await ownHome();
    const { code, stdout, stderr } = await run([
      'init',
      'alice.example.com',
      '--name',
      'Alice',
      '--address',
      '203.0.113.7',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Created alice\.example\.com \(Alice, person\)\n/);
    expect(stdout).toContain(`${home} (new)`);
    expect(stdout).toMatch(/\n {2}cl-o\.alice\.example\.com\. {2}3600 {2}IN {2}A {2}203\.0\.113\.7\n/);
    expect(stdout).toMatch(/\n {2}alice\.example\.com\. {2,}3600 {2}IN {2}A {2}203\.0\.113\.7\n/);
    expect(stdout).toContain(`cloudillo dns-check --home ${home} alice.example.com --expect 203.0.113.7\n`);
    expect(stdout).toContain(`cloudillo serve --home ${home}`);
  });

  it.each(['10.0.0.5', '0.0.0.0', '[::1]'])('refuses the address %s, which no peer connects to', async (address) => {
    const { home, run } = await ownHome();
    const refused = await run(['init', 'alice.example.com', '--address', address, '--json']);
    expect(refused).toMatchObject({ code: 2, json: { error: { code: 'usage.address' } } });
    expect(existsSync(home)).toBe(false);
    const own = await run(['init', 'alice.test', '--address', address, '--set', 'network=/srv/network.json', '--json']);
    expect(own).toMatchObject({ code: 0, json: { dns: [{ data: address.replace(/[[\]]/g, '') }, {}] } });
  });

  it('says with an IPv6 address how to listen on IPv6', async () => {
    const { run } = await ownHome();
    const address = '2606:4700:4700::1111';
    const { stdout } = await run(['init', 'alice.example.com', '--address', `[${address}]`]);
    expect(stdout).toContain(`alice.example.com --expect ${address}\n`);
    expect(stdout).toContain(' --host :: --port 443 ');
  });

  it('writes its published form with --json', async () => {
    const { run } = await ownHome();
    const first = await run([
      'init',
      'alice.example.com',
      '--type',
      'community',
      '--set',
      'listen.port=9443',
      '--json',
    ]);
    expect(schemaProblems('init', first.json)).toEqual([]);
    expect(first.json).toMatchObject({ created: true, homeCreated: true, settings: { 'listen.port': 9443 } });
    const again = await run(['init', 'alice.example.com', '--exist-ok', '--json']);
    expect(again).toMatchObject({ code: 0, json: { created: false, type: 'community', key: first.json.key } });
    expect(schemaProblems('init', again.json)).toEqual([]);
    expect((await run(['config', 'get', 'listen.port'])).stdout).toBe('9443\n');
  });

  it('prints commands that work in this home as they stand', async () => {
    const { home, run } = await ownHome();
    const { json } = await run(['init', 'alice.test', '--json']);
    expect(json.next[0]).toBe(`cloudillo dns-check --home ${home} alice.test`);
    const { stdout } = await run(['init', 'alice.test', '--exist-ok']);
    expect(stdout).toContain(`cloudillo init --home ${home} alice.test --exist-ok --address`);
  });

  it('says of a name that nobody can register that it is one', async () => {
    const { run } = await ownHome();
    expect((await run(['init', 'alice', '--dry-run'])).stdout).toContain(
      'alice has no dot: the public DNS has no such',
    );
    expect((await run(['init', 'alice.test', '--dry-run'])).stdout).not.toContain('has no dot');
  });

  it('refuses an identity that is there, with a way out', async () => {
    const { run } = await ownHome('alice.example.com');
    const { code, json } = await run(['init', 'alice.example.com', '--json']);
    expect(code).toBe(8);
    expect(schemaProblems('init', json)).toEqual([]);
    expect(json.error).toMatchObject({ code: 'home.identity-exists', stage: 'home' });
    expect(json.error.hint).toContain('--exist-ok');
  });

  it('adds a further identity to the home', async () => {
    const { run } = await ownHome('alice.example.com');
    expect(await run(['init', 'bob.example.com', '--json'])).toMatchObject({ code: 0, json: { homeCreated: false } });
    expect((await run(['key', 'list', '--as', 'bob.example.com'])).code).toBe(0);
  });

  it('touches nothing in a dry run', async () => {
    const { home, run } = await ownHome();
    const { code, stdout } = await run(['init', 'alice.example.com', '--dry-run', '--set', 'listen.port=9443']);
    expect(code).toBe(0);
    expect(stdout).toContain('Would create alice.example.com');
    expect(existsSync(home)).toBe(false);
  });

  it('never asks where nobody can answer, and names what is missing', async () => {
    const { home, run } = await ownHome();
    for (const args of [[], ['--yes'], ['--no-input']]) {
      const { code, json } = await run(['init', ...args, '--json']);
      expect({ code, error: json.error.code }).toEqual({ code: 2, error: 'usage.missing' });
      expect(json.error.hint).toContain('IDTAG');
    }
    expect(existsSync(home)).toBe(false);
  });

  it.each([
    [['not an idtag'], 'usage.id-tag'],
    [['alice.example.com', '--type', 'robot'], 'usage.value'],
    [['alice.example.com', '--set', 'listen.prt=1'], 'usage.setting'],
    [['alice.example.com', '--set', 'listen.port=many'], 'usage.setting'],
    [['alice.example.com', '--set', 'listen.port'], 'usage.setting'],
    [['alice.example.com', '--address', 'a b'], 'usage.address'],
    [['alice.example.com', '--passphrase', 'x'], 'usage.flag'],
  ])('refuses %j and creates nothing', async (args, code) => {
    const { home, run } = await ownHome();
    expect(await run(['init', ...args, '--json'])).toMatchObject({ code: 2, json: { error: { code } } });
    expect(existsSync(home)).toBe(false);
  });

  it('takes a passphrase from file, stdin or environment, and shows it nowhere', async () => {
    const secret = 'correct horse battery staple';
    const file = join(temporaryDirectory(), 'pass');
    writeFileSync(file, `${secret}\n`);
    const ways = [
      { args: ['--passphrase-file', file] },
      { args: ['--passphrase-file', '-'], stdin: secret },
      { args: [], env: { CLOUDILLO_KEY_PASSPHRASE: secret } },
      { args: [], env: { CLOUDILLO_KEY_PASSPHRASE_FILE: file } },
    ];
    for (const { args, ...options } of ways) {
      const { home, run } = await ownHome();
      const made = await run(['init', 'alice.example.com', '--json', '--verbose', ...args], options);
      expect(made).toMatchObject({ code: 0, json: { key: { encrypted: true } } });
      expect(made.stdout + made.stderr).not.toContain(secret);
      const pem = readFileSync(join(home, `identities/alice.example.com/keys/${made.json.key.keyId}.pem`), 'utf8');
      expect(pem).toContain('ENCRYPTED');
      const dryRun = ['follow', 'bob.example.org', '--dry-run', '--json'];
      expect((await run(dryRun)).json.error.code).toBe('key.passphrase');
      expect(await run(dryRun, { env: { CLOUDILLO_KEY_PASSPHRASE: secret } })).toMatchObject({ code: 0 });
    }
  });

  it('says so when the passphrase cannot be read', async () => {
    const { run } = await ownHome();
    const missing = await run(['init', 'alice.example.com', '--passphrase-file', '/nowhere', '--json']);
    expect(missing).toMatchObject({ code: 8, json: { error: { code: 'key.passphrase' } } });
    const empty = await run(['init', 'alice.example.com', '--passphrase-file', '-', '--json'], { stdin: '\n' });
    expect(empty).toMatchObject({ code: 8, json: { error: { code: 'key.passphrase' } } });
  });
});
