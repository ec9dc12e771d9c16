import fc from 'fast-check';
import { openFileStore } from '../../src/store/engine/store.ts';
import type { JournalEvent } from '../../src/store/model/events.ts';
import { anyStep, History } from './any-events.ts';

/**
 * A history of one tenant, the same each time: some of everything. As in a journal that was written by the program, nothing is queued for
 * a recipient who has a delivery of the same action already.
 */
export function oneHistory(length: number, seed: number): { history: History; records: JournalEvent[][] } {
  const history = new History();
  const steps = fc.sample(anyStep, { numRuns: length, seed });
  const pairs = new Set<string>();
  const records = steps.flatMap((step) => {
    const event = history.event({ ...step, tenant: 0 });
    return event && isWritten(event, pairs) ? [[event]] : [];
  });
  return { history, records };
}

/** @param pairs the actions and recipients of deliveries so far; those of the event are added */
function isWritten(event: JournalEvent, pairs: Set<string>): boolean {
  if (event.kind !== 'delivery' && event.kind !== 'deliveries') return true;
  const named = [event.to].flat().map((to) => `${event.actionId} ${to}`);
  const isWritten = event.kind === 'delivery' || !named.some((pair) => pairs.has(pair));
  if (isWritten) for (const pair of named) pairs.add(pair);
  return isWritten;
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
