import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openFileStore } from '../../../src/store/engine/store.ts';
import type { ActionEvent } from '../../../src/store/model/events.ts';
import { action, TENANT, temporaryHome } from '../../support/store-fixtures.ts';

const COUNT = 20_000;

function many(): ActionEvent[] {
  const recent: string[] = [`a1~${'A'.repeat(43)}`];
  return Array.from({ length: COUNT }, (_, n) => {
    const about = recent[(n * 31) % recent.length] as string;
    const base = {
      iss: `p${(n * 7919) % 300}.example`,
      iat: 1_700_000_000 + ((n * 13) % 5000),
      aud: TENANT,
      _: `${n}`,
    };
    const kinds = [
      { ...base, t: 'POST', c: `${n}`, v: 'P' },
      { ...base, t: 'CMNT', c: `${n}`, p: about },
      { ...base, t: 'REACT:LIKE', sub: about, c: undefined },
      { ...base, t: n % 8 === 3 ? 'FLLW' : 'FLLW:DEL' },
    ];
    const event = action(kinds[n % 4] as (typeof kinds)[number]);
    if (n % 40 < 2) recent.push(event.actionId);
    return event;
  });
}

it('opens twenty thousand actions from the journal and from the saved index alike', { timeout: 120_000 }, async () => {
  const root = await temporaryHome();
  const events = many();
  const store = await openFileStore(root, { segmentBytes: 2_000_000 });
  for (let n = 0; n < COUNT; n += 2000) {
    await Promise.all(events.slice(n, n + 2000).map((event) => store.append([event])));
  }
  const query = { limit: 50, types: ['CMNT'], issuer: 'p7.example' };
  const before = [
    await store.list(TENANT, query),
    await store.count(TENANT, {}),
    await store.count(TENANT, { current: false }),
  ];
  expect(before[1]).toBe(COUNT);
  await store.close();

  const quick = await openFileStore(root);
  expect(quick.recovery).toMatchObject({ snapshot: 'used', replayed: 0 });
  expect([
    await quick.list(TENANT, query),
    await quick.count(TENANT, {}),
    await quick.count(TENANT, { current: false }),
  ]).toEqual(before);
  expect((await quick.check()).findings).toEqual([]);
  expect(await quick.rebuild()).toEqual({ records: COUNT, damaged: [] });
  await quick.close();

  const snapshot = join(root, 'index', 'snapshot');
  await rm(snapshot);
  const again = await openFileStore(root);
  expect(again.recovery).toMatchObject({ snapshot: 'absent', replayed: COUNT });
  const after = [
    await again.list(TENANT, query),
    await again.count(TENANT, {}),
    await again.count(TENANT, { current: false }),
  ];
  expect(after).toEqual(before);
  await again.close();
  // A few hundred bytes an action, and none of its content.
  expect((await stat(snapshot)).size / COUNT).toBeLessThan(300);
});

it('reads only the records that it returns', async () => {
  const root = await temporaryHome();
  const store = await openFileStore(root);
  onTestFinished(() => store.close());
  for (let n = 0; n < 500; n += 1) void store.append([action({ c: `${n}`, iat: n, t: n % 2 ? 'POST' : 'MSG' })]);
  await store.append([action({ c: 'last', iat: 1 })]);
  const file = await open('/dev/null');
  await file.close();
  const read = vi.spyOn(Object.getPrototypeOf(file), 'read');
  onTestFinished(() => read.mockRestore());
  const where = vi.fn((row: { createdAt: number }) => row.createdAt % 3 === 0);
  const page = await store.list(TENANT, { limit: 4, types: ['POST'], where });
  expect(page).toMatchObject({ next: { actionId: page.actions[3]?.actionId }, damaged: [] });
  expect(page.actions).toHaveLength(4);
  // One a record, and one of the end of the segment, which tells whether it was compacted, when it is opened.
  expect(read).toHaveBeenCalledTimes(4 + 1);
  // Looks no further than to the one that tells that there is more.
  expect(where.mock.calls.length).toBeLessThan(20);
  await store.count(TENANT, {});
  Array.from(store.rows(TENANT, {}));
  store.row(TENANT, page.actions[0]?.actionId ?? '');
  // One a record, and one of the end of the segment, which tells whether it was compacted, when it is opened.
  expect(read).toHaveBeenCalledTimes(4 + 1);
});
