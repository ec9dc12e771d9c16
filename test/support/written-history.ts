import fc from 'fast-check';
import { openFileStore } from '../../src/store/engine/store.ts';
import type { JournalEvent } from '../../src/store/model/events.ts';
import { anyStep, History } from './any-events.ts';

/** A history of one tenant, the same each time: some of everything. */
export function oneHistory(length: number, seed: number): { history: History; records: JournalEvent[][] } {
  const history = new History();
  const steps = fc.sample(anyStep, { numRuns: length, seed });
  const records = steps.flatMap((step) => {
    const event = history.event({ ...step, tenant: 0 });
    return event ? [[event]] : [];
  });
  return { history, records };
}

/** Records that are appended together. */
const GROUP = 4;

/** Writes records into a home, in small segments. */
export async function writeRecords(root: string, records: readonly JournalEvent[][], segmentBytes: number) {
  const store = await openFileStore(root, { segmentBytes });
  // Those of a group share a sync, and a segment.
  for (let start = 0; start < records.length; start += GROUP) {
    await Promise.all(records.slice(start, start + GROUP).map((events) => store.append(events)));
  }
  await store.close();
}
