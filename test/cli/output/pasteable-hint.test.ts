import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../../oclif.manifest.json' with { type: 'json' };
import { AS_COMMANDS, NETWORK_COMMANDS, pasteable, withHome } from '../../../src/cli/output/pasteable-hint.ts';

const SOURCES = join(import.meta.dirname, '../../../src');
const env = { HOME: '/home/me', XDG_DATA_HOME: '/data' };

describe('withHome', () => {
  it.each([
    ['cloudillo serve', 'cloudillo serve --home /h'],
    ['cloudillo store check; then restore it', 'cloudillo store check --home /h; then restore it'],
    ['set it: cloudillo config set tls.cert FILE', 'set it: cloudillo config set --home /h tls.cert FILE'],
    ['cloudillo serve, or cloudillo deliver', 'cloudillo serve --home /h, or cloudillo deliver --home /h'],
    ['cloudillo keygen --as a.example --rotate', 'cloudillo keygen --home /h --as a.example --rotate'],
  ])('makes %j work in this home', (hint, expected) => {
    expect(withHome(hint, '/h', env)).toBe(expected);
  });

  it.each([
    'There is no cloudillo home',
    'Install a newer cloudillo',
    'cloudillo sandbox up a.test',
    'cloudillo serve --home /x',
    'bob.test knows why. Its operator runs: cloudillo explain a1~x',
    'Make one there: cloudillo keygen --as bob.test.',
  ])('leaves %j alone', (hint) => {
    expect(withHome(hint, '/h', env)).toBe(hint);
  });

  it('tells what is run here from what somebody else runs', () => {
    const hint = 'Look at bob.test: cloudillo doctor bob.test. Its operator runs: cloudillo explain a1~x';
    expect(withHome(hint, '/h', env)).toBe(hint.replace('doctor bob', 'doctor --home /h bob'));
  });

  it('leaves what the sender runs alone', () => {
    const hint = 'ask the sender, who runs "cloudillo explain ACTIONID". What came: cloudillo inbox log';
    expect(withHome(hint, '/h', env)).toBe(`${hint} --home /h`);
  });

  it('adds nothing for the default home, and quotes what a shell would read', () => {
    expect(withHome('cloudillo serve', '/data/cloudillo', env)).toBe('cloudillo serve');
    expect(withHome('cloudillo serve', "/my $& 'home'", env)).toBe(`cloudillo serve --home '/my $& '\\''home'\\'''`);
  });
});

describe('pasteable', () => {
  const hint = 'See cloudillo dns-check a.test, cloudillo deliveries, or cloudillo serve';
  const given = { home: '/h', network: '/n w.json' };

  it('names the home and the network that the run was given, each where it is taken', () => {
    const error = { code: 'dns.servfail', hint };
    const made = pasteable(error, given, env);
    const network = "--network '/n w.json'";
    expect(made).toEqual({
      code: 'dns.servfail',
      hint: `See cloudillo dns-check ${network} --home /h a.test, cloudillo deliveries --home /h, or cloudillo serve ${network} --home /h`,
    });
    expect(error.hint).toBe(hint);
    expect(pasteable(made, given, env)).toEqual(made);
  });

  it('gives the network so that it is found from everywhere', () => {
    const made = pasteable({ hint: 'cloudillo get' }, { home: '/data/cloudillo', network: 'n.json' }, env);
    expect(made).toEqual({ hint: `cloudillo get --network ${process.cwd()}/n.json` });
  });

  it('leaves out what holds for the next command as well', () => {
    const same = { home: '/data/cloudillo', network: '/n.json' };
    expect(pasteable({ hint }, same, { ...env, CLOUDILLO_NETWORK: '/n.json' })).toEqual({ hint });
    expect(pasteable({ hint: undefined }, given, env)).toEqual({ hint: undefined });
  });

  it('names the identity that the run was given, where one acts', () => {
    const alice = { home: '/data/cloudillo', as: 'alice.test' };
    const shown = (text: string) => pasteable({ hint: text }, alice, env).hint;
    expect(shown('See cloudillo deliveries, cloudillo file list or cloudillo serve')).toBe(
      'See cloudillo deliveries --as alice.test, cloudillo file list --as alice.test or cloudillo serve',
    );
    expect(shown('cloudillo store check')).toBe('cloudillo store check');
    expect(shown('cloudillo actions --as bob.test')).toBe('cloudillo actions --as bob.test');
    expect(pasteable({ hint }, alice, { ...env, CLOUDILLO_AS: 'alice.test' })).toEqual({ hint });
    expect(pasteable({ hint: 'cloudillo actions' }, { home: '/h', as: 'a b' }, env).hint).toBe(
      "cloudillo actions --home /h --as 'a b'",
    );
  });

  it('knows of each command that a hint names whether it takes an identity', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const text = files.map((name) => readFileSync(join(SOURCES, name), 'utf8')).join('\n');
    const ids = Object.keys(manifest.commands).map((id) => id.replaceAll(':', ' '));
    const names = ids.sort().reverse().join('|');
    const named = new Set(
      [...text.matchAll(new RegExp(`\\bcloudillo (${names})\\b(?!-)`, 'g'))].map(([, id]) => id ?? ''),
    );
    const taking = [...named].filter((id) => {
      const command = Object.entries(manifest.commands).find(([key]) => key === id.replaceAll(' ', ':'))?.[1];
      return command !== undefined && 'as' in command.flags;
    });
    expect(named.has('serve')).toBe(true);
    expect(taking.sort()).toEqual([...AS_COMMANDS].sort());
  });

  it.each(NETWORK_COMMANDS)('%s takes a network', (id) => {
    expect(manifest.commands).toHaveProperty([id, 'flags', 'network']);
  });
});
