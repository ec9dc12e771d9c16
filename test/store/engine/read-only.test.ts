import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { openKeyCache, openReadOnlyKeyCache } from '../../../src/store/cache/key-cache.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { homePaths } from '../../../src/store/home/home.ts';
import { MIGRATIONS } from '../../../src/store/home/migrations.ts';
import { createIdentities } from '../../../src/store/identities/identities.ts';
import { action, codeOf, TENANT, temporaryHome } from '../../support/store-fixtures.ts';

const readOnly = new CloudilloError('store.read-only', 'The disk is read-only');
const fence = {
  number: 0,
  assertHeld: () => {
    throw readOnly;
  },
};

/** Every file of a home with its bytes and the time of its last change. */
function treeOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(root, name);
      const stats = statSync(path);
      const hash = stats.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'directory';
      return `${name} ${hash} ${stats.ctimeMs}`;
    });
}

/** A home in need of everything that opening mends, each of which is left alone when the home is only read. */
async function untidyHome(): Promise<string> {
  const root = await temporaryHome();
  const paths = homePaths(root);
  const store = await openFileStore(root);
  await store.append([action({ c: 'first' })]);
  await store.blobs.write(Buffer.from('a blob'));
  await store.close();
  const cache = await openKeyCache(root);
  await cache.close();
  const dead = `${2 ** 22 + 1}.0123456789ab`;
  appendFileSync(join(paths.journal, '000001.ndjson'), '{"h":"torn');
  writeFileSync(join(paths.index, 'snapshot'), 'damaged');
  writeFileSync(join(root, `.config.json.${dead}.tmp`), '{}');
  writeFileSync(join(paths.cache, 'keys.json'), '');
  mkdirSync(join(paths.identities, 'alice.example/keys'), { recursive: true });
  writeFileSync(join(paths.identities, 'alice.example/keys/.260101.pending'), 'a key');
  mkdirSync(join(paths.identities, `.bob.example.${dead}`));
  return root;
}

it('a home that is only read is read, and nothing of it is changed', async () => {
  const root = await untidyHome();
  const before = treeOf(root);
  const store = await openFileStore(root, { readOnly, fence });
  expect([...store.rows(TENANT, {})]).toHaveLength(1);
  expect(store.recovery).toMatchObject({ snapshot: 'rejected', replayed: 1, tornBytes: 10 });
  expect(store.stats().writable).toBe(false);
  const { value: blobId } = await store.blobs.ids()[Symbol.asyncIterator]().next();
  const identities = createIdentities(root, { fence });
  const cache = await openReadOnlyKeyCache(root);
  const bob = {
    idTag: 'bob.example',
    name: 'Bob',
    type: 'person',
    createdAt: new Date().toISOString(),
    keys: [],
  } as const;
  const changes: Record<string, () => Promise<unknown>> = {
    append: () => store.append([action({ c: 'second' })]),
    'write a blob': () => store.blobs.write(Buffer.from('another blob')),
    'touch a blob': () => store.blobs.touch(blobId as string),
    'remove a blob': () => store.blobs.remove(blobId as string),
    'create an identity': () => identities.create({ ...bob, keys: [] } as never),
    'change an identity': () => identities.update('alice.example', () => undefined),
    'add a key': () => identities.addKey('alice.example', '260102', 'PEM', () => undefined),
    'change the access': () => identities.updateAccess('alice.example', () => undefined),
  };
  for (const [what, change] of Object.entries(changes)) {
    expect({ what, code: await codeOf(change()) }).toEqual({ what, code: 'store.read-only' });
  }
  await cache.close();
  await store.close();
  expect(treeOf(root)).toEqual(before);

  // Whoever has the lock later mends all of it.
  const mended = await openFileStore(root);
  expect(mended.recovery).toMatchObject({ replayed: 1, tornBytes: 10, keptAt: expect.any(String) });
  await mended.append([action({ c: 'second' })]);
  await mended.close();
});

it('a home of an earlier version is not read without being brought to this one', async () => {
  const root = await temporaryHome();
  const migrations = [...MIGRATIONS, { name: 'one more', run: async () => {} }];
  expect(await codeOf(openFileStore(root, { readOnly, fence, migrations }))).toBe('home.not-writable');
  expect(JSON.parse(readFileSync(homePaths(root).marker, 'utf8')).schema).toBe(1 + MIGRATIONS.length);
});
