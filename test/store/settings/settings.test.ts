import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CloudilloError } from '../../../src/protocol/errors.ts';
import { openConfig, setSetting, unsetSetting } from '../../../src/store/settings/config-file.ts';
import { SETTING_NAMES, SETTINGS } from '../../../src/store/settings/setting-definitions.ts';
import { parseSetting } from '../../../src/store/settings/setting-values.ts';
import { explainSetting, resolveSettings, type SettingsInput } from '../../../src/store/settings/settings.ts';
import { codeOf, temporaryHome } from '../../support/store-fixtures.ts';

function codeThrown(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as CloudilloError).code;
  }
  return 'nothing was thrown';
}

describe('resolving settings', () => {
  it('takes flag over environment over config over default, and says which', () => {
    const env = { CLOUDILLO_LISTEN_PORT: '2', CLOUDILLO_LISTEN_HOST: '::1', CLOUDILLO_LOG_LEVEL: '' };
    const config = { 'listen.port': 3, 'listen.host': '10.0.0.1', 'log.level': 'debug' };
    const { values, origins, byName } = resolveSettings({ 'listen.port': 1, followers: undefined }, env, config);
    expect(values.listen).toEqual({ port: 1, host: '::1' });
    expect(values.log.level).toBe('debug');
    expect(values.followers).toBe(true);
    expect(byName['listen.port']).toBe(1);
    expect(origins).toMatchObject({
      'listen.port': 'flag',
      'listen.host': 'environment',
      'log.level': 'config',
      followers: 'default',
    });
  });

  it('has a value and an origin for each, and defaults that it would accept', () => {
    const { byName, origins } = resolveSettings({}, {}, {});
    expect(Object.keys(byName)).toEqual(SETTING_NAMES);
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
    const { byName: again } = resolveSettings({}, {}, byName);
    expect(again).toEqual(byName);
    expect(new Set(SETTING_NAMES.map((name) => SETTINGS[name].env)).size).toBe(SETTING_NAMES.length);
  });

  it('doesn’t hand out its defaults to be changed', () => {
    resolveSettings({}, {}, {}).values.proxy.trusted.push('10.0.0.1');
    expect(resolveSettings({}, {}, {}).values.proxy.trusted).toEqual([]);
  });

  it.each([
    ['a flag', () => resolveSettings({ 'listen.host': '[::1]' }, {}, {})],
    ['the environment', () => resolveSettings({}, { CLOUDILLO_LISTEN_HOST: '[::1]' }, {})],
    ['the file', () => resolveSettings({}, {}, { 'listen.host': '[::1]' })],
  ])('takes an IPv6 address in brackets from %s', (_, resolve) => {
    expect(resolve().values.listen.host).toBe('::1');
    expect(parseSetting('proxy.trusted', '[::1],10.0.0.1')).toEqual(['::1', '10.0.0.1']);
  });

  it('takes the largest number that its message names', () => {
    const most = String(Number.MAX_SAFE_INTEGER);
    expect(parseSetting('limits.issuerBytes', most)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => parseSetting('limits.issuerBytes', '9007199254740992')).toThrow(most);
  });

  it('reads every kind from the environment', () => {
    const env = {
      CLOUDILLO_PROXY_TRUSTED: ' 10.0.0.1, 192.168.0.0/16 ,',
      CLOUDILLO_FOLLOWERS: 'false',
      CLOUDILLO_RATE_LIMITS: 'true',
      CLOUDILLO_TLS_CERT: 'cert.pem',
      CLOUDILLO_CONNECTION_MODE: 'accept',
      CLOUDILLO_REQUEST_TIMEOUT: '500',
    };
    expect(resolveSettings({}, env, {}).values).toMatchObject({
      proxy: { trusted: ['10.0.0.1', '192.168.0.0/16'] },
      followers: false,
      rateLimits: true,
      tls: { cert: 'cert.pem' },
      connectionMode: 'accept',
      request: { timeout: 500 },
    });
  });

  it('takes paths in config.json as relative to the home, others as they are', () => {
    const config = { 'tls.cert': 'tls/cert.pem', 'tls.key': '/etc/key.pem', 'tls.directory': 'certs' };
    const { values } = resolveSettings({ network: 'net.json' }, {}, config, '/home/alice/.cl');
    expect(values.tls).toEqual({
      cert: '/home/alice/.cl/tls/cert.pem',
      key: '/etc/key.pem',
      directory: '/home/alice/.cl/certs',
    });
    expect(values.network).toBe('net.json');
  });

  it.each([
    ['an unknown name in config', {}, {}, { 'listen.prot': 1 }],
    ['an unknown flag', { nope: 1 }, {}, {}],
    ['a text for a number', {}, {}, { 'listen.port': '8443' }],
    ['a port out of range', {}, {}, { 'listen.port': 65536 }],
    ['a fraction', {}, {}, { 'listen.port': 1.5 }],
    ['a number for a switch', {}, {}, { followers: 1 }],
    ['a text for a switch', {}, {}, { followers: 'true' }],
    ['another choice', {}, {}, { connectionMode: 'maybe' }],
    ['a list that isn’t one', {}, {}, { 'proxy.trusted': '10.0.0.1' }],
    ['a list of numbers', {}, {}, { 'proxy.trusted': [1] }],
    ['a proxy without an address', {}, {}, { 'proxy.trusted': ['127.0.0.1', 'proxy.example'] }],
    ['a proxy by a bare number', {}, {}, { 'proxy.trusted': ['1'] }],
    ['a proxy by a hexadecimal address', {}, {}, { 'proxy.trusted': ['0x7f.1/8'] }],
    ['a network that is none', {}, { CLOUDILLO_PROXY_TRUSTED: '10.0.0.0/33' }, {}],
    ['an empty text', {}, {}, { 'listen.host': '' }],
    ['a wrong flag', { 'listen.port': -1 }, {}, {}],
    ['a wrong environment', {}, { CLOUDILLO_LISTEN_PORT: '80x' }, {}],
    ['a hexadecimal environment', {}, { CLOUDILLO_LISTEN_PORT: '0x50' }, {}],
    ['a switch that is 1', {}, { CLOUDILLO_FOLLOWERS: '1' }, {}],
    ['config that is a list', {}, {}, []],
    ['config that is null', {}, {}, null],
    ['a name of Object’s', {}, {}, { constructor: 1 }],
  ])('refuses %s', (_name, flags, env, config) => {
    expect(codeThrown(() => resolveSettings(flags as SettingsInput, env, config))).toBe('usage.setting');
  });
});

