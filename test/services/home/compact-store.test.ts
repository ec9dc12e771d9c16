import { expect, it, onTestFinished } from 'vitest';
import { type CompactDeps, compactStore } from '../../../src/services/home/compact-store.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { recordSpans } from '../../support/recorded-spans.ts';
import { action, temporaryHome } from '../../support/store-fixtures.ts';

it('tells how many segments are done', async () => {
  const { observer, spans } = recordSpans();
  const store = await openFileStore(await temporaryHome(), { segmentBytes: 2000, observer });
  onTestFinished(() => store.close());
  for (let n = 0; n < 20; n += 1) await store.append([action({ c: `${n} ${'x'.repeat(500)}` })]);
  const settings = { delivery: { keepEnded: 0 } };
  const deps = { store, settings, clock: systemClock, observer } as unknown as CompactDeps;
  const { segments } = await compactStore(deps, {}, () => {}, new AbortController().signal);
  expect(segments).toBeGreaterThan(1);
  const compaction = spans.find(({ name }) => name === 'compact');
  expect(compaction?.progress).toEqual({ done: segments, total: segments });
});
