import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { hasTerminal, openTerminal } from '../../support/terminal.ts';

const ENTER = '\r';
const CTRL_C = '\x03';

describe.skipIf(!hasTerminal)('on a terminal (made by script of bsdutils; skipped where that is missing)', () => {
  it('asks for what is missing, and again after a wrong answer', async () => {
    const home = join(temporaryDirectory(), 'home');
    const terminal = openTerminal(['init', '--home', home]);
    await terminal.answer('Identity', `not an id tag${ENTER}`);
    // The refusal stands under the question; the line still holds what was typed.
    await terminal.answer('>', '\x15');
    await terminal.answer('Identity', `alice.example.com${ENTER}`);
    await terminal.answer('Display name', ENTER);
    const { code, shown } = await terminal.done;
    expect(shown).toContain('alice.example.com');
    expect(code).toBe(0);
    expect(existsSync(join(home, 'identities/alice.example.com'))).toBe(true);
  });

  it('Ctrl-C at a question ends with 130 and leaves nothing', async () => {
    const home = join(temporaryDirectory(), 'home');
    const terminal = openTerminal(['init', '--home', home]);
    await terminal.answer('Identity', CTRL_C);
    const { code, shown } = await terminal.done;
    expect(code).toBe(130);
    expect(shown).toContain('usage.cancelled');
    expect(shown).not.toMatch(/\n\s+at /);
    expect(existsSync(home)).toBe(false);
  });

  it.each([['--no-input'], ['--json'], ['--yes']])('never asks with %s', async (flag) => {
    const home = join(temporaryDirectory(), 'home');
    const { code, shown } = await openTerminal(['init', '--home', home, flag]).done;
    expect(code).toBe(2);
    expect(shown).toContain('usage.missing');
    expect(existsSync(home)).toBe(false);
  });
});

describe('without a terminal', () => {
  it('never asks, and names what to give', async () => {
    const home = join(temporaryDirectory(), 'home');
    const { code, stderr } = await runCli(['init', '--home', home]);
    expect(code).toBe(2);
    expect(stderr).toContain('usage.missing');
    expect(stderr).toContain('IDTAG');
    expect(existsSync(home)).toBe(false);
  });
});
