import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openFileStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store-interface.ts';
import { action, TENANT, temporaryHome } from './fixtures.ts';

const SECTOR = 512;
const endsWithRoom = (segment: string): boolean => segment.endsWith('\n\n');

/** Appends actions of all sizes as one group. @returns their IDs */
async function group(store: Store, count: number, seed: string): Promise<string[]> {
  const events = Array.from({ length: count }, (_, n) => action({ c: `${seed} ${n} ${'x'.repeat((n * 131) % 1500)}` }));
  await Promise.all(events.map((event) => store.append([event])));
  return events.map(({ actionId }) => actionId);
}

/** A segment with room reserved in it, before and after a group was written; and whose actions were acknowledged before. */
async function written(count: number) {
  const root = await temporaryHome();
  const segment = join(root, 'journal', '000001.ndjson');
  const store = await openFileStore(root);
  const acknowledged = [...(await group(store, 100, 'first')), ...(await group(store, 3, 'second'))];
  const before = await readFile(segment);
  const last = await group(store, count, 'last');
  const after = await readFile(segment);
  await store.close();
  expect(after.length, 'the group was written into room that was there').toBe(before.length);
  return { root, segment, before, after, acknowledged, last };
}

/** Opens a home with this segment as a power cut left it. */
async function opened(root: string, segment: string, bytes: Buffer): Promise<Store> {
  await rm(join(root, 'journal'), { recursive: true });
  await rm(join(root, 'index', 'snapshot'), { force: true });
  await mkdir(join(root, 'journal'), { mode: 0o700 });
  await writeFile(segment, bytes, { mode: 0o600 });
  return openFileStore(root);
}

it('writes ahead only once there is much to write, and gives the room back', async () => {
  const root = await temporaryHome();
  const segment = join(root, 'journal', '000001.ndjson');
  const store = await openFileStore(root, { segmentBytes: 200_000 });
  await group(store, 3, 'few');
  expect(endsWithRoom(await readFile(segment, 'utf8'))).toBe(false);
  await group(store, 100, 'many');
  await group(store, 1, 'more');
  expect((await stat(segment)).size).toBeGreaterThan(1_000_000);
  expect(await store.check()).toMatchObject({ records: 104, findings: [] });
  await group(store, 100, 'the next segment');
  await group(store, 1, 'which begins here');
  await store.close();
  const names = await readdir(join(root, 'journal'));
  expect(names).toEqual(['000001.ndjson', '000002.ndjson']);
  const contents = await Promise.all(names.map((name) => readFile(join(root, 'journal', name), 'utf8')));
  expect(contents.map(endsWithRoom)).toEqual([false, false]);
  const again = await openFileStore(root);
  expect(again.recovery).toMatchObject({ tornBytes: 0, damaged: [] });
  await again.close();
});

it('passes over room that a killed process left', async () => {
  const { root, segment, after, acknowledged, last } = await written(5);
  const store = await opened(root, segment, after);
  expect(store.recovery).toMatchObject({ tornBytes: 0, damaged: [], replayed: acknowledged.length + last.length });
  await group(store, 1, 'goes on');
  expect((await store.check()).findings).toEqual([]);
  await store.close();
  expect(endsWithRoom(await readFile(segment, 'utf8'))).toBe(false);
});

it('loses nothing acknowledged, and takes no group cut off for damage, whichever sectors reached the disk', async () => {
  const { root, segment, before, after, acknowledged, last } = await written(12);
  const sectors = Array.from({ length: after.length / SECTOR }, (_, n) => n * SECTOR).filter(
    (at) => !before.subarray(at, at + SECTOR).equals(after.subarray(at, at + SECTOR)),
  );
  expect(sectors.length).toBeGreaterThan(12);
  const arrived = fc.array(fc.boolean(), { minLength: sectors.length, maxLength: sectors.length });
  await fc.assert(
    fc.asyncProperty(arrived, async (there) => {
      const bytes = Buffer.from(before);
      for (const [n, at] of sectors.entries()) if (there[n]) after.copy(bytes, at, at, at + SECTOR);
      const store = await opened(root, segment, bytes);
      expect(store.recovery.damaged).toEqual([]);
      expect(store.recovery.tornBytes > 0 || there.every(Boolean) || there.every((one) => !one)).toBe(true);
      expect(acknowledged.filter((id) => store.row(TENANT, id) === null)).toEqual([]);
      // What is left of the group is its beginning.
      const left = last.map((id) => store.row(TENANT, id) !== null);
      expect(left.lastIndexOf(true)).toBe(left.indexOf(false) === -1 ? last.length - 1 : left.indexOf(false) - 1);
      await group(store, 2, 'goes on');
      expect((await store.check()).findings).toEqual([]);
      await store.close();
      const again = await openFileStore(root);
      expect(again.recovery).toMatchObject({ tornBytes: 0, damaged: [] });
      await again.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

it('calls such a hole damage where a later group shows that it was acknowledged, and keeps the good records around it', async () => {
  const root = await temporaryHome();
  const segment = join(root, 'journal', '000001.ndjson');
  const store = await openFileStore(root);
  await group(store, 100, 'first');
  await group(store, 1, 'second');
  const from = (await readFile(segment, 'latin1')).indexOf('\n\n') + 1;
  const holed = await group(store, 12, 'third');
  await group(store, 2, 'fourth');
  const bytes = await readFile(segment);
  await store.close();
  const at = Math.ceil(from / SECTOR + 4) * SECTOR;
  const again = await opened(root, segment, Buffer.from(bytes).fill('\n', at, at + SECTOR));
  expect(again.recovery.tornBytes).toBe(0);
  expect(again.recovery.damaged.length).toBeGreaterThan(0);
  const lost = holed.filter((id) => again.row(TENANT, id) === null).length;
  expect(lost).toBeGreaterThan(0);
  expect(again.stats().records).toBe(115);
  expect(again.count(TENANT, {})).toBe(115 - lost);
  expect(lost).toBeLessThanOrEqual(2);
  await again.close();
});
