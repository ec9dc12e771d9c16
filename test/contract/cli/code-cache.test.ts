import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { compileFunction, Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT, runCli, temporaryDirectory } from '../../support/run-cli.ts';

const HELP_OUTPUT = /COMMANDS/;
/** Does Node keep the code of what it loads itself, too? */
const NODE_CACHES = 'enableCompileCache' in nodeModule;
const EVIL = "process.stdout.write('poisoned'); process.exit(66);";

/** Runs `--help` with this cache directory. */
async function help(cache: string, env: Record<string, string | undefined> = {}) {
  const run = await runCli(['--help'], { env: { XDG_CACHE_HOME: cache, ...env } });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toMatch(HELP_OUTPUT);
  return run;
}

/** The same where root, too, may write only what the modes allow. */
function helpWithoutPrivileges(cache: string): string {
  const command = [process.execPath, join(PROJECT_ROOT, 'bin/run.js'), '--help'];
  const asRoot = ['setpriv', '--inh-caps=-all', '--bounding-set=-all'];
  const [program, ...args] = [...(process.getuid?.() === 0 ? asRoot : []), ...command];
  return execFileSync(program!, args, { env: { PATH: process.env['PATH'], XDG_CACHE_HOME: cache }, encoding: 'utf8' });
}

/** The directory of the command's code, and its files, that a first run leaves. */
async function warmCache(): Promise<{ cache: string; directory: string; files: string[] }> {
  const cache = temporaryDirectory();
  await help(cache);
  const [build] = readdirSync(join(cache, 'cloudillo'));
  const directory = join(cache, 'cloudillo', build!, 'help');
  return { cache, directory, files: filesIn(directory) };
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Is it of bin/code-cache.js, and not of Node's cache, which is in a directory of its own? */
const isOwn = (file: string) => file.endsWith('.v8');

/** How long the source is that a file of Node's cache is for: the second of five numbers before the code. */
const sourceLength = (bytes: Buffer) => bytes.readUInt32LE(4);

/** Code of another program that V8 takes for the bundle's, because it checks the source's length only. */
function poison(files: readonly string[]): void {
  for (const file of files) writeFileSync(file, isOwn(file) ? poisonedOwnCache(file) : poisonedNodeCache(file));
}

function poisonedNodeCache(file: string): Buffer {
  const kept = readFileSync(file);
  const source = EVIL.padEnd(sourceLength(kept));
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
  const code = compileFunction(source, parameters, { produceCachedData: true }).cachedData!;
  const head = kept.subarray(0, 20);
  head.writeUInt32LE(code.length, 8);
  head.writeUInt32LE(crc32(code), 16);
  return Buffer.concat([head, code]);
}

function poisonedOwnCache(file: string): Buffer {
  const name = file.slice(file.lastIndexOf('/') + 1, -'.v8'.length);
  const wrap = (body: string) => `(function (exports, require, module, __filename, __dirname) { ${body}\n})`;
  const { length } = readFileSync(join(PROJECT_ROOT, 'dist', name), 'utf8');
  const script = new Script(wrap(EVIL.padEnd(length)), { filename: name });
  return withChecksum(script.createCachedData());
}

/** As bin/code-cache.js writes it. */
function withChecksum(code: Buffer): Buffer {
  return Buffer.concat([hash('sha256', code, 'buffer'), code]);
}

/** One bit of the code is another. */
function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const middle = changed.length >> 1;
  changed[middle] = changed[middle]! ^ 1;
  return changed;
}

