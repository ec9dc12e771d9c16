import { expect, it, onTestFinished } from 'vitest';
import { NOBODY } from '../../../src/protocol/observer.ts';
import { runCompaction } from '../../../src/services/home/compaction-worker.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { fileSystem } from '../../support/file-system.ts';
import { action, TENANT, temporaryHome } from '../../support/store-fixtures.ts';

type WorkerDeps = Parameters<typeof runCompaction>[0];

/** A worker that has looked once. */
async function lookedOnce(deleted: number, { least = 2000, free = 2 ** 40 } = {}) {
  const store = await openFileStore(await temporaryHome());
  onTestFinished(() => store.close());
  const events = Array.from({ length: 10 }, (_, n) => action({ c: `${n} ${'x'.repeat(500)}` }));
  for (const event of events) await store.append([event]);
  const ids = events.slice(0, deleted).map(({ actionId }) => actionId);
  if (deleted > 0) {
    await store.append(
      ids.map((actionId) => ({ kind: 'status', tenant: TENANT, actionId, status: 'D', at: 1 }) as const),
    );
  }
  const logged: string[] = [];
  const deps = {
    store,
    settings: { delivery: { keepEnded: 30 * 86_400_000 } },
    clock: systemClock,
    observer: NOBODY,
    disk: { rooms: async () => [fileSystem({ free }), fileSystem({ mount: '/elsewhere', free: 0 })] },
    log: (level: string, message: string) => void logged.push(`${level} ${message}`),
  } as unknown as WorkerDeps;
  const ending = new AbortController();
  const compacted = await new Promise<boolean>((resolve, reject) => {
    runCompaction(deps, ending.signal, { first: 0, least, onLook: resolve }).catch(reject);
  });
  ending.abort();
  return { compacted, logged, store, ids };
}

it('compacts when a good part of the journal can be dropped', async () => {
  const { compacted, logged, store, ids } = await lookedOnce(5);
  expect({ compacted, logged }).toEqual({ compacted: true, logged: ['info compacted the journal'] });
  expect(await store.action(TENANT, ids[0] as string)).toBeNull();
  expect(store.reclaimable(0)).toBe(0);
});

it.each([
  ['nothing is deleted', 0, {}],
  ['little of it is', 1, { least: 500 }],
  ['it is too few bytes', 5, { least: 1_000_000 }],
])('does nothing while %s', async (_what, deleted, options) => {
  const { compacted, logged, store } = await lookedOnce(deleted, options);
  expect({ compacted, logged }).toEqual({ compacted: false, logged: [] });
  expect(store.stats().segments).toBe(1);
});

it('leaves the room of a nearly full disk to others', async () => {
  const { compacted, logged } = await lookedOnce(5, { free: 1024 });
  expect(compacted).toBe(false);
  expect(logged).toEqual(['warn the journal is not compacted: too little room on the disk']);
});
