import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openFileStore, openMemoryStore } from '../../../src/store/engine/store.ts';
import { anyStep, History } from '../../support/any-events.ts';
import { answersOf } from '../../support/store-answers.ts';
import { temporaryHome } from '../../support/store-fixtures.ts';

const signal = new AbortController().signal;
const anyAct = fc.oneof(
  { weight: 12, arbitrary: fc.record({ append: fc.array(anyStep, { minLength: 1, maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ compact: fc.nat(600) }) },
  { weight: 1, arbitrary: fc.record({ reopen: fc.constantFrom('with the saved index', 'without it') }) },
);

/** What reaches the disk, and when, is for other tests. */
async function withoutSyncs(): Promise<void> {
  const probe = await open('/dev/null', 'r');
  const handles = Object.getPrototypeOf(probe) as Record<'sync' | 'datasync', () => Promise<void>>;
  await probe.close();
  for (const name of ['sync', 'datasync'] as const) vi.spyOn(handles, name).mockImplementation(async () => {});
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
}

/**
 * A store in memory has no segments to rewrite: its compaction only says what is erased and forgotten. The one on the disk has to
 * answer the same, however often it was rewritten and opened.
 */
it('answers as if no segment had ever been rewritten', { timeout: 240_000 }, async () => {
  await withoutSyncs();
  await fc.assert(
    fc.asyncProperty(fc.array(anyAct, { minLength: 4, maxLength: 40 }), async (acts) => {
      const history = new History();
      const root = await temporaryHome();
      const options = { segmentBytes: 3000, now: () => history.now };
      const plain = openMemoryStore(options);
      let store = await openFileStore(root, options);
      const same = async () => {
        expect(await answersOf(store, history.asked)).toEqual(await answersOf(plain, history.asked));
        expect((await store.check()).findings).toEqual([]);
      };
      for (const act of [...acts, { compact: 0 } as const]) {
        if ('append' in act) {
          const events = act.append.flatMap((step) => history.event(step) ?? []);
          await store.append(events);
          await plain.append(events);
        } else if ('compact' in act) {
          const dropped = { now: history.now, endedBefore: history.now - act.compact, signal };
          const wouldBe = await store.compact({ ...dropped, dryRun: true });
          const done = await store.compact(dropped);
          const { erased, files, forgotten } = done;
          expect(wouldBe).toMatchObject({ erased, files, forgotten });
          expect(await plain.compact(dropped)).toMatchObject({ erased, files, forgotten });
          await same();
        } else {
          await store.close();
          if (act.reopen === 'without it') await rm(join(root, 'index', 'snapshot'), { force: true });
          store = await openFileStore(root, options);
          expect(store.recovery.damaged).toEqual([]);
          await same();
        }
      }
      await store.rebuild();
      await same();
      await store.close();
      await rm(join(root, 'index', 'snapshot'), { force: true });
      store = await openFileStore(root, options);
      await same();
      const left = (await readdir(join(root, 'journal'))).filter((name) => !/^\d{6}\.ndjson$/.test(name));
      expect(left).toEqual([]);
      await store.close();
      await plain.close();
    }),
    { numRuns: 60 },
  );
});
