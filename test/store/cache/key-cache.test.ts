import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CachedProfile, openKeyCache } from '../../../src/store/cache/key-cache.ts';
import { codeOf, temporaryHome } from '../../support/store-fixtures.ts';

const profile = (idTag: string, fetchedAt = 1): CachedProfile => ({
  idTag,
  keys: [{ keyId: '260101', publicKey: 'MHYw', expiresAt: '2027-01-01T00:00:00Z' }],
  etag: '"x"',
  fetchedAt,
});

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

  it.each([
    '{',
    '{}',
    '{"version":2,"profiles":[]}',
    '{"version":1,"profiles":[null]}',
    '{"version":1,"profiles":[{"idTag":"a.example","fetchedAt":1,"keys":[{}]}]}',
    '{"version":1,"profiles":[{"idTag":"a.example","keys":[]}]}',
  ])('that holds %s is refused and left alone', async (text) => {
    const root = await temporaryHome();
    const path = join(root, 'cache', 'keys.json');
    await writeFile(path, text);
    await expect(openKeyCache(root)).rejects.toMatchObject({ code: 'store.document', details: { path } });
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});
