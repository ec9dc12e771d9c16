import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { ownHome } from './own-home.ts';

describe('config', () => {
  it('shows every setting with its origin', async () => {
    const { run } = await ownHome('alice.test');
    await run(['config', 'set', 'listen.port', '9443']);
    const env = { CLOUDILLO_LISTEN_HOST: '0.0.0.0', CLOUDILLO_FOLLOWERS: 'false' };
    const { code, lines } = await run(['config', '--json'], { env });
    expect(code).toBe(0);
    for (const line of lines) expect(schemaProblems('config', line)).toEqual([]);
    const by = Object.fromEntries(lines.map(({ name, value, origin }) => [name, [value, origin]]));
    expect(by).toMatchObject({
      'listen.host': ['0.0.0.0', 'environment'],
      'listen.port': [9443, 'config'],
      followers: [false, 'environment'],
      'tls.cert': [null, 'default'],
    });
    const text = await run(['config'], { env });
    expect(text.stdout).toMatch(/^listen\.host +0\.0\.0\.0 +CLOUDILLO_LISTEN_HOST\nlisten\.port +9443 +config\n/);
  });

  it('takes no network file that isn’t there', async () => {
    const { run } = await ownHome('alice.test');
    const { code, stderr } = await run(['config', 'set', 'network', '/nowhere/network.json']);
    expect(code).toBe(2);
    expect(stderr).toContain('/nowhere/network.json');
    expect(await run(['config', 'get', 'network'])).toMatchObject({ stdout: '\n' });
  });

  it('sets, gets, explains and unsets', async () => {
    const { home, run } = await ownHome('alice.test');
    const set = await run(['config', 'set', 'proxy.trusted', '127.0.0.1, 10.0.0.0/8', '--json']);
    expect(schemaProblems('config set', set.json)).toEqual([]);
    expect(set.json).toMatchObject({ changed: true, restart: false, setting: { value: ['127.0.0.1', '10.0.0.0/8'] } });
    expect((await run(['config', 'get', 'proxy.trusted'])).stdout).toBe('127.0.0.1,10.0.0.0/8\n');
    const explained = await run(['config', 'explain', 'proxy.trusted', '--json']);
    expect(schemaProblems('config explain', explained.json)).toEqual([]);
    const unset = await run(['config', 'unset', 'proxy.trusted', '--json']);
    expect(schemaProblems('config unset', unset.json)).toEqual([]);
    expect(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).toEqual({});
    expect(await run(['config', 'get', 'tls.cert'])).toMatchObject({ code: 0, stdout: '\n' });
  });

  it('takes a relative path as of the directory where it is typed', async () => {
    const { run } = await ownHome('alice.test');
    const cwd = temporaryDirectory();
    await run(['config', 'set', 'tls.cert', 'cert.pem'], { cwd });
    expect((await run(['config', 'get', 'tls.cert'])).stdout).toBe(`${join(cwd, 'cert.pem')}\n`);
  });

  it('names the file that somebody edited wrongly', async () => {
    const { home, run } = await ownHome('alice.test');
    const path = join(home, 'config.json');
    for (const json of ['{"foo":1}', '{"listen.port":"x"}']) {
      writeFileSync(path, json);
      for (const command of [['config'], ['status'], ['config', 'set', 'listen.port', '1']]) {
        const { code, json: output } = await run([...command, '--json']);
        expect({ code, error: output.error.code }).toEqual({ code: 2, error: 'usage.setting' });
        expect(output.error.message).toContain(path);
      }
      expect(readFileSync(path, 'utf8')).toBe(json);
    }
  });

  it('reads and writes a duration with its unit, as flags do', async () => {
    const { home, run } = await ownHome('alice.test');
    const set = await run(['config', 'set', 'request.timeout', '90s', '--json']);
    expect(set.json.setting).toMatchObject({
      value: '1m30s',
      default: '10s',
      accepts: expect.stringContaining('100ms'),
    });
    expect(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).toEqual({ 'request.timeout': '1m30s' });
    expect(await run(['config', 'get', 'request.timeout'])).toMatchObject({ stdout: '1m30s\n', stderr: '' });
    const env = { CLOUDILLO_REQUEST_TIMEOUT: '2m' };
    expect((await run(['config', 'explain', 'request.timeout'], { env })).stdout).toMatch(/value +2m .*TIMEOUT/);
    const wrong = await run(['config', 'set', 'request.timeout', '5 s', '--json']);
    expect(wrong).toMatchObject({ code: 2, json: { error: { code: 'usage.setting' } } });
  });

  it('takes a number for milliseconds until 0.3, with a note wherever it stands', async () => {
    const { home, run } = await ownHome('alice.test');
    writeFileSync(join(home, 'config.json'), '{"request.timeout":4000}');
    const edited = await run(['config', 'get', 'request.timeout', '--json']);
    expect(edited.json).toMatchObject({ value: '4s', origin: 'config' });
    expect(edited.stderr).toBe('note: request.timeout in config.json: 4000 is now 4s; the old form works until 0.3\n');
    const env = { CLOUDILLO_REQUEST_TIMEOUT: '5000' };
    const given = await run(['actions', '--json'], { env });
    expect(given).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^note: CLOUDILLO_REQUEST_TIMEOUT: 5000 is now 5s;/),
    });
    const typed = await run(['config', 'set', 'request.timeout', '6000']);
    expect(typed.stdout).toContain('request.timeout = 6s');
    expect(typed.stderr).toContain('note: 6000 is now 6000ms');
  });

  it('says when the environment wins over what was set', async () => {
    const { run } = await ownHome('alice.test');
    const env = { CLOUDILLO_LISTEN_PORT: '7000' };
    const { stdout } = await run(['config', 'set', 'listen.port', '9443'], { env });
    expect(stdout).toContain('CLOUDILLO_LISTEN_PORT is set and wins');
    expect((await run(['config', 'get', 'listen.port'])).stdout).toBe('9443\n');
  });

  it.each([
    [['get', 'listen.prt'], 'Did you mean listen.port'],
    [['set', 'folowers', 'true'], 'Did you mean followers'],
    [['unset', 'conectionMode'], 'Did you mean connectionMode'],
    [['explain', 'zzzzzzzz'], 'listen.host'],
    [['set', 'followers', 'yes'], 'followers'],
    [['set', 'listen.port', '99999'], 'listen.port'],
  ])('refuses %j with a hint', async (args, hint) => {
    const { run } = await ownHome('alice.test');
    const { code, json } = await run(['config', ...args, '--json']);
    expect({ code, error: json.error.code }).toEqual({ code: 2, error: 'usage.setting' });
    expect(json.error.hint).toContain(hint);
  });

  it('names the file that somebody edited wrong', async () => {
    const { home, run } = await ownHome('alice.test');
    writeFileSync(join(home, 'config.json'), '{ "listen.port": 1, ');
    const broken = await run(['config', '--json']);
    expect(broken.code).toBe(8);
    expect(broken.json.error.message).toContain('config.json');
    writeFileSync(join(home, 'config.json'), '{ "lsten.port": 1 }');
    expect(await run(['config', '--json'])).toMatchObject({ code: 2, json: { error: { code: 'usage.setting' } } });
  });
});
