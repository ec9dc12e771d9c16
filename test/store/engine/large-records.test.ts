import { expect, it } from 'vitest';
import { MemoryBlobs } from '../../../src/store/blobs/memory-blobs.ts';
import { JournalStore } from '../../../src/store/engine/journal-store.ts';
import { UNSHARED } from '../../../src/store/home/fence.ts';
import { StoreIndex } from '../../../src/store/index/store-index.ts';
import { MemoryJournal } from '../../../src/store/journal/memory-journal.ts';
import type { DeliveriesEvent } from '../../../src/store/model/events.ts';
import { action, codeOf, TENANT } from '../../support/store-fixtures.ts';

/** A store whose journal counts what is read of it, and fails while it is told to. */
function countingStore() {
  const journal = new MemoryJournal(Date.now);
  const counted = { reads: 0, broken: false };
  const read = journal.read.bind(journal);
  journal.read = async (position) => {
    counted.reads += 1;
    if (counted.broken) throw Object.assign(new Error('the disk'), { code: 'store.io' });
    return read(position);
  };
  const recovery = { tornBytes: 0, damaged: [], snapshot: 'absent', replayed: 0, unread: 0 } as const;
  const parts = {
    journal,
    fence: UNSHARED,
    index: new StoreIndex(),
    blobs: new MemoryBlobs(),
    recovery: { ...recovery, damaged: [] },
  };
  return { store: new JournalStore(parts), counted };
}

it('what is in one large record is read once, not once an event: the roster of a large conversation', async () => {
  const { store, counted } = countingStore();
  const subscriptions = Array.from({ length: 500 }, (_, index) => action({ t: 'SUBS', iss: `peer${index}.example` }));
  for (const event of subscriptions) await store.append([event]);
  const roster = subscriptions.map(
    ({ actionId, token }): DeliveriesEvent => ({
      kind: 'deliveries',
      tenant: TENANT,
      actionId,
      to: ['new.example'],
      nextAt: 1,
      related: [token],
      at: 1,
    }),
  );
  await store.append(roster);
  counted.broken = true;
  const [first] = store.deliveries({ to: 'new.example' });
  expect(first && (await codeOf(store.deliveryRelated(first)))).toBe('store.io');
  counted.broken = false;
  counted.reads = 0;
  const sent: string[] = [];
  for (const delivery of store.deliveries({ to: 'new.example' })) {
    sent.push(...(await store.deliveryRelated(delivery)));
    // What else is read meanwhile is small, and pushes nothing out.
    if (sent.length % 100 === 0) await store.action(TENANT, delivery.actionId);
  }
  expect(sent.sort()).toEqual(subscriptions.map(({ token }) => token).sort());
  expect(counted.reads).toBe(1 + 5);
  await store.close();
});