describe('the code cache', () => {
  it('is written by the first run, for its owner only, and used by the second', async () => {
    const { cache, directory, files } = await warmCache();
    expect(files.filter(isOwn).length).toBeGreaterThan(1);
    expect(files.some((file) => !isOwn(file))).toBe(NODE_CACHES);
    for (const file of files) expect(statSync(file).mode & 0o022).toBe(0);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(cache, 'cloudillo')).mode & 0o777).toBe(0o700);
    const before = files.map((file) => statSync(file));
    await help(cache);
    expect(filesIn(directory)).toEqual(files);
    files.forEach((file, index) => {
      const { ino, mtimeMs } = before[index]!;
      expect(statSync(file)).toMatchObject({ ino, mtimeMs });
    });
  });

  it('keeps one directory a command, and none for words that are no command', async () => {
    const { cache, directory } = await warmCache();
    await runCli(['verify-token', 'x'], { env: { XDG_CACHE_HOME: cache } });
    await runCli(['no-such-command'], { env: { XDG_CACHE_HOME: cache } });
    await runCli(['../../escape'], { env: { XDG_CACHE_HOME: cache } });
    expect(readdirSync(join(directory, '..')).sort()).toEqual(['help', 'verify-token']);
  });

  it('is kept from others, whatever they may write by the mask of the process', async () => {
    const cache = temporaryDirectory();
    const run = (): string =>
      execFileSync(
        'sh',
        ['-c', 'umask 000; exec "$0" "$1" --help', process.execPath, join(PROJECT_ROOT, 'bin/run.js')],
        {
          env: { PATH: process.env['PATH'], XDG_CACHE_HOME: cache },
          encoding: 'utf8',
        },
      );
    expect(run()).toMatch(HELP_OUTPUT);
    const files = filesIn(cache);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(statSync(file).mode & 0o022).toBe(0);
    poison(files);
    for (const file of files) chmodSync(file, 0o600);
    // It is trusted: otherwise a user with such a mask would compile at each start.
    expect(() => run()).toThrow(expect.objectContaining({ status: 66 }));
  });

  it.each([
    ['empty', () => Buffer.alloc(0)],
    ['random', () => Buffer.alloc(5000, 0xa5)],
    ['short', () => Buffer.from([200, 0, 0])],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['damaged in one bit', flipped],
  ])('that is %s is passed over', async (_, damaged) => {
    const { cache, files } = await warmCache();
    for (const file of files) writeFileSync(file, damaged(readFileSync(file)));
    await help(cache);
  });

  it('that was damaged, or is of another V8, is written anew', async () => {
    const { cache, directory, files } = await warmCache();
    const own = files.filter(isOwn);
    const good = own.map((file) => readFileSync(file));
    const otherVersion = (bytes: Buffer) => {
      const code = Buffer.from(bytes.subarray(32));
      code.writeUInt32LE((code.readUInt32LE(4) ^ 0xffff) >>> 0, 4);
      return withChecksum(code);
    };
    for (const change of [flipped, otherVersion]) {
      const changed = good.map(change);
      own.forEach((file, index) => {
        writeFileSync(file, changed[index]!);
      });
      await help(cache);
      expect(own.filter((file, index) => readFileSync(file).equals(changed[index]!))).toEqual([]);
      expect(filesIn(directory)).toEqual(files);
    }
  });

  it('of a directory that can only be read is used, and left as it is', async () => {
    const { cache, directory, files } = await warmCache();
    const [removed, ...kept] = files;
    rmSync(removed!);
    const places = [...new Set(files.map((file) => join(file, '..')))].reverse();
    for (const place of places) chmodSync(place, 0o500);
    expect(helpWithoutPrivileges(cache)).toMatch(HELP_OUTPUT);
    expect(filesIn(directory)).toEqual(kept);
    poison(kept);
    expect(() => helpWithoutPrivileges(cache)).toThrow(expect.objectContaining({ status: 66 }));
    for (const place of places) chmodSync(place, 0o700);
  });

  it('is written by many at once', async () => {
    const cache = temporaryDirectory();
    await Promise.all(Array.from({ length: 6 }, () => help(cache)));
    await help(cache);
    const left = filesIn(cache);
    expect(left.length).toBeGreaterThan(1);
    // Nothing that was only half written.
    expect(left.filter((file) => file.includes('.v8.'))).toEqual([]);
  });

  it('is removed with its build, but for the last two', async () => {
    const cache = temporaryDirectory();
    for (const old of ['one', 'two', 'three'])
      mkdirSync(join(cache, 'cloudillo', old), { recursive: true, mode: 0o700 });
    await help(cache);
    expect(readdirSync(join(cache, 'cloudillo'))).toHaveLength(2);
  });

  it.each([
    ['its directory', (file: string) => chmodSync(join(file, '..'), 0o777)],
    ['the directory above', (file: string) => chmodSync(join(file, '../..'), 0o770)],
    ['the file', (file: string) => chmodSync(file, 0o666)],
  ])('is not trusted when others may write %s', async (_, loosen) => {
    const { cache, files } = await warmCache();
    poison(files);
    // What the mode protects from: without it, this would be run.
    const control = await runCli(['--help'], { env: { XDG_CACHE_HOME: cache } });
    expect(control).toMatchObject({ code: 66, stdout: 'poisoned' });
    loosen(files[0]!);
    await help(cache);
  });

  it('is not trusted when it is a link to somewhere else', async () => {
    const { cache, files } = await warmCache();
    poison(files);
    const other = temporaryDirectory();
    symlinkSync(join(cache, 'cloudillo'), join(other, 'cloudillo'));
    await help(other);
  });

  it.skipIf(process.getuid?.() !== 0)('is not trusted when it belongs to another user', async () => {
    const { cache, files } = await warmCache();
    poison(files);
    execFileSync('chown', ['65534', files[0]!]);
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
