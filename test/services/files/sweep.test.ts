import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../../src/protocol/clock.ts';
import { blobId, fileId } from '../../../src/protocol/content-id.ts';
import { addFile } from '../../../src/services/files/add-file.ts';
import { sweepBlobs, sweepPart } from '../../../src/services/files/sweep-blobs.ts';
import { runSweeper } from '../../../src/services/files/sweep-worker.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { openFileStore, type Store } from '../../../src/store/engine/store.ts';
import { TENANT, temporaryHome } from '../../support/store-fixtures.ts';

const DAY = 24 * 3_600_000;

async function home(): Promise<{ root: string; store: Store; deps: { store: Store; clock: Clock } }> {
  const root = await temporaryHome();
  const store = await openFileStore(root);
  onTestFinished(() => store.close());
  return { root, store, deps: { store, clock: systemClock } };
}

/** Bytes that nothing names, and that were written a while ago. */
function orphan(root: string, text: string, age: number): string {
  const id = blobId(Buffer.from(text));
  const path = join(root, 'blobs', id.slice(3, 5), id);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const time = new Date(Date.now() - age);
  utimesSync(path, time, time);
  return id;
}

describe('a sweep', () => {
  it('never takes what a file of any identity names, however old', async () => {
    const { root, store, deps } = await home();
    const text = { tenant: TENANT, fileName: 'x', contentType: 'text/plain' };
    await addFile(deps, { ...text, source: Buffer.from('mine') });
    await addFile(deps, { ...text, tenant: 'carol.example', source: Buffer.from('hers') });
    for (const name of ['mine', 'hers']) orphan(root, name, 99 * DAY);
    const [one, two] = [orphan(root, 'tn', 99 * DAY), orphan(root, 'hd', 99 * DAY)];
    const descriptor = `d2,vis.tn:${one}:f=webp:s=2:r=1x1;vis.hd:${two}:f=webp:s=2:r=1x1`;
    const file = {
      fileId: fileId(descriptor),
      descriptor,
      fileName: 'p',
      contentType: 'image/webp',
      owner: 'x.example',
    };
    // What a later version may write: unreadable here, and not ours to throw away.
    const newer = orphan(root, 'newer', 99 * DAY);
    const unknown = { fileId: fileId('d3'), descriptor: `d3|orig|${newer}`, fileName: 'n', contentType: 'x/y' };
    await store.append([
      { kind: 'file', tenant: TENANT, ...file, at: 1 },
      { kind: 'file', tenant: TENANT, ...unknown, at: 1 },
    ]);
    expect(await sweepBlobs(deps, {})).toEqual({ dryRun: false, removed: 0, bytes: 0, kept: 5, waiting: 0 });
  });

  it('takes the rest once it is a day old', async () => {
    const { root, store, deps } = await home();
    const [old, young] = [orphan(root, 'old', DAY + 60_000), orphan(root, 'young', DAY - 60_000)];
    expect(await sweepBlobs(deps, { dryRun: true })).toMatchObject({ removed: 1, bytes: 3, waiting: 1 });
    expect(await store.blobs.has(old)).toBe(true);
    expect(await sweepBlobs(deps, {})).toMatchObject({ removed: 1, bytes: 3, waiting: 1 });
    expect([await store.blobs.has(old), await store.blobs.has(young)]).toEqual([false, true]);
    await expect(sweepBlobs(deps, { grace: 0 })).rejects.toMatchObject({ code: 'usage.grace' });
  });

  it('goes through the blobs in parts, each of them once', async () => {
    const { root, store, deps } = await home();
    const ids = Array.from({ length: 60 }, (_, n) => orphan(root, `old ${n}`, 2 * DAY));
    const removed: number[] = [];
    for (let from: string | null = ''; from !== null; ) {
      const part: Awaited<ReturnType<typeof sweepPart>> = await sweepPart(deps, {}, { from, atLeast: 10 });
      removed.push(part.removed);
      from = part.next;
    }
    expect(removed.length).toBeGreaterThan(4);
    // A directory is never divided, and 60 blobs lie in nearly as many of them.
    expect(Math.max(...removed)).toBeLessThan(16);
    expect(removed.reduce((sum, each) => sum + each)).toBe(60);
    for (const id of ids) expect(await store.blobs.has(id)).toBe(false);
  });

  it('leaves what is added again while it runs, however often', async () => {
    const { root, store, deps } = await home();
    const texts = Array.from({ length: 40 }, (_, i) => `again ${i}`);
    for (const text of texts) orphan(root, text, 9 * DAY);
    const sweeping = Promise.all(Array.from({ length: 5 }, () => sweepBlobs(deps, {})));
    const added = await Promise.all(
      texts.map((text) =>
        addFile(deps, { tenant: TENANT, fileName: 'x', contentType: 'text/plain', source: Buffer.from(text) }),
      ),
    );
    await sweeping;
    await sweepBlobs(deps, {});
    expect(new Set(added.map((file) => file.fileId)).size).toBe(texts.length);
    for (const text of texts) expect(await store.blobs.has(blobId(Buffer.from(text)))).toBe(true);
  });

  it('doesn’t happen while nobody can tell what is needed', async () => {
    const { root, store, deps } = await home();
    orphan(root, 'maybe needed', 9 * DAY);
    store.recovery.damaged.push({ segment: '000001.ndjson', offset: 0, reason: 'its hash is wrong' });
    await expect(sweepBlobs(deps, {})).rejects.toMatchObject({ code: 'store.damaged' });
  });
});

it('a server sweeps in parts, and tells what a whole round removed', async () => {
  const { root, deps } = await home();
  for (let n = 0; n < 30; n += 1) orphan(root, `old ${n}`, 2 * DAY);
  const stop = new AbortController();
  const logged: unknown[] = [];
  const log = (_level: string, message: string, fields?: object) => logged.push([message, fields]);
  const done = runSweeper({ ...deps, log }, stop.signal, { first: 1, between: 1, every: 1, part: 4 });
  await expect.poll(() => logged.length).toBeGreaterThan(1);
  stop.abort();
  await done;
  expect(logged.slice(0, 2)).toEqual([
    ['swept files', { removed: 30, bytes: 170, waiting: 0 }],
    ['swept files', { removed: 0, bytes: 0, waiting: 0 }],
  ]);
});

it('a server sweeps again and again, also after it failed', async () => {
  const { root, store, deps } = await home();
  orphan(root, 'old', 2 * DAY);
  const stop = new AbortController();
  const logged: string[] = [];
  store.recovery.damaged.push({ segment: '000001.ndjson', offset: 0, reason: 'its hash is wrong' });
  const log = (level: string, message: string) => {
    logged.push(`${level} ${message}`);
    store.recovery.damaged.length = 0;
  };
  const done = runSweeper({ ...deps, log }, stop.signal, { first: 1, every: 1 });
  await expect.poll(() => logged.length).toBeGreaterThan(1);
  stop.abort();
  await done;
  expect(logged.slice(0, 2)).toEqual(['error files could not be swept', 'info swept files']);
  expect(readdirSync(join(root, 'blobs'), { recursive: true }).filter((name) => `${name}`.includes('~'))).toEqual([]);
});
