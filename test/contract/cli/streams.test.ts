import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { CLI_PATH, isolatedEnv, PROJECT_ROOT, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';

const run = promisify(execFile);
const vectors = JSON.parse(readFileSync(join(PROJECT_ROOT, 'test/vectors/tokens.json'), 'utf8'));
const directory = temporaryDirectory();
const key = join(directory, 'key');
const token = join(directory, 'token');
const many = join(directory, 'many');

beforeAll(() => {
  const carol = vectors.keys.find((entry: { idTag: string }) => entry.idTag === 'carol.test');
  const signed = vectors.tokens.find(
    (entry: { signature: string; claims: { iss: string } }) =>
      entry.signature === 'valid' && entry.claims.iss === 'carol.test',
  );
  writeFileSync(key, carol.publicKey);
  writeFileSync(token, signed.token);
  writeFileSync(many, `${signed.token}\n`.repeat(2000));
});

/** Runs a shell line with `$CLI` as the program. */
async function shell(line: string, env: Record<string, string> = {}) {
  const { stdout, stderr } = await run('bash', ['-c', line], {
    env: { ...isolatedEnv(env), CLI: `${process.execPath} ${CLI_PATH}`, KEY: key, TOKEN: token, MANY: many },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { stdout, stderr };
}

describe('stdout', () => {
  it('is one compact line with --json, and nothing else', async () => {
    const { code, stdout, stderr } = await runCli(['verify-token', '--file', token, '--key', key, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout))}\n`);
  });

  it('has one line for each item of a list', async () => {
    const { stdout } = await shell('$CLI verify-token --key $KEY --json < $MANY | wc -l');
    expect(stdout.trim()).toBe('2000');
  });

  it.each(['--json', ''])('may be closed early: no error, no trace (%s)', async (flag) => {
    const { stdout, stderr } = await shell(
      `$CLI verify-token --key $KEY ${flag} < $MANY | head -1 | wc -l; echo \${PIPESTATUS[0]}`,
    );
    expect(stdout).toBe('1\n0\n');
    expect(stderr).toBe('');
  });

  it('may be closed from the start', async () => {
    const { stderr } = await shell('$CLI --help | true; $CLI verify-token --key $KEY --file $TOKEN | true');
    expect(stderr).toBe('');
  });

  it('that is full is an error with an exit code', async () => {
    const { stdout, stderr } = await shell('$CLI verify-token --key $KEY --file $TOKEN > /dev/full; echo $?');
    expect(stdout.trim()).toBe('8');
    expect(stderr).toContain('code: store.full');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it.each([
    '--version',
    '--help',
    'help keygen',
    'store --help',
    'config --json',
    // What it found has an exit code of its own.
    'dns-check alice.test --resolver 127.0.0.1:1',
  ])('that is full is an error of every command: %s', async (words) => {
    const { stdout, stderr } = await shell(`$CLI ${words} > /dev/full; echo $?`);
    expect(stdout.trim()).toBe('8');
    expect(stderr).toContain('code: store.full');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('may be closed while the version is printed', async () => {
    const { stdout, stderr } = await shell(
      'set -o pipefail; for i in 1 2 3 4 5 6; do $CLI --version | true; echo $?; done',
    );
    expect(stdout).toBe('0\n'.repeat(6));
    expect(stderr).toBe('');
  });
});

describe('stderr', () => {
  it('may be closed', async () => {
    const { stdout } = await shell('$CLI verify-token --bogus 2>&-; echo $?');
    expect(stdout.trim()).toBe('2');
  });

  it('has the error, its stage and its hint, in a layout that stays', async () => {
    const { stderr } = await runCli(['verify-token', '--bogus']);
    expect(stderr).toMatch(
      /^Error: .*\n {2}code: usage\.flag\n {2}stage: input\n {2}→ .*cloudillo verify-token --help\n$/,
    );
  });
});

describe('colour', () => {
  const args = ['verify-token', '--file', token, '--key', key];
  const ESCAPE = '\x1b[';

  it('is not in a pipe', async () => {
    expect((await runCli(args)).stdout).not.toContain(ESCAPE);
  });

  it('is with FORCE_COLOR', async () => {
    expect((await runCli(args, { env: { FORCE_COLOR: '1' } })).stdout).toContain(ESCAPE);
  });

  it('is on a terminal, and not with NO_COLOR or --no-color', async () => {
    // Without standard error: what is shown while one waits has colours and moves the cursor.
    const terminal = (extra: string, env: Record<string, string> = {}) =>
      shell(`script -qec "$CLI verify-token --key $KEY --file $TOKEN ${extra} 2>/dev/null" /dev/null`, {
        TERM: 'xterm',
        ...env,
      });
    expect((await terminal('')).stdout).toContain(ESCAPE);
    expect((await terminal('--no-color')).stdout).not.toContain(ESCAPE);
    expect((await terminal('', { NO_COLOR: '1' })).stdout).not.toContain(ESCAPE);
    expect((await terminal('--json')).stdout).not.toContain(ESCAPE);
  });

  it('is in no JSON, even when forced', async () => {
    const { json } = await runCli([...args, '--json'], { env: { FORCE_COLOR: '1' } });
    expect(JSON.stringify(json)).not.toContain('\\u001b');
  });

  it('colours an error only where it is wanted', async () => {
    const bogus = ['verify-token', '--bogus'];
    expect((await runCli(bogus, { env: { FORCE_COLOR: '1' } })).stderr).toContain(ESCAPE);
    expect((await runCli([...bogus, '--no-color'], { env: { FORCE_COLOR: '1' } })).stderr).not.toContain(ESCAPE);
  });
});

describe('what somebody else wrote', () => {
  const PLANT = '\u001b]0;owned\u0007\u001b[8m\u009b2J\u202e\u200b\nError: forged';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]|\nError: forged/;

  it.each([
    [['verify-token', PLANT]],
    [['verify-token', '--key', `/nonexistent${PLANT}`, 'x.y.z']],
    [['follow', PLANT]],
    [[`nonsense${PLANT}`]],
    [['status', `--nonsense${PLANT}`]],
    [['status', '--verbose', '--home', `/nonexistent${PLANT}`]],
    [['config', 'set', PLANT, PLANT]],
  ])('reaches neither stdout nor stderr as it is: %j', async (args) => {
    const { code, stdout, stderr } = await runCli(args, { env: { NO_COLOR: '1' } });
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/Error: |✗ failed/);
    expect(stdout + stderr).not.toMatch(RAW);
  });
});

describe('a signal', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a command that waits for its stdin', async (signal) => {
    const { child, done } = startCli(['verify-token', '--key', key, '--batch', '--json'], { keepStdin: true });
    child.stdin?.write(readFileSync(token));
    child.stdin?.write('\n');
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill(signal);
    expect(await done).toMatchObject({ code: null, signal });
  });
});

describe('a directory where a file is meant', () => {
  const home = join(directory, 'home');
  beforeAll(() => initInstance({ home, clock: systemClock }, { idTag: 'alice.test' }));

  it.each([
    ['usage.file', 'verify-token --file .'],
    ['usage.file', 'verify-token --key $KEY < .'],
    ['key.file', 'verify-token --key . x.y.z'],
    ['key.unreadable', 'keygen --out key.pem --import .'],
    ['key.unreadable', 'keygen --out key.pem --import - < .'],
    ['key.passphrase', 'keygen --out key.pem --passphrase-file .'],
    ['key.passphrase', 'keygen --out key.pem --passphrase-file - < .'],
    ['usage.file', 'file add .'],
    ['usage.file', 'file add - --name x < .'],
    ['usage.file', 'post --file .'],
    ['usage.file', 'post - < .'],
    ['usage.file', 'password set --password-file - < .'],
    ['usage.network', 'deliver --network .'],
    ['tls.unreadable', 'serve --tls-cert . --tls-key $KEY'],
  ])('is refused with %s: %s', async (code, line) => {
    const { stdout } = await shell(`cd ${directory}; $CLI ${line} --json; true`, { CLOUDILLO_HOME: home });
    expect(JSON.parse(stdout).error.code).toBe(code);
    expect(stdout).not.toContain('EISDIR');
  });
});
