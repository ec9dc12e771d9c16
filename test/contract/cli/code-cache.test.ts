import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT, runCli, temporaryDirectory } from '../../support/run-cli.ts';

const HELP_OUTPUT = /COMMANDS/;

/** Runs `--help` with this cache directory. */
async function help(cache: string, env: Record<string, string | undefined> = {}) {
  const run = await runCli(['--help'], { env: { XDG_CACHE_HOME: cache, ...env } });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toMatch(HELP_OUTPUT);
  return run;
}

/** The cache file that a first run leaves. */
async function warmCache(): Promise<{ cache: string; file: string }> {
  const cache = temporaryDirectory();
  await help(cache);
  const [build] = readdirSync(join(cache, 'cloudillo'));
  return { cache, file: join(cache, 'cloudillo', build!, 'help.v8') };
}

/** Code of another program that V8 takes for the bundle's, because it checks the source's length only. */
function poison(file: string): void {
  const bundle = readFileSync(join(PROJECT_ROOT, 'dist/cli.cjs'), 'latin1');
  // In brackets V8 compiles it at once.
  const evil = `({ 'cli.cjs': (function () { process.stdout.write('poisoned'); process.exit(66); }) })`;
  const script = new Script(evil + ' '.repeat(bundle.length - evil.length), {
    filename: join(PROJECT_ROOT, 'dist/cli.cjs'),
  });
  script.runInThisContext();
  const code = script.createCachedData();
  const index = Buffer.from(JSON.stringify([['cli.cjs', code.length]]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index.length);
  writeFileSync(file, Buffer.concat([length, index, code]));
}

describe('the code cache', () => {
  it('is written by the first run, for its owner only, and used by the second', async () => {
    const { cache, file } = await warmCache();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(cache, 'cloudillo')).mode & 0o777).toBe(0o700);
    const before = statSync(file);
    await help(cache);
    expect(statSync(file)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  it('keeps one file a command, and none for words that are no command', async () => {
    const { cache, file } = await warmCache();
    await runCli(['verify-token', 'x'], { env: { XDG_CACHE_HOME: cache } });
    await runCli(['no-such-command'], { env: { XDG_CACHE_HOME: cache } });
    await runCli(['../../escape'], { env: { XDG_CACHE_HOME: cache } });
    expect(readdirSync(join(file, '..')).sort()).toEqual(['help.v8', 'verify-token.v8']);
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['random', Buffer.alloc(5000, 0xa5)],
    ['short', Buffer.from([200, 0, 0, 0, 1])],
    ['full of nothing', Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('[]')])],
  ])('that is %s is passed over and written anew', async (_, bytes) => {
    const { cache, file } = await warmCache();
    writeFileSync(file, bytes);
    await help(cache);
    expect(statSync(file).size).toBeGreaterThan(10_000);
  });

  it('that is cut off is passed over', async () => {
    const { cache, file } = await warmCache();
    writeFileSync(file, readFileSync(file).subarray(0, 20_000));
    await help(cache);
  });

  it.each([
    ['its directory', (file: string) => chmodSync(join(file, '..'), 0o777)],
    ['the directory above', (file: string) => chmodSync(join(file, '../..'), 0o770)],
    ['the file', (file: string) => chmodSync(file, 0o666)],
  ])('is not trusted when others may write %s', async (_, loosen) => {
    const { cache, file } = await warmCache();
    poison(file);
    // What the mode protects from: without it, this would be run.
    const control = await runCli(['--help'], { env: { XDG_CACHE_HOME: cache } });
    expect(control).toMatchObject({ code: 66, stdout: 'poisoned' });
    loosen(file);
    await help(cache);
  });

  it('is not trusted when it is a link to somewhere else', async () => {
    const { cache, file } = await warmCache();
    poison(file);
    const other = temporaryDirectory();
    symlinkSync(join(cache, 'cloudillo'), join(other, 'cloudillo'));
    await help(other);
  });

  it.skipIf(process.getuid?.() !== 0)('is not trusted when it belongs to another user', async () => {
    const { cache, file } = await warmCache();
    poison(file);
    execFileSync('chown', ['65534', file]);
    await help(cache);
  });

  it.skipIf(process.getuid?.() !== 0)('is not left by root in the home of another user', async () => {
    const cache = temporaryDirectory();
    execFileSync('chown', ['65534', cache]);
    await help(cache);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('is not needed: no home, no place to write, a relative path, a file in its place', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await help('', { HOME: undefined });
    await help('/proc/nowhere');
    await help('relative/cache');
    await help(file);
  });

  it('can be turned off', async () => {
    const cache = temporaryDirectory();
    await help(cache, { CLOUDILLO_NO_CODE_CACHE: '1' });
    expect(readdirSync(cache)).toEqual([]);
  });
});
