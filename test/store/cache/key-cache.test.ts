import { lstat, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CachedProfile } from '../../../src/store/cache/cached-profile.ts';
import { openKeyCache, readKeyCache } from '../../../src/store/cache/key-cache.ts';
import { checkedLine, headerLine } from '../../../src/store/disk/log-line.ts';
import { childScript, startChild } from '../../support/child-process.ts';
import { codeOf, temporaryHome } from '../../support/store-fixtures.ts';

const profile = (idTag: string, fetchedAt = 1): CachedProfile => ({
  idTag,
  keys: [{ keyId: '260101', publicKey: 'MHYw', expiresAt: '2027-01-01T00:00:00Z' }],
  etag: '"x"',
  fetchedAt,
});

const flood = childScript('store/children/flood-key-cache.ts');

const segment = (root: string) => join(root, 'cache', 'keys', '000001.log');

describe('the key cache', () => {
  it('remembers across openings', async () => {
    const root = await temporaryHome();
    const cache = await openKeyCache(root);
    cache.put(profile('alice.example'));
    expect(cache.get('alice.example')).toEqual(profile('alice.example'));
    expect(cache.get('carol.example')).toBeNull();
    await cache.close();
    const again = await openKeyCache(root);
    expect(again.get('alice.example')).toEqual(profile('alice.example'));
  });

  it('writes by itself, many changes at once', async () => {
    const root = await temporaryHome();
    const cache = await openKeyCache(root, { delay: 5 });
    for (let n = 0; n < 100; n += 1) cache.put(profile(`p${n}.example`));
    await expect.poll(() => readFile(segment(root), 'utf8').catch(() => '')).toContain('p99.example');
    expect((await readFile(segment(root), 'utf8')).trim().split('\n')).toHaveLength(101);
    await cache.close();
  });

  it('writes nothing after it was closed: the home may be somebody else’s', async () => {
    const root = await temporaryHome();
    const cache = await openKeyCache(root, { delay: 1 });
    cache.put(profile('alice.example'));
    await cache.close();
    const before = await readFile(segment(root), 'utf8');
    cache.put(profile('bob.example'));
    cache.delete('alice.example');
    expect(cache.get('bob.example')).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readFile(segment(root), 'utf8')).toBe(before);
  });

  it('is closed once what it writes by itself is written', async () => {
    const root = await temporaryHome();
    const cache = await openKeyCache(root, { delay: 0 });
    cache.put(profile('alice.example'));
    // Its own write begins before this goes on.
    await new Promise((resolve) => setTimeout(resolve, 1));
    await cache.close();
    expect((await openKeyCache(root)).size).toBe(1);
  });

  it('keeps the ones fetched last, up to its limit', async () => {
    const root = await temporaryHome();
    const cache = await openKeyCache(root, { limit: 3 });
    for (const name of ['a', 'b', 'c', 'a', 'd']) cache.put(profile(`${name}.example`));
    expect(cache.size).toBe(3);
    expect(cache.get('b.example')).toBeNull();
    expect(cache.get('a.example')).not.toBeNull();
    await cache.close();
    expect((await openKeyCache(root)).size).toBe(3);
  });

  it('counts bytes, and forgets those fetched longest ago', async () => {
    const root = await temporaryHome();
    const cache = await openKeyCache(root, { bytes: 10_000 });
    for (let n = 0; n < 50; n += 1) cache.put({ ...profile(`p${n}.example`), name: 'n'.repeat(1000) });
    expect(cache.bytes).toBeLessThanOrEqual(10_000);
    expect(cache.size).toBe(8);
    expect(cache.get('p49.example')).not.toBeNull();
    cache.put({ ...profile('p49.example'), name: '' });
    cache.put(profile('other.example'));
    expect(cache.size).toBe(9);
    await cache.close();
    const again = await openKeyCache(root, { bytes: 10_000 });
    expect([again.size, again.bytes]).toEqual([cache.size, cache.bytes]);
  });

  it('stays within 160 MiB when strangers answer with thousands of profiles of 1 MiB', {
    timeout: 120_000,
  }, async () => {
    const root = await temporaryHome();
    const env = { NODE_OPTIONS: '--max-old-space-size=160' };
    const child = startChild(await flood(), [root, '4000'], { env });
    const { asked, size, bytes } = JSON.parse((await child.line()) ?? '{}') as Record<string, number>;
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(asked).toBe(2000);
    expect(size).toBeGreaterThan(20);
    expect(bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
  });

  it('writes nothing when nothing is new', async () => {
    const root = await temporaryHome();
    await (await openKeyCache(root)).close();
    expect(await readdir(join(root, 'cache', 'keys'))).toEqual([]);
  });

  it('tells of a failed write, and writes with the next', async () => {
    const root = await temporaryHome();
    const errors: unknown[] = [];
    const cache = await openKeyCache(root, { delay: 1, onError: (error) => errors.push(error) });
    await mkdir(segment(root));
    cache.put(profile('alice.example'));
    await expect.poll(() => errors.length).toBe(1);
    expect(await codeOf(cache.flush())).toBe('store.io');
    await rm(segment(root), { recursive: true });
    await cache.close();
    expect((await openKeyCache(root)).size).toBe(1);
  });

  const EMPTY = '{"version":1,"profiles":[]}';
  const DAMAGED: Record<string, (path: string) => Promise<unknown>> = {
    'is empty': (path) => writeFile(path, ''),
    'is cut in half': async (path) => truncate(path, Math.floor((await stat(path)).size / 2)),
    'is overwritten with zeros': async (path) => writeFile(path, Buffer.alloc((await stat(path)).size)),
    'is no JSON': (path) => writeFile(path, '{'),
    'is another JSON': (path) => writeFile(path, '[]'),
    'is null': (path) => writeFile(path, 'null'),
    'has another version': (path) => writeFile(path, EMPTY.replace('1', '2')),
    'has a profile of the wrong type': (path) => writeFile(path, EMPTY.replace('[]', '[null]')),
    'has a list of the wrong type': (path) => writeFile(path, EMPTY.replace('[]', '{}')),
    'is a directory': async (path) => {
      await rm(path);
      await mkdir(path);
      await writeFile(join(path, 'something'), 'x');
    },
    'can’t be read': async (path) => {
      await rm(path);
      await symlink(basename(path), path);
    },
  };

  it.each(Object.entries(DAMAGED))(
    'of an earlier version that %s is set aside, and a new one works',
    async (_, damage) => {
      const root = await temporaryHome();
      const path = join(root, 'cache', 'keys.json');
      await writeFile(path, JSON.stringify({ version: 1, profiles: [profile('alice.example')] }));
      await damage(path);
      await assertSetAside(root, path, join(root, 'cache'), 'keys.json');
    },
  );

  it.each(
    Object.entries({
      'is no log': (path: string) => writeFile(path, 'nothing\n'),
      'is of another version': async (path: string) => writeFile(path, headerLine({ name: 'keys', version: 2 })),
      'is another log': async (path: string) => writeFile(path, headerLine({ name: 'other', version: 1 })),
      'holds something else': async (path: string) =>
        writeFile(path, headerLine({ name: 'keys', version: 1 }) + checkedLine('{"idTag":5}') + checkedLine('{')),
      ...Object.fromEntries(Object.entries(DAMAGED).filter(([what]) => /zeros|directory|JSON|read/.test(what))),
    }),
  )('with a segment that %s sets it aside, and goes on', async (_, damage) => {
    const root = await temporaryHome();
    const before = await openKeyCache(root);
    before.put(profile('alice.example'));
    await before.close();
    await damage(segment(root));
    await assertSetAside(root, segment(root), join(root, 'cache', 'keys'), 'segment');
  });

  async function assertSetAside(root: string, path: string, directory: string, name: string): Promise<void> {
    const warned: string[] = [];
    const onDamage = (message: string) => warned.push(message);
    expect((await readKeyCache(root, onDamage)).size).toBe(0);
    expect(await lstat(path)).toBeTruthy();
    const cache = await openKeyCache(root, { onDamage });
    expect(cache.size).toBe(0);
    expect(warned).toEqual(['A cache is damaged', 'A damaged cache was set aside']);
    expect((await readdir(directory)).filter((entry) => entry !== 'keys')).toEqual([
      expect.stringMatching(new RegExp(`^${name}\\.damaged-\\d+$`)),
    ]);
    cache.put(profile('bob.example'));
    await cache.close();
    const again = await openKeyCache(root, { onDamage });
    expect(again.get('bob.example')).toEqual(profile('bob.example'));
    expect(warned).toHaveLength(2);
  }

  it('takes the file of an earlier version over once, and what was fetched since counts more', async () => {
    const root = await temporaryHome();
    const path = join(root, 'cache', 'keys.json');
    const old = [profile('alice.example', 1), profile('bob.example', 2)];
    await writeFile(path, JSON.stringify({ version: 1, profiles: old }));
    expect((await readKeyCache(root, () => {})).size).toBe(2);
    const cache = await openKeyCache(root);
    expect(await readdir(join(root, 'cache'))).toEqual(['keys']);
    cache.put(profile('alice.example', 7));
    await cache.close();
    await writeFile(path, JSON.stringify({ version: 1, profiles: old }));
    const again = await openKeyCache(root);
    expect([again.get('alice.example')?.fetchedAt, again.get('bob.example')?.fetchedAt]).toEqual([7, 2]);
  });

  it('keeps the sound records of a damaged segment', async () => {
    const root = await temporaryHome();
    const before = await openKeyCache(root);
    for (const name of ['a', 'b', 'c']) before.put(profile(`${name}.example`));
    await before.close();
    const text = await readFile(segment(root), 'utf8');
    await writeFile(segment(root), text.replace('b.example', 'x.example'));
    const warned: string[] = [];
    const cache = await openKeyCache(root, { onDamage: (message) => warned.push(message) });
    expect(warned).toEqual(['A damaged cache was set aside']);
    // Written again by the time that it is open.
    const seen = await readKeyCache(root, (message) => warned.push(message));
    expect(['a', 'b', 'c', 'x'].map((name) => seen.get(`${name}.example`) !== null)).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(warned).toHaveLength(1);
    await cache.close();
  });

  it('writes what is new only', async () => {
    const root = await temporaryHome();
    const cache = await openKeyCache(root);
    for (let n = 0; n < 1000; n += 1) cache.put(profile(`p${n}.example`));
    await cache.flush();
    const { size } = await stat(segment(root));
    cache.put(profile('p1.example', 2));
    await cache.flush();
    expect((await stat(segment(root))).size - size).toBeLessThan(300);
    await cache.close();
  });

  it('drops the oldest segments, and keeps what it still knows', async () => {
    const root = await temporaryHome();
    const options = { bytes: 4000, segmentBytes: 1000, delay: 2 ** 30 };
    const cache = await openKeyCache(root, options);
    cache.put(profile('first.example', 1));
    for (let n = 2; n < 400; n += 1) {
      cache.put(profile(`p${n % 5}.example`, n));
      await cache.flush();
    }
    await cache.close();
    const names = await readdir(join(root, 'cache', 'keys'));
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(root, 'cache', 'keys', name))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000 + 1500);
    expect(names).not.toContain('000001.log');
    const again = await openKeyCache(root, options);
    expect(again.size).toBe(6);
    expect(again.get('first.example')).toEqual(profile('first.example', 1));
    expect(again.get('p4.example')?.fetchedAt).toBe(399);
  });

  const malformed: [string, object][] = [
    ['idTag', { idTag: 1 }],
    ['keys', { keys: [{}] }],
    ['expiresAt', { keys: [{ keyId: 'a', publicKey: 'b', expiresAt: 5 }] }],
    ['retired', { retired: [{ keyId: 'a', publicKey: 'b' }] }],
    ['fetchedAt', { fetchedAt: '1' }],
    ['name', { name: {} }],
    ['type', { type: 'robot' }],
    ['etag', { etag: 7 }],
  ];
  it.each(malformed)('uses the sound profiles beside one with a malformed %s', async (_, wrong) => {
    const root = await temporaryHome();
    const path = join(root, 'cache', 'keys.json');
    const profiles = [profile('alice.example'), { ...profile('bad.example'), ...wrong }, profile('carol.example')];
    await writeFile(path, JSON.stringify({ version: 1, profiles }));
    const warned: unknown[] = [];
    const cache = await openKeyCache(root, { onDamage: (...all) => warned.push(all) });
    expect(warned).toHaveLength(1);
    expect(['alice.example', 'bad.example', 'carol.example'].map((idTag) => cache.get(idTag) !== null)).toEqual([
      ...[true, false, true],
    ]);
    await cache.close();
    expect((await openKeyCache(root)).size).toBe(2);
  });

  it.each(['a file in its place', 'a link to itself'])('opens with %s instead of its directory', async (what) => {
    const root = await temporaryHome();
    const path = join(root, 'cache');
    await rm(path, { recursive: true });
    await (what === 'a file in its place' ? writeFile(path, 'x') : symlink('cache', path));
    const warned: string[] = [];
    const cache = await openKeyCache(root, { onDamage: (message) => warned.push(message) });
    expect(warned).toEqual(['A damaged cache was set aside']);
    cache.put(profile('alice.example'));
    await cache.close();
    expect((await openKeyCache(root)).size).toBe(1);
  });

  it('keeps three damaged ones, and what has another name', async () => {
    const root = await temporaryHome();
    const path = join(root, 'cache', 'keys.json');
    await writeFile(`${path}.damaged-once`, 'somebody’s');
    for (let time = 0; time < 8; time += 1) {
      await writeFile(path, `${time}`);
      await openKeyCache(root);
    }
    const names = (await readdir(join(root, 'cache'))).sort();
    expect(names).toHaveLength(5);
    const kept = names.filter((name) => /-\d+$/.test(name));
    const contents = await Promise.all(kept.map((name) => readFile(join(root, 'cache', name), 'utf8')));
    expect(contents).toEqual(['5', '6', '7']);
  });
});