describe('config.json', () => {
  it('is written setting by setting, and back to the default', async () => {
    const root = await temporaryHome();
    expect(await setSetting(root, 'listen.port', '443')).toBe(443);
    expect(await setSetting(root, 'proxy.trusted', '10.0.0.1')).toEqual(['10.0.0.1']);
    const path = join(root, 'config.json');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ 'listen.port': 443, 'proxy.trusted': ['10.0.0.1'] });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await unsetSetting(root, 'listen.port')).toBe(true);
    expect(await unsetSetting(root, 'listen.port')).toBe(false);
    expect((await openConfig(root)).data).toEqual({ 'proxy.trusted': ['10.0.0.1'] });
  });

  it.each([
    ['listen.prot', '1'],
    ['listen.port', 'many'],
    ['__proto__', '1'],
  ])('isn’t touched by %s = %s', async (name, raw) => {
    const root = await temporaryHome();
    expect(await codeOf(setSetting(root, name, raw))).toBe('usage.setting');
    expect((await openConfig(root)).exists).toBe(false);
  });

  it.each([
    ['{"listen.prot":1}', 'usage.setting'],
    ['{', 'store.document'],
  ])('that holds %s is refused and left alone, also when another setting is set', async (text, code) => {
    const root = await temporaryHome();
    await writeFile(join(root, 'config.json'), text);
    expect(await codeOf(openConfig(root))).toBe(code);
    expect(await codeOf(setSetting(root, 'followers', 'true'))).toBe(code);
    expect(await readFile(join(root, 'config.json'), 'utf8')).toBe(text);
  });
});

it('a setting is explained', () => {
  const resolved = resolveSettings({}, { CLOUDILLO_LISTEN_PORT: '1' }, {});
  expect(explainSetting(resolved, 'listen.port')).toMatchObject({
    name: 'listen.port',
    value: 1,
    origin: 'environment',
    default: 8443,
    env: 'CLOUDILLO_LISTEN_PORT',
  });
  expect(codeThrown(() => explainSetting(resolved, 'nope'))).toBe('usage.setting');
  expect(parseSetting('listen.port', '7')).toBe(7);
});
