import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { blobId, fileId } from '../../../src/protocol/content-id.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { CLI_PATH, isolatedEnv, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const directory = temporaryDirectory();
const home = join(directory, 'home');
const hello = join(directory, 'hello.txt');
const dot = join(directory, 'dot.png');
/** Bytes whose copy takes long enough to be killed. */
const LARGE = 48 * 1024 * 1024;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const file = (...args: string[]) => runCli(['file', ...args, '--home', home]);
const blobPath = (id: string) => join(home, 'blobs', id.slice(3, 5), id);
let helloId: string;
let dotId: string;

beforeAll(async () => {
  await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
  writeFileSync(hello, 'Hello, file\n');
  writeFileSync(dot, PNG);
  helloId = (await file('add', hello)).stdout.trim();
  dotId = (await file('add', dot)).stdout.trim();
});

describe('file add', () => {
  it('keeps the bytes under the hash of their descriptor, as the network does', async () => {
    const { code, json } = await file('add', hello, '--json');
    expect(code).toBe(0);
    expect(schemaProblems('file-add', json)).toEqual([]);
    const descriptor = `d2,orig:${blobId(Buffer.from('Hello, file\n'))}:f=bin:s=12:r=0x0`;
    const facts = { idTag: 'alice.test', fileName: 'hello.txt', contentType: 'text/plain', size: 12 };
    const whole = { preset: 'file', dim: null, variants: null, original: true };
    expect(json).toEqual({ ...facts, ...whole, descriptor, fileId: fileId(descriptor) });
  });

  it('reads the size of an image', async () => {
    const { json } = await file('add', dot, '--json');
    expect(schemaProblems('file-add', json)).toEqual([]);
    expect(json).toMatchObject({ preset: 'default', contentType: 'image/png', dim: [1, 1], fileId: dotId });
    expect(json.descriptor).toMatch(/:f=png:s=70:r=1x1;vis\.tn:b1~\S{43}:f=webp:s=\d+:r=256x256$/);
    expect(json).toMatchObject({ variants: 'made', original: true });
    const raw = await file('add', dot, '--preset', 'file', '--json');
    expect(raw.json).toMatchObject({ preset: 'file', dim: null });
  });

  it('prints the ID alone on stdout, the same for the same bytes', async () => {
    const again = await file('add', hello, '--name', 'other.txt');
    expect(again.stdout).toBe(`${helloId}\n`);
    expect((await runCli(['store', 'check', '--home', home])).code).toBe(0);
  });

  it('takes standard input, under a name that it is given, and leaves nothing behind of it', async () => {
    const tmp = temporaryDirectory();
    const add = (stdin: string, ...args: string[]) =>
      runCli(['file', 'add', '-', '--json', '--home', home, ...args], {
        stdin,
        env: { TMPDIR: tmp, CLOUDILLO_FILES_MAX_BYTES: '12' },
      });
    const { code, json } = await add('Hello, file\n', '--name', 'hello.txt');
    expect({ code, json }).toMatchObject({
      code: 0,
      json: { fileId: helloId, fileName: 'hello.txt', contentType: 'text/plain' },
    });
    expect(await add('Hello, file!\n', '--name', 'x')).toMatchObject({
      code: 8,
      json: { error: { code: 'store.blob-size' } },
    });
    expect(await add('x')).toMatchObject({ code: 2, json: { error: { code: 'usage.missing' } } });
    expect(readdirSync(tmp)).toEqual([]);
    const nowhere = await runCli(['file', 'add', '-', '--name', 'x', '--json', '--home', home], {
      stdin: 'x',
      env: { TMPDIR: join(tmp, 'nothing') },
    });
    expect(nowhere).toMatchObject({ code: 8, json: { error: { code: 'store.io' } } });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves nothing of standard input behind when %s ends it',
    async (signal) => {
      const tmp = temporaryDirectory();
      const add = startCli(['file', 'add', '-', '--name', 'x', '--home', home], {
        keepStdin: true,
        env: { TMPDIR: tmp },
      });
      add.child.stdin?.write('x');
      await expect.poll(() => readdirSync(tmp, { recursive: true }).join()).toContain('stdin');
      add.child.kill(signal);
      expect(await add.done).toMatchObject({ signal });
      expect(readdirSync(tmp)).toEqual([]);
    },
  );

  it.each([
    ['a file that is not there', [join(directory, 'nothing')], 2, 'usage.file'],
    ['a directory', [directory], 2, 'usage.file'],
    ['what is no media type', [hello, '--type', 'text\r\nX: y'], 2, 'usage.content-type'],
    ['a name that is a path', [hello, '--name', '../x'], 2, 'usage.file-name'],
    ['text as media', [hello, '--preset', 'default'], 2, 'usage.media'],
    ['text as an image', [hello, '--type', 'image/png'], 2, 'usage.image'],
    ['an identity of somebody else', [hello, '--as', 'bob.test'], 8, 'home.identity-missing'],
  ])('refuses %s', async (_what, args, code, error) => {
    expect(await file('add', ...args, '--json')).toMatchObject({ code, json: { error: { code: error } } });
  });

  it('says in words why a file can’t be read', async () => {
    const { stderr } = await file('add', join(directory, 'nothing'));
    expect(stderr).toContain('code: usage.file');
    expect(stderr).not.toContain('ENOENT');
  });

  it('refuses what is larger than the setting says', async () => {
    const run = await runCli(['file', 'add', hello, '--json', '--home', home], {
      env: { CLOUDILLO_FILES_MAX_BYTES: '11' },
    });
    expect(run).toMatchObject({ code: 8, json: { error: { code: 'store.blob-size' } } });
  });
});

describe('file export', () => {
  it('writes the bytes to a file, or to a pipe', async () => {
    const out = join(directory, 'copy.png');
    const saved = await file('export', dotId, '-o', out, '--json');
    expect(saved.code).toBe(0);
    expect(schemaProblems('file-export', saved.json)).toEqual([]);
    expect(saved.json).toMatchObject({ fileId: dotId, blobId: blobId(PNG), variant: 'orig', savedTo: out });
    expect(readFileSync(out).equals(PNG)).toBe(true);
    expect((await file('export', helloId)).stdout).toBe('Hello, file\n');
    expect((await file('export', 'alice.test', helloId, '--variant', 'orig', '-o', '-')).stdout).toBe('Hello, file\n');
  });

  it('says that the bytes are lost, and how they come back', async () => {
    const blobs = join(home, 'blobs');
    renameSync(blobs, `${blobs}.away`);
    mkdirSync(blobs, { mode: 0o700 });
    for (const variant of [[], ['--variant', 'orig']]) {
      const { code, json } = await file('export', dotId, ...variant, '-o', '-', '--json');
      expect({ code, error: json.error }).toMatchObject({ code: 8, error: { code: 'store.not-found' } });
      expect(json.error.message).toContain('are not here');
      expect(json.error.message).not.toContain('  ');
      expect(json.error.hint).toContain('Restore blobs/');
    }
    rmSync(blobs, { recursive: true });
    renameSync(`${blobs}.away`, blobs);
    const { code, json } = await file('export', dotId, '--variant', 'hd', '-o', '-', '--json');
    expect({ code, error: json.error }).toMatchObject({ code: 2, error: { code: 'usage.variant' } });
  });

  it('says that the disk is full when the bytes find no room, and leaves none of them', () => {
    const out = join(temporaryDirectory(), 'copy.png');
    const shell = `ulimit -f 0; exec "${process.execPath}" "${CLI_PATH}" file export ${dotId} -o "${out}" --json --home "${home}"`;
    const { status, stdout } = spawnSync('/bin/sh', ['-c', shell], { encoding: 'utf8', env: isolatedEnv() });
    expect({ status, code: JSON.parse(stdout).error.code }).toEqual({ status: 8, code: 'store.full' });
    expect(readdirSync(dirname(out))).toEqual([]);
  });

  it('killed in the middle leaves a part, which the next one for the same file removes', async () => {
    const large = join(directory, 'large.bin');
    writeFileSync(large, '');
    truncateSync(large, LARGE);
    const { json } = await runCli(['file', 'add', large, '--json', '--home', home], {
      env: { CLOUDILLO_FILES_MAX_BYTES: `${LARGE}` },
    });
    const place = temporaryDirectory();
    const out = join(place, 'copy.bin');
    const exporting = startCli(['file', 'export', json.fileId, '-o', out, '--home', home]);
    // Looked at without a pause: the copy takes a fraction of a second.
    while (readdirSync(place).length === 0) await setImmediate();
    exporting.child.kill('SIGKILL');
    expect(await exporting.done).toMatchObject({ signal: 'SIGKILL' });
    const left = readdirSync(place);
    expect(left).toHaveLength(1);
    expect(left).not.toEqual(['copy.bin']);
    expect((await file('export', json.fileId, '-o', out)).code).toBe(0);
    expect(readdirSync(place)).toEqual(['copy.bin']);
    expect(statSync(out).size).toBe(LARGE);
  });

  it.each([
    ['what is no ID', ['x'], 2, 'usage.content-id'],
    ['a file that is not here', [`f1~${'A'.repeat(43)}`], 8, 'store.not-found'],
    ['a variant that it has not', ['HELLO', '--variant', 'vis.tn'], 2, 'usage.variant'],
    ['somebody else’s store', ['bob.test', 'HELLO'], 8, 'home.identity-missing'],
    ['JSON amid the bytes', ['HELLO'], 2, 'usage.out'],
  ])('refuses %s', async (_what, args, code, error) => {
    const run = await file('export', ...args.map((arg) => (arg === 'HELLO' ? helloId : arg)), '--json');
    expect(run).toMatchObject({ code, json: { error: { code: error } } });
  });

  it('doesn’t replace a file unless told, and writes none when the bytes are damaged', async () => {
    const out = join(directory, 'kept.txt');
    writeFileSync(out, 'mine');
    const kept = await file('export', helloId, '-o', out, '--json');
    expect(kept).toMatchObject({ code: 2, json: { error: { code: 'usage.exists' } } });
    expect((await file('export', helloId, '-o', out, '--force')).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe('Hello, file\n');
    const damagedId = (await file('add', '--name', 'd', join(directory, 'copy.png'), '--preset', 'file')).stdout.trim();
    writeFileSync(blobPath(blobId(PNG)), Buffer.from(PNG).fill(0));
    const fresh = join(directory, 'fresh');
    const damaged = await file('export', damagedId, '-o', fresh, '--json');
    expect(damaged).toMatchObject({ code: 8, json: { error: { code: 'store.damaged' } } });
    expect(existsSync(fresh)).toBe(false);
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    writeFileSync(blobPath(blobId(PNG)), PNG);
  });
});

describe('file list', () => {
  it('shows what is here, newest first', async () => {
    const { code, lines } = await file('list', '--json');
    expect(code).toBe(0);
    for (const line of lines) expect(schemaProblems('file-list', line)).toEqual([]);
    expect(lines.map((each) => each.fileName)).toContain('hello.txt');
    const times = lines.map((each) => each.createdAt);
    expect(times).toEqual([...times].sort().reverse());
    expect((await file('list', '--name', 'HELLO', '--json')).lines).toMatchObject([{ fileId: helloId }]);
    const one = await file('list', '--limit', '1');
    expect(one.stdout.trim().split('\n')).toHaveLength(1);
    expect(one.stderr).toContain('--limit');
    expect(await file('list', '--name', 'nothing', '--json')).toMatchObject({ code: 0, stdout: '' });
    expect(await file('list', '--missing', '--json')).toMatchObject({ code: 0, stdout: '' });
  });

  it('refuses flags that exclude each other', async () => {
    expect((await file('list', '--missing', '--name', 'x', '--json')).code).toBe(2);
  });
});

describe('file gc', () => {
  const orphan = (text: string, age: number): string => {
    const id = blobId(Buffer.from(text));
    mkdirSync(dirname(blobPath(id)), { recursive: true });
    writeFileSync(blobPath(id), text);
    const time = new Date(Date.now() - age);
    utimesSync(blobPath(id), time, time);
    return id;
  };

  it('removes what nobody names and is old enough, and nothing else', async () => {
    const [old, young] = [orphan('old', 25 * 3_600_000), orphan('young', 3_600_000)];
    for (const id of [blobId(PNG), blobId(Buffer.from('Hello, file\n'))]) {
      utimesSync(blobPath(id), new Date(0), new Date(0));
    }
    const dry = await file('gc', '--dry-run', '--json');
    expect(schemaProblems('file-gc', dry.json)).toEqual([]);
    expect(dry.json).toMatchObject({ dryRun: true, removed: 1, bytes: 3, waiting: 1 });
    expect(existsSync(blobPath(old))).toBe(true);
    expect((await file('gc', '--json')).json).toMatchObject({ dryRun: false, removed: 1, bytes: 3, waiting: 1 });
    expect([existsSync(blobPath(old)), existsSync(blobPath(young))]).toEqual([false, true]);
    expect((await file('gc', '--grace', '30m')).stdout).toContain('Removed 1 of ');
    expect(existsSync(blobPath(young))).toBe(false);
    expect((await file('export', helloId)).stdout).toBe('Hello, file\n');
    expect((await runCli(['store', 'check', '--home', home])).code).toBe(0);
  });

  it('refuses a grace that is none, and a journal that may have lost names', async () => {
    expect(await file('gc', '--grace', '9m', '--json')).toMatchObject({
      code: 2,
      json: { error: { code: 'usage.grace' } },
    });
    const other = join(directory, 'other');
    await initInstance({ home: other, clock: systemClock }, { idTag: 'carol.test' });
    for (const name of ['one', 'two']) {
      writeFileSync(join(directory, name), name);
      await runCli(['file', 'add', join(directory, name), '--home', other]);
    }
    const journal = join(other, 'journal', readdirSync(join(other, 'journal'))[0] as string);
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"fileName":"one"', '"fileName":"eno"'));
    // The index still knows both: only a replay misses one.
    rmSync(join(other, 'index'), { recursive: true });
    const run = await runCli(['file', 'gc', '--grace', '10m', '--json', '--home', other]);
    expect(run).toMatchObject({ code: 8, json: { error: { code: 'store.damaged' } } });
  });
});

it('all of them work through a running server', async () => {
  const server = startCli(['serve', '--plain-http', '--port', '0', '--json', '--home', home], { timeout: 60_000 });
  await server.line((line) => line.includes('"ready":true'));
  writeFileSync(join(directory, 'later.txt'), 'later');
  const added = await file('add', join(directory, 'later.txt'), '--json');
  expect(added.code).toBe(0);
  expect((await file('export', added.json.fileId)).stdout).toBe('later');
  expect((await file('list', '--limit', '1', '--json')).lines).toMatchObject([{ fileName: 'later.txt' }]);
  expect((await file('gc', '--json')).code).toBe(0);
  server.child.kill('SIGTERM');
  expect((await server.done).code).toBe(0);
});
