import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestCommands, words } from '../../support/manifest.ts';
import { PROJECT_ROOT, runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { readSchema, schemaProblems } from '../../support/schemas.ts';

const commands = manifestCommands();
const reference = readFileSync(join(PROJECT_ROOT, 'docs/commands.md'), 'utf8');
/** `deliver` takes any number of names, and opens its home before it reads them. */
const IN_A_HOME = { code: 8, error: 'home.missing' };
const SHARED_FLAGS = ['json', 'home', 'no-input', 'no-color', 'quiet', 'verbose'];

describe('the manifest', () => {
  it('has the seven commands of the start, and what belongs to them', () => {
    const ids = commands.map(({ id }) => id);
    for (const id of ['init', 'keygen', 'dns-check', 'serve', 'follow', 'unfollow', 'fetch-profile', 'verify-token']) {
      expect(ids).toContain(id);
    }
  });
});

describe.each(commands)('$id', (command) => {
  const name = words(command).join(' ');

  it('is described in a line, with examples that use flags that it has', () => {
    const summary = command.summary ?? command.description?.split('\n')[0] ?? '';
    expect(summary.length).toBeGreaterThan(10);
    expect(command.examples?.length ?? 0).toBeGreaterThan(0);
    const known = Object.entries(command.flags).flatMap(([flag, { char }]) => [
      `--${flag}`,
      ...(char ? [`-${char}`] : []),
    ]);
    for (const example of command.examples ?? []) {
      const text = typeof example === 'string' ? example : example.command;
      expect(text).toContain('<%= config.bin %> <%= command.id %>');
      // Only what belongs to this command: up to a pipe, a comment or another command's words, and nothing in quotes.
      const unquoted = text.slice(text.indexOf('<%= command.id %>')).replaceAll(/'[^']*'|"[^"]*"/g, '');
      const own = unquoted.split(/[|#]| && | -- /)[0] ?? '';
      for (const flag of own.match(/(?<=\s)-{1,2}[a-z][a-z-]*/g) ?? []) expect(known).toContain(flag);
    }
  });

  it('has the shared flags, and says of each of its own what it does', () => {
    for (const flag of SHARED_FLAGS) expect(Object.keys(command.flags)).toContain(flag);
    for (const [flag, { description }] of Object.entries(command.flags)) expect(description, flag).toBeTruthy();
    for (const [arg, { description }] of Object.entries(command.args)) expect(description, arg).toBeTruthy();
  });

  it('has a published schema and a place in the reference', () => {
    expect(readSchema(command.id)).toHaveProperty('title');
    expect(schemaProblems(command.id, { neither: 'a result', nor: 'an error' })).not.toEqual([]);
    expect(reference).toContain(`## cloudillo ${name}\n`);
  });

  it.concurrent('answers --help on stdout, without colour', async ({ expect }) => {
    const { code, stdout, stderr } = await runCli([...words(command), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('USAGE');
    expect(stdout).toContain('EXAMPLES');
    expect(stdout).not.toContain('\x1b');
  });

  it.concurrent('refuses an unknown flag with 2, as text and as JSON', async ({ expect }) => {
    const text = await runCli([...words(command), '--nonexistent-flag']);
    expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 2, stdout: '' });
    expect(text.stderr).toContain('--nonexistent-flag');
    expect(text.stderr).toContain(`cloudillo ${name} --help`);
    expect(text.stderr).not.toMatch(/\n\s+at /);

    const json = await runCli([...words(command), '--nonexistent-flag', '--json']);
    expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 2, stderr: '' });
    expect(json.json).toMatchObject({ error: { code: 'usage.flag', stage: 'input', retryable: false } });
    expect(schemaProblems(command.id, json.json)).toEqual([]);
  });

  it.concurrent('with too many arguments fails with 2 and leaves nothing on disk', async ({ expect }) => {
    const home = join(temporaryDirectory(), 'home');
    const { code, json } = await runCli([
      ...words(command),
      ...Array(9).fill('x'),
      '--json',
      '--no-input',
      '--home',
      home,
    ]);
    const refused = command.id === 'deliver' ? IN_A_HOME : { code: 2, error: expect.stringMatching(/^usage\./) };
    expect({ code, error: json.error.code }).toEqual(refused);
    expect(schemaProblems(command.id, json)).toEqual([]);
    expect(existsSync(home)).toBe(false);
  });
});
