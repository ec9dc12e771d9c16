import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answer, startLab } from '../../support/lab.ts';
import { networkFile } from '../../support/lab-identity.ts';
import { manifestCommands, words } from '../../support/manifest.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';
import { ownHome } from './own-home.ts';

/** Something plausible for each argument, so that what is missing is only who acts. */
const ARGUMENTS: Record<string, string> = {
  idTag: 'bob.example.org',
  to: 'bob.example.org',
  actionId: `a1~${'A'.repeat(43)}`,
  action: `a1~${'A'.repeat(43)}`,
  first: `f1~${'A'.repeat(43)}`,
  text: 'hello',
  kind: 'like',
  key: '1',
  type: 'POST',
};
/** And what else a command can't do without. */
const MORE: Record<string, string[]> = {
  action: ['--content', 'hello'],
  'api-key:create': ['--out', 'NEW-FILE'],
  keygen: ['--rotate'],
  post: ['hello'],
  'profile:set': ['--name', 'Mallory'],
  'profile:show': [],
  'password:set': ['--password-file', 'FILE'],
  'sign-token': ['--type', 'POST', '--content', 'hello'],
  'token:create': ['--out', 'NEW-FILE'],
};
/** These are about the whole home when nobody is named: what waits, waits for all of them. */
const WHOLE_HOME: ReadonlySet<string> = new Set([
  'deliver',
  'deliveries',
  'deliveries:list',
  'deliveries:retry',
  'deliveries:drop',
]);
/** Asks for a running server first (test/e2e). */
const NEEDS_SERVER = 'watch';

const acting = manifestCommands().filter(
  ({ id, flags }) => flags['as']?.description?.startsWith('act as') && !WHOLE_HOME.has(id) && id !== NEEDS_SERVER,
);

describe('in a home with two identities', () => {
  it.concurrent.each(acting.map((command) => [command.id, command] as const))(
    '%s does nothing before it is told who acts',
    async (id, command) => {
      const { expect } = await import('vitest');
      const { home, run } = await ownHome('alice.test', 'anna.test');
      const file = join(temporaryDirectory('file-'), 'note.txt');
      writeFileSync(file, 'correct horse battery staple');
      const required = Object.entries(command.args).filter(([, { required: needed }]) => needed);
      const args = required.map(([name]) => ARGUMENTS[name] ?? file);
      const places: Record<string, string> = { FILE: file, 'NEW-FILE': `${file}.new` };
      const more = (MORE[id] ?? []).map((word) => places[word] ?? word);
      const before = contents(home);
      const done = await run([...words(command), ...args, ...more, '--json', '--no-input']);
      expect([done.code, done.json?.error?.code, done.json?.error?.hint]).toEqual([
        2,
        'usage.as',
        'Add --as alice.test or --as anna.test',
      ]);
      expect(contents(home)).toEqual(before);
    },
  );
});

describe('CLOUDILLO_AS', () => {
  it('says who acts, unless --as does', async () => {
    const { run } = await ownHome('alice.test', 'anna.test');
    const shown = async (as: string, ...flags: string[]) => {
      const { json } = await run(['profile', 'show', '--json', ...flags], { env: { CLOUDILLO_AS: as } });
      return json.idTag ?? json.error.code;
    };
    expect(await shown('anna.test')).toBe('anna.test');
    expect(await shown('anna.test', '--as', 'alice.test')).toBe('alice.test');
    expect(await shown('')).toBe('usage.as');
    expect(await shown('bob.test')).toBe('home.identity-missing');
    const { json } = await run(['deliveries', '--json'], { env: { CLOUDILLO_AS: 'bob.test' } });
    expect(json.error.code).toBe('home.identity-missing');
  });

  it('excludes no flag that --as excludes', async () => {
    const file = join(temporaryDirectory(), 'key.pem');
    const options = { env: { CLOUDILLO_AS: 'anna.test' } };
    const { run } = await ownHome();
    expect((await run(['keygen', '--out', file], options)).code).toBe(0);
    expect((await run(['keygen', '--stdout'], options)).code).toBe(0);
    const both = await run(['keygen', '--stdout', '--as', 'anna.test', '--json'], options);
    expect([both.code, both.json.error.code]).toEqual([2, 'usage.value']);
  });

  it('signs in nowhere', async () => {
    const { run } = await ownHome('alice.test', 'anna.test');
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_request, response) => answer(response, {}));
    const args = ['get', 'bob.test', '/api/me', '--network', networkFile(lab)];
    expect((await run(args, { env: { CLOUDILLO_AS: 'anna.test' } })).code).toBe(0);
    expect(bob.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it.each(
    manifestCommands().filter(({ flags }) => /^(act as|only) this identity/.test(flags['as']?.description ?? '')),
  )('is in the help of $id', ({ flags }) => {
    expect(flags['as']?.description).toContain('$CLOUDILLO_AS');
  });
});

/** Keys, profiles, journal: everything of a home that says something. */
function contents(home: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const folder of ['identities', 'journal', 'blobs']) {
    for (const name of readdirSync(join(home, folder), { recursive: true, encoding: 'utf8' })) {
      const path = join(home, folder, name);
      if (statSync(path).isFile()) found[join(folder, name)] = readFileSync(path, 'base64');
    }
  }
  return found;
}
