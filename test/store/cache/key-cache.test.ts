import { lstat, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CachedProfile } from '../../../src/store/cache/cached-profile.ts';
import { openKeyCache, readKeyCache } from '../../../src/store/cache/key-cache.ts';
import { childScript, startChild } from '../../support/child-process.ts';
import { codeOf, temporaryHome } from '../../support/store-fixtures.ts';

const profile = (idTag: string, fetchedAt = 1): CachedProfile => ({
  idTag,
  keys: [{ keyId: '260101', publicKey: 'MHYw', expiresAt: '2027-01-01T00:00:00Z' }],
  etag: '"x"',
  fetchedAt,
});

const flood = childScript('store/children/flood-key-cache.ts');

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
    await expect
      .poll(() => readFile(join(root, 'cache', 'keys.json'), 'utf8').catch(() => ''))
      .toContain('p99.example');
    expect(JSON.parse(await readFile(join(root, 'cache', 'keys.json'), 'utf8')).profiles).toHaveLength(100);
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
    expect(await readFile(join(root, 'cache', 'keys.json'), 'utf8').catch(() => 'absent')).toBe('absent');
  });

  it('tells of a failed write, and writes with the next', async () => {
    const root = await temporaryHome();
    const errors: unknown[] = [];
    const cache = await openKeyCache(root, { delay: 1, onError: (error) => errors.push(error) });
    await mkdir(join(root, 'cache', 'keys.json'));
    cache.put(profile('alice.example'));
    await expect.poll(() => errors.length).toBe(1);
    expect(await codeOf(cache.flush())).toBe('store.io');
    await rm(join(root, 'cache', 'keys.json'), { recursive: true });
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
      await symlink('keys.json', path);
    },
  };

  it.each(Object.entries(DAMAGED))('that %s is set aside with a warning, and a new one works', async (_, damage) => {
    const root = await temporaryHome();
    const path = join(root, 'cache', 'keys.json');
    await writeFile(path, JSON.stringify({ version: 1, profiles: [profile('alice.example')] }));
    await damage(path);
    const warned: string[] = [];
    const seen = await readKeyCache(root, (message) => warned.push(message));
    expect(seen.size).toBe(0);
    expect(await lstat(path)).toBeTruthy();
    const cache = await openKeyCache(root, { onDamage: (message) => warned.push(message) });
    expect(warned).toEqual(['The key cache is damaged', 'A damaged cache was set aside']);
    expect(await readdir(join(root, 'cache'))).toEqual([expect.stringMatching(/^keys\.json\.damaged-\d+$/)]);
    cache.put(profile('bob.example'));
    await cache.close();
    const again = await openKeyCache(root, { onDamage: (message) => warned.push(message) });
    expect(again.get('bob.example')).toEqual(profile('bob.example'));
    expect(warned).toHaveLength(2);
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
    expect(names).toHaveLength(4);
    const kept = names.filter((name) => /-\d+$/.test(name));
    const contents = await Promise.all(kept.map((name) => readFile(join(root, 'cache', name), 'utf8')));
    expect(contents).toEqual(['5', '6', '7']);
  });
});
