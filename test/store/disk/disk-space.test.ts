import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskSpaceOf } from '../../../src/store/disk/disk-space.ts';
import { childScript } from '../../support/child-process.ts';
import { temporaryDirectory } from '../../support/store-fixtures.ts';

const script = childScript('store/children/probe-disk.ts');
// Mounting needs root and mount namespaces: elsewhere these are skipped.
const mounts = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** Mounts a tmpfs of its own, runs the shell lines in it, and probes it. */
async function probed(options: string, lines: string): Promise<string> {
  const place = await temporaryDirectory();
  const shell = `mount -t tmpfs -o ${options} tmpfs "$1" && ${lines} && exec "$2" "$3" "$1"`;
  const run = spawnSync('unshare', ['-m', 'sh', '-c', shell, 'sh', place, process.execPath, await script()], {
    encoding: 'utf8',
  });
  return run.stdout || run.stderr;
}

describe.skipIf(!mounts)('a probe of a real disk (needs root and mount namespaces)', () => {
  it.each([
    ['with room', 'size=1m', ':', 'writable'],
    ['that is full', 'size=64k', '(cat /dev/zero > "$1/filler" 2> /dev/null || :)', 'store.full ENOSPC'],
    ['without inodes', 'size=1m,nr_inodes=2', ': > "$1/last"', 'store.full ENOSPC'],
    ['that is read-only', 'size=1m', 'mount -o remount,ro "$1"', 'store.read-only EROFS'],
  ])('tells of one %s', async (_what, options, lines, expected) => {
    expect(await probed(options, lines)).toBe(expected);
  });
});

it('leaves nothing behind, asks every two seconds at most, and finds a disk that was mended', async () => {
  const place = await temporaryDirectory();
  let now = 0;
  const missing = join(place, 'gone');
  const disk = diskSpaceOf({ needed: [missing] }, () => now);
  expect((await disk.writeProblem())?.code).toBe('store.io');
  mkdirSync(missing);
  now = 1999;
  expect((await disk.writeProblem())?.code).toBe('store.io');
  now = 2000;
  expect(await disk.writeProblem()).toBeNull();
  expect(readdirSync(missing)).toEqual([]);
  const [room] = await disk.rooms();
  expect(room?.total).toBeGreaterThan(room?.free ?? Number.POSITIVE_INFINITY);
});
