import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
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
