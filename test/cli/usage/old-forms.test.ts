import { describe, expect, it } from 'vitest';
import { OLD_FORMS, withoutOldForms } from '../../../src/cli/usage/old-forms.ts';
import { manifestCommands, words } from '../../support/manifest.ts';
import { runCli } from '../../support/run-cli.ts';

const rewritten = (line: string) => withoutOldForms(line.split(' '));

describe.each(OLD_FORMS.map(({ example }) => example))('%s', (old, now) => {
  it('becomes the form of today, with a note', () => {
    const { argv, notes } = rewritten(old);
    expect(argv.join(' ')).toBe(now);
    expect(notes).toEqual([expect.stringMatching(/^note: \S.* is now \S.*; the old form works until 0\.3$/)]);
  });

  it('isn’t met in the form of today', () => {
    expect(rewritten(now)).toEqual({ argv: now.split(' '), notes: [] });
  });

  it('names a command and flags that there are', () => {
    const typed = now.split(' ');
    const command = manifestCommands().find((each) => words(each).every((word, at) => typed[at] === word));
    const flags = typed.filter((word) => word.startsWith('--')).map((word) => word.slice(2).replace(/=.*/, ''));
    expect(Object.keys({ ...command?.flags, json: 0 })).toEqual(expect.arrayContaining(flags));
  });
});

describe('withoutOldForms', () => {
  it.each([
    'watch --wait 30s',
    'watch --wait=30s --limit 1',
    'actions --audience b.test',
    'post --exp',
    'verify-token x -- --aud b.test',
    'token create --expires 1769860800',
    'message b.test --timeout 5s',
  ])('leaves alone: %s', (line) => {
    expect(rewritten(line)).toEqual({ argv: line.split(' '), notes: [] });
  });

  it('notes each old form of a line', () => {
    const { argv, notes } = rewritten('watch b.test --wait --timeout 5');
    expect(argv.join(' ')).toBe('watch b.test --retry --wait 5s');
    expect(notes.map((note) => note.replace(/;.*/, ''))).toEqual([
      'note: --wait is now --retry',
      'note: --timeout 5 is now --wait 5s',
    ]);
  });

  it('leaves a flag without its value to the parser', () => {
    expect(rewritten('token create --ttl').argv).toEqual(['token', 'create', '--expires']);
  });
});

describe('a command in an old form', () => {
  const TOKEN = ['verify-token', 'x.y.z', '--inspect', '--aud', 'b.test'];

  it('works, says so on stderr, and leaves JSON on stdout as it is', async () => {
    const old = await runCli([...TOKEN, '--json']);
    const now = await runCli([...TOKEN.with(3, '--audience'), '--json']);
    expect([old.code, old.stdout]).toEqual([now.code, now.stdout]);
    expect([old.stderr, now.stderr]).toEqual(['note: --aud is now --audience; the old form works until 0.3\n', '']);
  });

  it('says nothing of it with --quiet', async () => {
    expect((await runCli([...TOKEN, '--json', '--quiet'])).stderr).toBe('');
  });
});
