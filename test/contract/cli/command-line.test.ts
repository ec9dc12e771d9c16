import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT, runCli } from '../../support/run-cli.ts';

const { version } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));

describe('cloudillo', () => {
  it.each([['--version'], ['-V']])('%s prints version, platform and Node, as oclif does', async (flag) => {
    const run = await runCli([flag]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toBe(`cloudillo/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
  });

  it.each([[[]], [['--help']], [['-h']], [['help']]])('%j shows the commands', async (args) => {
    const run = await runCli(args);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    for (const text of [
      'USAGE',
      'cloudillo init IDTAG',
      'TOPICS',
      'COMMANDS',
      'verify-token',
      'sandbox',
      `cloudillo/${version}`,
    ]) {
      expect(run.stdout).toContain(text);
    }
  });

  it.each([[['help', 'verify-token']], [['verify-token', '--help']], [['verify-token', '-h', '--json']]])(
    '%j shows one command',
    async (args) => {
      const run = await runCli(args);
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(run.stdout).toContain('$ cloudillo verify-token [TOKEN]');
    },
  );

  it('wraps a description by paragraphs, and says nothing twice', async () => {
    const { stdout } = await runCli(['connect', '--help'], { env: { COLUMNS: '80' } });
    expect(stdout.match(/ask an identity to connect/g)).toHaveLength(1);
    const lines = stdout.slice(stdout.indexOf('\nDESCRIPTION\n'), stdout.indexOf('\nEXAMPLES\n')).split('\n');
    const paragraph = lines.slice(2, lines.indexOf('', 2));
    expect(paragraph.length).toBeGreaterThan(1);
    // But for its last line each is as full as the next word allows.
    for (const line of paragraph.slice(0, -1)) expect(line.length).toBeGreaterThan(60);
  });

  it('shows what is a command’s own first, and the flags of many commands last', async () => {
    const { stdout } = await runCli(['follow', '--help']);
    const order = ['USAGE', 'ARGUMENTS', 'FLAGS', 'DESCRIPTION', 'EXAMPLES', 'GLOBAL FLAGS', 'TRACE FLAGS'];
    expect(stdout.match(/^[A-Z ]+$/gm)).toEqual(order);
  });

  it('shows the commands of a topic', async () => {
    const run = await runCli(['store']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('store check');
  });

  it.each([
    [['verfy-token'], '"verfy-token"', '"cloudillo verify-token"'],
    [['verfy-token', 'a.b.c', '--key', 'x'], '"verfy-token"', '"cloudillo verify-token"'],
    [['store', 'chek'], '"store chek"', '"cloudillo store check"'],
    [['help', 'folow'], '"folow"', '"cloudillo follow"'],
    [['fetch', 'bob.test'], '"fetch"', '"cloudillo fetch-profile"'],
    [['config', 'sett', 'listen.port', '1'], '"config sett"', '"cloudillo config set"'],
    [['status', '--jsno'], '--jsno', '--json'],
    [['verify-token', '--of-line'], '--of-line', '--offline'],
  ])('%j fails with 2 and says what was probably meant', async (args, named, meant) => {
    const text = await runCli(args);
    expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 2, stdout: '' });
    expect(text.stderr).toContain(named);
    expect(text.stderr).toContain(meant);
    const json = await runCli([...args, '--json']);
    expect(json).toMatchObject({ code: 2, stderr: '' });
    expect(json.json.error).toMatchObject({ retryable: false, stage: 'input' });
    expect(json.json.error.hint).toContain(meant);
  });

  it.each([[['completely-unknown']], [['--json', 'verify-token']], [['--bogus']], [['__proto__']], [['constructor']]])(
    '%j fails with 2',
    async (args) => {
      const run = await runCli([...args, '--json']);
      expect(run.code).toBe(2);
      expect(run.json.error.code).toBe('usage.command');
    },
  );

  it('a flag without its value, a value out of the list, flags that exclude each other: all 2', async () => {
    for (const args of [
      ['verify-token', '--key'],
      ['dns-check', 'alice.test', '--format', 'xml'],
      ['verify-token', 'x', '--quiet', '--verbose'],
      ['verify-token', 'x', '--leeway', 'soon'],
      ['fetch-profile'],
    ]) {
      const run = await runCli([...args, '--json']);
      expect(run.code, args.join(' ')).toBe(2);
      expect(run.json.error.code).toMatch(/^usage\./);
      expect(run.json.error.hint, args.join(' ')).toBeTruthy();
    }
  });

  // The words are our own, on one line: oclif's parser puts several of its own around them.
  it.each([
    [['token', 'create', '--expires', 'soon'], 'usage.time'],
    [['fetch-profile', 'alice.test', '--timeout', '1ms'], 'usage.duration'],
    [['watch', '--since', 'yesterday'], 'usage.time'],
    [['deliveries', '--limit', 'all'], 'usage.value'],
    [['message', 'bob.test'], 'usage.missing'],
  ])('%j: one line says what is wrong', async (args, code) => {
    const { json } = await runCli([...args, '--json']);
    expect(json.error.code).toBe(code);
    expect(json.error.message).not.toMatch(/[\n\t]|Parsing|Note:|--help/);
  });

  it('takes what follows -- as an argument, even --json', async () => {
    const run = await runCli(['verify-token', '--key', '/nonexistent', '--', '--json']);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain('code: key.file');
  });
});
