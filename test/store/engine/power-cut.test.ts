import { appendFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openFileStore } from '../../../src/store/engine/store.ts';
import type { ActionEvent } from '../../../src/store/model/events.ts';
import type { Store } from '../../../src/store/model/store-interface.ts';
import { watchDisk } from '../../support/power-cut.ts';
import { action, codeOf, TENANT, temporaryDirectory, temporaryHome } from '../../support/store-fixtures.ts';

/** Opens a home as a new process, and sees what is left of it when the power is cut then. */
async function cutAfterOpening<T>(
  root: string,
  kill: (root: string) => Promise<void>,
  ask: (store: Store) => Promise<T>,
) {
  const disk = await watchDisk(root);
  await kill(root);
  const store = await openFileStore(root);
  const answer = await ask(store);
  const left = await disk.afterPowerCut();
  await store.close();
  return { answer, left };
}

/** A home of one action, closed; with the bytes that another process wrote behind, who never synced them. */
async function homeAndMore(more: ActionEvent[], segmentBytes?: number) {
  const root = await temporaryHome();
  const first = await openFileStore(root);
  await first.append([action({ c: 'first' })]);
  await first.close();
  const copy = join(await temporaryDirectory(), 'home');
  await cp(root, copy, { recursive: true });
  const killed = await openFileStore(copy, segmentBytes === undefined ? {} : { segmentBytes });
  for (const event of more) await killed.append([event]);
  await killed.close();
  return { root, written: join(copy, 'journal') };
}

/** As a write without a sync: in place, behind what is there. */
async function writeJournal(from: string, to: string): Promise<void> {
  for (const name of (await readdir(from)).sort()) {
    const known = await readFile(join(to, name)).catch(() => Buffer.alloc(0));
    await appendFile(join(to, name), (await readFile(join(from, name))).subarray(known.length), { mode: 0o600 });
  }
}

const blob = Buffer.from('a picture');

describe('what a killed process left behind is on disk before the first answer:', () => {
  it.each([
    ['records that it wrote', undefined],
    ['a segment that it began', 1],
  ])('%s', async (_what, segmentBytes) => {
    const more = [action({ c: 'second' }), action({ c: 'third' })];
    const { root, written } = await homeAndMore(more, segmentBytes);
    const kill = (home: string) => writeJournal(written, join(home, 'journal'));
    // The sender comes again, and is told that it is stored.
    const { answer, left } = await cutAfterOpening(root, kill, async (store) =>
      more.map(({ token }) => store.duplicateOf(TENANT, token)),
    );
    expect(answer).toEqual(more.map(({ actionId }) => actionId));
    const again = await openFileStore(left);
    expect(again.recovery).toMatchObject({ damaged: [], tornBytes: 0 });
    for (const { actionId, token } of more) expect((await again.action(TENANT, actionId))?.token).toBe(token);
    await again.close();
  });

  it('also when the one that took it over was killed before any of its syncs', async () => {
    for (let died = true, at = 1; died; at += 1) {
      const more = [action({ c: `second ${at}` }), action({ c: 'third' })];
      const { root, written } = await homeAndMore(more, 1);
      const kill = async (home: string) => {
        await writeJournal(written, join(home, 'journal'));
        const restore = await failSyncsFrom(at);
        // It answers nobody: a store that isn't open knows nothing.
        const store = await openFileStore(home).catch(() => null);
        restore();
        died = store === null;
        await store?.close();
      };
      const { answer, left } = await cutAfterOpening(root, kill, async (store) =>
        more.map(({ token }) => store.duplicateOf(TENANT, token)),
      );
      expect({ at, answer }).toEqual({ at, answer: more.map(({ actionId }) => actionId) });
      const again = await openFileStore(left);
      for (const { actionId, token } of more) expect((await again.action(TENANT, actionId))?.token).toBe(token);
      await again.close();
      vi.restoreAllMocks();
      // The home, its directories, and two segments.
      if (!died) expect(at).toBeGreaterThan(8);
    }
  });

  it('names that it gave: an identity, a setting, a saved index, a cache', async () => {
    const root = await temporaryHome();
    const folder = join('identities', 'alice.test');
    const names = [
      'config.json',
      join('cache', 'keys.json'),
      join(folder, 'identity.json'),
      join(folder, 'keys', 'k.pem'),
    ];
    const kill = async (home: string) => {
      await mkdir(join(home, folder, 'keys'), { recursive: true, mode: 0o700 });
      for (const name of names) await writeFile(join(home, name), '', { mode: 0o600 });
    };
    const { left } = await cutAfterOpening(root, kill, async () => null);
    for (const name of names) expect(await readdir(dirname(join(left, name)))).toContain(name.split('/').at(-1));
  });

  it.each<[string, (store: Store, id: string) => Promise<unknown>]>([
    ['kept', (store, id) => store.blobs.touch(id)],
    ['stored again', (store) => store.blobs.write(blob)],
  ])('a blob, once it is %s', async (_how, ask) => {
    const other = await openFileStore(await temporaryHome());
    const { id } = await other.blobs.write(blob);
    await other.close();
    const root = await temporaryHome();
    const kill = async (home: string) => {
      await mkdir(join(home, 'blobs', id.slice(3, 5)), { mode: 0o700 });
      await writeFile(join(home, 'blobs', id.slice(3, 5), id), blob, { mode: 0o600 });
    };
    const { left } = await cutAfterOpening(root, kill, (store) => ask(store, id));
    expect(await readdir(join(left, 'blobs', id.slice(3, 5)))).toContain(id);
  });
});

describe('a segment whose name could not be synced', () => {
  it('is synced before anything in it is acknowledged', async () => {
    const root = await temporaryHome();
    const disk = await watchDisk(root);
    const store = await openFileStore(root);
    const event = action({});
    await failNextDirectorySync(join(root, 'journal'));
    expect(await codeOf(store.append([event]))).toBe('store.io');
    await store.append([event]);
    const again = await openFileStore(await disk.afterPowerCut());
    expect(again.row(TENANT, event.actionId)).not.toBeNull();
    await again.close();
    await store.close();
    await rm(root, { recursive: true });
  });
});

/** From the nth on every sync fails, as after a kill. @returns lets them work again */
async function failSyncsFrom(nth: number): Promise<() => void> {
  const { open } = await import('node:fs/promises');
  const probe = await open('.', 'r');
  const handles = Object.getPrototypeOf(probe) as Record<'sync' | 'datasync', (this: unknown) => Promise<void>>;
  await probe.close();
  const before = { sync: handles.sync, datasync: handles.datasync };
  let count = 0;
  for (const name of ['sync', 'datasync'] as const) {
    handles[name] = function (this: unknown) {
      count += 1;
      return count >= nth
        ? Promise.reject(Object.assign(new Error('killed'), { code: 'EIO' }))
        : before[name].call(this);
    };
  }
  return () => {
    Object.assign(handles, before);
  };
}

async function failNextDirectorySync(directory: string): Promise<void> {
  const { open } = await import('node:fs/promises');
  const probe = await open(directory, 'r');
  const handles = Object.getPrototypeOf(probe) as { sync(): Promise<void> };
  await probe.close();
  // Once: the disk goes on being watched after it.
  vi.spyOn(handles, 'sync').mockImplementationOnce(async () => {
    throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
  });
}
