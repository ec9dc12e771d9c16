import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHome, homePaths, openHomeDir } from '../../../src/store/home/home.ts';
import { codeOf, temporaryDirectory, temporaryHome } from '../../support/store-fixtures.ts';

const NOW = new Date('2026-02-03T04:05:06.789Z');
const isRoot = process.getuid?.() === 0;

describe('making a home', () => {
  it('makes it for its owner alone, and says when', async () => {
    const root = join(await temporaryDirectory(), 'deep', 'down', 'home');
    expect(await createHome(root, NOW)).toBe(true);
    expect(await openHomeDir(root)).toMatchObject({ root, schema: 2, createdAt: NOW.toISOString() });
    const { marker, identities, journal, index, blobs, cache } = homePaths(root);
    for (const folder of [root, identities, journal, index, blobs, cache]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    expect((await stat(marker)).mode & 0o777).toBe(0o600);
    expect((await readdir(root)).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('leaves one that is there as it is', async () => {
    const root = await temporaryHome();
    const before = await readFile(join(root, 'home.json'), 'utf8');
    expect(await createHome(root, NOW)).toBe(false);
    expect(await readFile(join(root, 'home.json'), 'utf8')).toBe(before);
  });

  it('is done once by many at once', async () => {
    const root = join(await temporaryDirectory(), 'home');
    const made = await Promise.all(Array.from({ length: 20 }, () => createHome(root, NOW)));
    expect(made.filter(Boolean)).toHaveLength(1);
    await openHomeDir(root);
  });

  it('takes over an empty directory, closing it to others', async () => {
    const root = await temporaryDirectory();
    await chmod(root, 0o755);
    await createHome(root, NOW);
    expect((await stat(root)).mode & 0o777).toBe(0o700);
  });

  it('goes on where a crash interrupted it', async () => {
    const root = await temporaryDirectory();
    await mkdir(join(root, 'identities'));
    await writeFile(join(root, '.home.json.123.abc.tmp'), 'half');
    expect(await createHome(root, NOW)).toBe(true);
    await openHomeDir(root);
  });

  it('refuses a directory with other files, and leaves its mode alone', async () => {
    const root = await temporaryDirectory();
    await chmod(root, 0o755);
    await writeFile(join(root, 'thesis.txt'), '');
    expect(await codeOf(createHome(root, NOW))).toBe('home.not-empty');
    expect((await stat(root)).mode & 0o777).toBe(0o755);
    expect(await readdir(root)).toEqual(['thesis.txt']);
  });

  it.runIf(process.platform === 'linux')('refuses a place where no directory can be made', async () => {
    expect(await codeOf(createHome('/proc/cloudillo/home', NOW))).toBe('store.io');
    expect(await codeOf(createHome('/dev/null/home', NOW))).toBe('store.io');
  });

  it('refuses a file', async () => {
    const root = join(await temporaryDirectory(), 'file');
    await writeFile(root, '');
    expect(await codeOf(createHome(root, NOW))).toBe('home.missing');
    expect(await codeOf(createHome(join(root, 'below'), NOW))).toBe('store.io');
  });
});

describe('opening a home', () => {
  it('says that there is none', async () => {
    const folder = await temporaryDirectory();
    expect(await codeOf(openHomeDir(join(folder, 'none')))).toBe('home.missing');
    expect(await codeOf(openHomeDir(folder))).toBe('home.missing');
  });

  it.each([0o750, 0o701, 0o755, 0o777])(
    'refuses one that others may enter (%o), with the chmod to run',
    async (mode) => {
      const root = await temporaryHome();
      await chmod(root, mode);
      await expect(openHomeDir(root)).rejects.toMatchObject({ code: 'home.mode', hint: `Close it: chmod 700 ${root}` });
    },
  );

  it.each([3, 99])('refuses layout %i, and changes nothing', async (schema) => {
    const root = await temporaryHome();
    const text = JSON.stringify({ schema, createdAt: NOW.toISOString(), more: { of: 'it' } });
    await writeFile(join(root, 'home.json'), text);
    expect(await codeOf(openHomeDir(root))).toBe('home.newer');
    expect(await codeOf(createHome(root, NOW))).toBe('home.newer');
    expect(await readFile(join(root, 'home.json'), 'utf8')).toBe(text);
  });

  it.each(['', '{', 'null', '[]', '{"schema":"1","createdAt":"x"}', '{"schema":0,"createdAt":"x"}', '{"schema":1}'])(
    'refuses the marker %j',
    async (text) => {
      const root = await temporaryHome();
      await writeFile(join(root, 'home.json'), text);
      expect(await codeOf(openHomeDir(root))).toBe('store.document');
    },
  );

  it('follows a symbolic link to one', async () => {
    const root = await temporaryHome();
    const link = join(await temporaryDirectory(), 'link');
    await symlink(root, link);
    const { createdAt } = await openHomeDir(root);
    expect(await openHomeDir(link)).toMatchObject({ createdAt });
  });

  it.runIf(isRoot)('refuses another user’s, also for root, and says as whom to run', async () => {
    const root = await temporaryHome();
    await chown(root, 65534, 65534);
    await expect(openHomeDir(root)).rejects.toMatchObject({
      code: 'home.foreign',
      hint: expect.stringMatching(/sudo -u (nobody|'#65534') /),
      details: { owner: 65534, uid: 0 },
    });
    expect(await codeOf(createHome(root, NOW))).toBe('home.foreign');
  });

  it.runIf(isRoot)('isn’t made by root in another user’s directory, as sudo with the user’s HOME would', async () => {
    const base = await temporaryDirectory();
    await chown(base, 65534, 65534);
    expect(await codeOf(createHome(join(base, 'share', 'cloudillo'), NOW))).toBe('home.foreign');
    expect(await readdir(base)).toEqual([]);
  });

  it.runIf(isRoot)('lets a plain user not even look into root’s', async () => {
    const root = await temporaryHome();
    const { status } = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', 'ls', root]);
    expect(status).not.toBe(0);
  });
});
