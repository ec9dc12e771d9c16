import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileId } from '../../../src/protocol/content-id.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { now, save } from '../../support/lab-identity.ts';
import { type RunOptions, runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const home = `${temporaryDirectory()}/home`;
const sign = (args: string[], options?: RunOptions) => runCli(['sign-token', '--home', home, ...args], options);

beforeAll(async () => {
  await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
});

describe('sign-token', () => {
  it('prints a token that verifies', async () => {
    const signed = await sign(['--type', 'FLLW', '--audience', 'bob.test']);
    expect(signed).toMatchObject({ code: 0, stderr: '' });
    expect(signed.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const verified = await runCli(['verify-token', '--home', home, '--audience', 'bob.test'], { stdin: signed.stdout });
    expect(verified.code).toBe(0);
  });

  it('signs with a key that the group may read only where that is allowed', async () => {
    const mounted = `${temporaryDirectory()}/home`;
    const { key } = await initInstance({ home: mounted, clock: systemClock }, { idTag: 'alice.test' });
    await chmod(join(mounted, 'identities/alice.test/keys', `${key.keyId}.pem`), 0o640);
    const flags = ['sign-token', '--home', mounted, '--type', 'FLLW', '--audience', 'bob.test', '--json'];
    expect(await runCli(flags)).toMatchObject({ code: 8, json: { error: { code: 'key.mode' } } });
    expect(await runCli(flags, { env: { CLOUDILLO_KEYS_GROUP_READABLE: 'true' } })).toMatchObject({ code: 0 });
  });

  it('puts every flag into its claim', async () => {
    const id = `a1~${'A'.repeat(43)}`;
    const file = fileId('a descriptor');
    const signed = await sign([
      ...[
        '--type',
        'POST:TEXT',
        '--audience',
        'BOB.test',
        '--sub',
        id,
        '--parent',
        id,
        '--content',
        'hello',
        '--attach',
        file,
      ],
      ...['--visibility', 'F', '--flags', 'Rc', '--expires', '2999-01-31T12:00:00Z', '--as', 'alice.test', '--json'],
    ]);
    expect(signed.code).toBe(0);
    expect(schemaProblems('sign-token', signed.json)).toEqual([]);
    const { claims } = signed.json;
    expect(claims).toMatchObject({
      iss: 'alice.test',
      t: 'POST:TEXT',
      aud: 'bob.test',
      sub: id,
      p: id,
      c: 'hello',
      a: [file],
      v: 'F',
      f: 'Rc',
    });
    expect(claims.exp).toBe(Date.parse('2999-01-31T12:00:00Z') / 1000);
    expect(Math.abs(claims.iat - now())).toBeLessThan(30);
  });

  it('takes content as text, as JSON, from a file and from stdin', async () => {
    const content = async (args: string[], options?: RunOptions) =>
      (await sign(['--type', 'POST', '--no-check', '--json', ...args], options)).json.claims.c;
    expect(await content(['--content', '{"a":1}'])).toBe('{"a":1}');
    expect(await content(['--content-json', '{"a":1}'])).toEqual({ a: 1 });
    expect(await content(['--content', `@${save('c', 'from a file')}`])).toBe('from a file');
    expect(await content(['--content-json', '-'], { stdin: '[1]' })).toEqual([1]);
  });

  it('gives a PROXY token its minute', async () => {
    const { json } = await sign(['--type', 'PROXY', '--audience', 'bob.test', '--json']);
    expect(json.claims.exp - json.claims.iat).toBe(60);
  });

  it.each<[string, string[], number, string]>([
    ['no type', [], 2, 'usage.missing'],
    ['an unknown type', ['--type', 'NOPE'], 2, 'usage.claims'],
    ['a missing audience', ['--type', 'FLLW'], 2, 'usage.claims'],
    ['a forbidden field', ['--type', 'FLLW', '--audience', 'bob.test', '--parent', 'x'], 2, 'usage.claims'],
    ['content of the wrong kind', ['--type', 'POST', '--content-json', '{}'], 2, 'usage.claims'],
    ['an audience that is no idTag', ['--type', 'FLLW', '--audience', 'b_b.test'], 2, 'usage.id-tag'],
    ['an unknown visibility', ['--type', 'POST', '--content', 'x', '--visibility', 'Z'], 2, 'usage.value'],
    ['content that is no JSON', ['--type', 'STAT', '--content-json', '{'], 2, 'usage.content'],
    ['a file that is not there', ['--type', 'POST', '--content', '@/nonexistent'], 2, 'usage.file'],
    ['somebody else', ['--type', 'FLLW', '--audience', 'bob.test', '--as', 'eve.test'], 8, 'home.identity-missing'],
  ])('refuses %s', async (_what, args, exit, code) => {
    const refused = await sign([...args, '--json']);
    expect(refused).toMatchObject({ code: exit, json: { error: { code } } });
    expect(schemaProblems('sign-token', refused.json)).toEqual([]);
  });

  it('signs what nobody would accept when told to', async () => {
    const signed = await sign(['--type', 'NOPE', '--no-check']);
    expect(signed.code).toBe(0);
    expect((await runCli(['verify-token', '--home', home], { stdin: signed.stdout })).code).toBe(3);
  });
});
