import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OLD_FORMS } from '../../src/cli/usage/old-forms.ts';
import { PROJECT_ROOT } from '../support/run-cli.ts';

const page = readFileSync(join(PROJECT_ROOT, 'docs/flags.md'), 'utf8');
const [present = '', old = ''] = page.split('## Old forms');

/** The flags that the first column of a part's table names. */
const named = (part: string): string[] =>
  [...part.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) => cell.match(/--[a-z][a-z-]*/g) ?? []);

describe('the page of flags', () => {
  it('names flags that exist', () => {
    const manifest = JSON.parse(readFileSync(join(PROJECT_ROOT, 'oclif.manifest.json'), 'utf8')) as {
      commands: Record<string, { flags?: Record<string, unknown> }>;
    };
    const flags = new Set(Object.values(manifest.commands).flatMap((command) => Object.keys(command.flags ?? {})));
    expect(named(present).length).toBeGreaterThan(15);
    expect(named(present).filter((flag) => !flags.has(flag.slice(2)))).toEqual([]);
  });

  it('names every old flag that is rewritten', () => {
    const rewritten = OLD_FORMS.flatMap(({ example: [before, now] }) =>
      (before.match(/--[a-z-]+/g) ?? []).filter((flag) => !new Set<string>(now.match(/--[a-z-]+/g)).has(flag)),
    );
    expect(rewritten.length).toBeGreaterThan(5);
    expect(rewritten.filter((flag) => !named(old).includes(flag))).toEqual([]);
  });
});
