import { sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportPublicKey, generateKeyPair } from '../../../src/protocol/keys.ts';
import { createToken } from '../../../src/protocol/token.ts';
import { startLab } from '../../support/lab.ts';
import { networkFile, now, save } from '../../support/lab-identity.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { ownHome } from './own-home.ts';

const { privateKey, publicKey } = generateKeyPair();
const profile = {
  idTag: 'alice.test',
  name: '',
  type: 'person',
  keys: [{ keyId: '260131', publicKey: exportPublicKey(publicKey, 'wire') }],
};
const key = save('alice.json', profile);
const claims = { iss: 'alice.test', k: '260131', t: 'POST', iat: now(), c: 'hello' };
const token = await createToken(claims, privateKey);
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('a token as people paste it', () => {
  it.each([` ${token}\n`, `Bearer ${token}`, `bearer  ${token} `, `Authorization: Bearer ${token}\n`])(
    'is the token: %#',
    async (pasted) => {
      expect((await runCli(['verify-token', pasted, '--key', key])).code).toBe(0);
      expect((await runCli(['verify-token', '--key', key], { stdin: pasted })).code).toBe(0);
      expect((await runCli(['verify-token', pasted, '--inspect', '--json'])).json.claims.c).toBe('hello');
    },
  );
});

describe('a text in another encoding is named', () => {
  it.each<[string, string[], string]>([
    ['a stream of tokens', ['verify-token', '--key', key], 'usage.file'],
    ['the data of a request', ['request', 'POST', 'bob.test', '/x', '--data', '-'], 'usage.data'],
    ['a password', ['password', 'set', '--password-file', '-'], 'usage.file'],
    ['a passphrase', ['keygen', '--out', 'k.pem', '--passphrase-file', '-'], 'key.passphrase'],
    ['a post', ['post', '-'], 'usage.file'],
    ['a key to import', ['keygen', '--out', 'k.pem', '--import', '-'], 'key.unreadable'],
    ['an earlier load', ['load', 'bob.test', '--as', 'alice.test', '--i-own-this', '--baseline', '-'], 'usage.file'],
    ['an access token', ['get', 'bob.test', '--bearer-file', '-'], 'usage.file'],
  ])('%s', async (_what, args, code) => {
    const { run } = await ownHome('alice.test');
    for (const [stdin, word] of [
      [utf16('some text'), 'UTF-16'],
      [Buffer.from('\ufeffsome text'), 'BOM'],
    ] as const) {
      const { json } = await run([...args, '--json'], { stdin, cwd: temporaryDirectory() });
      expect([json.error.code, json.error.message]).toEqual([code, expect.stringContaining(word)]);
    }
  });

  it('in files: a key, the settings, a network', async () => {
    const { home, run } = await ownHome('alice.test');
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, utf16(JSON.stringify(profile)));
    const byKey = await run(['verify-token', token, '--key', file, '--json']);
    expect(byKey.json.error).toMatchObject({ code: 'key.file', message: expect.stringContaining('UTF-16') });
    const network = await run(['deliver', '--network', file, '--json']);
    expect(network.json.error).toMatchObject({ code: 'usage.network', message: expect.stringContaining('UTF-16') });
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'config.json'), '\ufeff{}');
    const config = await run(['config', '--json']);
    expect(config.json.error).toMatchObject({ code: 'store.document', message: expect.stringContaining('BOM') });
  });
});

describe('a name that stands twice in a token', () => {
  it.each([
    ['token.claims', `{"typ":"JWT","alg":"ES384"}`, JSON.stringify(claims).replace('{', '{"iss":"bob.test",')],
    ['token.algorithm', `{"alg":"none","typ":"JWT","alg":"ES384"}`, JSON.stringify(claims)],
  ])('fails with %s', async (code, header, payload) => {
    const input = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const signature = sign('sha384', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const { code: exit, json } = await runCli([
      'verify-token',
      `${input}.${signature.toString('base64url')}`,
      '--key',
      key,
      '--json',
    ]);
    const failed = json.checks.filter(({ status }: { status: string }) => status === 'fail');
    expect([exit, json.valid, failed.map((check: { code: string }) => check.code)]).toEqual([3, false, [code]]);
  });
});

describe('a text that begins with a dash', () => {
  it.each([['post'], ['message', 'bob.test'], ['comment', 'a1~x'], ['react', 'a1~x']])(
    'gets a hint about --: %s',
    async (...args) => {
      const { code, json } = await runCli([...args, '- milk', '--json']);
      expect([code, json.error.code]).toEqual([2, 'usage.flag']);
      expect(json.error.hint).toContain(`cloudillo ${args[0]} -- '- milk'`);
    },
  );

  it('is taken after it', async () => {
    const { home, run } = await ownHome('alice.test');
    const said = await runCli(['post', '--json', '--home', home, '--', '- milk']);
    expect(said.json.error ?? null).toBeNull();
    expect((await run(['actions', '--json'])).lines[0].content).toBe('- milk');
  });

  it('a mistyped flag still gets the flag that was meant', async () => {
    const { json } = await runCli(['post', 'x', '--visibilty', 'P', '--json']);
    expect(json.error.hint).toContain('--visibility');
  });
});

describe('a proxy in the environment', () => {
  const env = { HTTPS_PROXY: 'http://proxy.test:3128' };

  it('is said not to be used, when the network fails', async () => {
    const { json } = await runCli(['get', 'https://127.0.0.1/', '--json'], { env });
    expect(json.error.code).toBe('network.address-blocked');
    expect(json.error.hint).toContain('HTTPS_PROXY is set, and not used');
  });

  it('is said once by each command whose connections failed', async () => {
    const network = networkFile(await startLab());
    const commands = [
      ['smoke-test', 'nobody.test'],
      ['verify-token', token],
      ['fetch-profile', 'nobody.test'],
      ['get', 'nobody.test', '/'],
    ];
    const told = await Promise.all(
      commands.map(async (words) => {
        const { stdout, stderr } = await runCli([...words, '--network', network], { env });
        return `${stdout}${stderr}`.split('HTTPS_PROXY is set, and not used').length - 1;
      }),
    );
    expect(told).toEqual(commands.map(() => 1));
    const offline = await runCli(['verify-token', `${token}A`, '--key', key], { env });
    expect([offline.code === 0, offline.stderr.includes('PROXY')]).toEqual([false, false]);
  });

  it('is no matter when something else fails', async () => {
    const { json } = await runCli(['get', 'no_name', '--json'], { env });
    expect(json.error.hint ?? '').not.toContain('PROXY');
  });
});

describe('a duration without a unit', () => {
  it.each([
    ['config set', ['config', 'set', 'request.timeout', '5000']],
    ['config set, the home first', ['config', 'set', '--no-color', 'request.timeout', '5000']],
    ['init --set', ['init', 'bob.test', '--set', 'request.timeout=5000']],
  ])('is taken as milliseconds, and noted: %s', async (_, words) => {
    const { run } = await ownHome('alice.test');
    const { code, stderr } = await run(words);
    expect([code, stderr]).toEqual([0, expect.stringContaining('5000ms')]);
    expect((await run(['config', 'get', 'request.timeout', '--json'])).json.value).toBe('5s');
  });
});
