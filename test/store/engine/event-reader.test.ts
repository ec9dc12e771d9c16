import { expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { EventReader } from '../../../src/store/engine/event-reader.ts';
import type { JournalEvent, JournalRecord } from '../../../src/store/model/events.ts';

const fanOut: JournalEvent = {
  kind: 'deliveries',
  tenant: 'alice.test',
  actionId: 'a1~x',
  to: ['bob.test', 'carol.test'],
  nextAt: 0,
  related: ['token'],
  at: 0,
};
const place = { segment: 1, offset: 0, length: 100, event: 0 };

/** A journal of one record, whose first reads fail. */
function journalOf(e: JournalEvent[], failures = 0) {
  let reads = 0;
  return {
    get reads() {
      return reads;
    },
    async read() {
      reads += 1;
      if (reads <= failures) throw new CloudilloError('store.io', 'no');
      return { n: 1, e } as unknown as JournalRecord;
    },
  };
}

it('reads what goes along with a fan-out once, however many ask', async () => {
  const journal = journalOf([fanOut]);
  const reader = new EventReader(journal);
  const asked = await Promise.all([reader.related(place), reader.related(place)]);
  expect([...asked, await reader.related(place)]).toEqual([['token'], ['token'], ['token']]);
  expect(journal.reads).toBe(1);
  await reader.related({ ...place, offset: 100 });
  expect(journal.reads).toBe(2);
});

it('reads a record once while the same is asked for, whatever its size', async () => {
  for (const length of [100, 1024 * 1024]) {
    const journal = journalOf([fanOut]);
    const reader = new EventReader(journal);
    const asked = await Promise.all([1, 2, 3].map(() => reader.event({ ...place, length })));
    expect(asked).toEqual([fanOut, fanOut, fanOut]);
    expect(journal.reads).toBe(1);
    await reader.event({ ...place, length, offset: 100 });
    expect(journal.reads).toBe(2);
  }
});

it('reads again after a failure, of large records too', async () => {
  for (const length of [100, 1024 * 1024]) {
    const reader = new EventReader(journalOf([fanOut], 1));
    await expect(reader.related({ ...place, length })).rejects.toMatchObject({ code: 'store.io' });
    expect(await reader.related({ ...place, length })).toEqual(['token']);
  }
});

it('knows nothing of an event that the record does not have', async () => {
  const reader = new EventReader(journalOf([fanOut]));
  expect(await reader.event({ ...place, event: 1 })).toBeNull();
  expect(await reader.related({ ...place, event: 1 })).toEqual([]);
});
