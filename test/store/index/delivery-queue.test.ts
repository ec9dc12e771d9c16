import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openMemoryStore } from '../../../src/store/engine/store.ts';
import { DeliveryQueue } from '../../../src/store/index/delivery-queue.ts';
import type { DueCircuit } from '../../../src/store/model/rows.ts';
import { action } from '../../support/store-fixtures.ts';

interface Row {
  person: number;
  nextAt: number;
  queuePlace: number;
}

/** What the queue should be: everything looked at each time. */
class Model {
  readonly rows = new Map<number, Row>();
  readonly retryAt = new Map<number, number>();

  first(person: number): number | null {
    const mine = [...this.rows].filter(([, row]) => row.person === person);
    mine.sort(([one, a], [other, b]) => a.queuePlace - b.queuePlace || one - other);
    return mine[0]?.[1].nextAt ?? null;
  }

  dueAt(person: number): number {
    return Math.max(this.first(person) ?? Number.POSITIVE_INFINITY, this.retryAt.get(person) ?? 0);
  }

  due(now: number, circuit: DueCircuit): number[] {
    return PEOPLE.filter(
      (person) => this.dueAt(person) <= now && this.retryAt.has(person) === (circuit === 'half-open'),
    );
  }
}

const PEOPLE = [0, 1, 2, 3];
const time = fc.nat(50);
const person = fc.constantFrom(...PEOPLE);
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), person, at: time, queuePlace: time }),
  fc.record({ do: fc.constant('remove' as const), pick: fc.nat(100) }),
  fc.record({ do: fc.constant('move' as const), pick: fc.nat(100), at: time, queuePlace: time }),
  fc.record({ do: fc.constant('fail' as const), person, at: time }),
  fc.record({ do: fc.constant('recover' as const), person }),
  fc.record({ do: fc.constant('look' as const), now: time }),
);

it('says who is due as a look at everything would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Model();
      let now = 0;
      let next = 0;
      const queue = new DeliveryQueue({
        nextAt: (row) => model.rows.get(row)?.nextAt ?? 0,
        queuePlace: (row) => model.rows.get(row)?.queuePlace ?? 0,
        retryAt: (of) => model.retryAt.get(of) ?? null,
      });
      const pick = (index: number) => [...model.rows][index % Math.max(1, model.rows.size)];
      for (const each of steps) {
        if (each.do === 'add') {
          model.rows.set(next, { person: each.person, nextAt: each.at, queuePlace: each.queuePlace });
          queue.add(next, each.person);
          next += 1;
        } else if (each.do === 'remove') {
          const [row, { person: of }] = pick(each.pick) ?? [-1, { person: -1 }];
          if (row < 0) continue;
          model.rows.delete(row);
          queue.remove(row, of);
        } else if (each.do === 'move') {
          const [row, found] = pick(each.pick) ?? [-1, null];
          if (!found) continue;
          found.nextAt = each.at;
          found.queuePlace = each.queuePlace;
          queue.move(row, found.person);
        } else if (each.do === 'fail') {
          model.retryAt.set(each.person, each.at);
          queue.refresh(each.person);
        } else if (each.do === 'recover') {
          model.retryAt.delete(each.person);
          queue.refresh(each.person);
        } else {
          // Time goes on; what was due and is put off again isn't due any longer.
          now = Math.max(now, each.now);
          for (const circuit of ['closed', 'half-open'] as const) {
            const rows = [...queue.due(now, circuit)].map((row) => model.rows.get(row));
            expect(rows.map((row) => row?.person).sort()).toEqual(model.due(now, circuit));
            for (const row of rows) expect(row?.nextAt).toBe(model.first(row?.person ?? -1));
          }
          const later = PEOPLE.map((of) => model.dueAt(of)).filter((at) => at > now);
          const nextAt = Math.min(...later);
          expect(queue.nextAt(now)).toBe(nextAt === Number.POSITIVE_INFINITY ? null : nextAt);
        }
        expect(queue.size).toBe(model.rows.size);
      }
    }),
    { numRuns: 1000 },
  );
});

it('gives those that have become due in that order', () => {
  const times = new Map([
    [0, 30],
    [1, 10],
    [2, 20],
    [3, 20],
  ]);
  const nextAt = (row: number) => times.get(row) ?? 0;
  const queue = new DeliveryQueue({ nextAt, queuePlace: nextAt, retryAt: () => null });
  for (const row of times.keys()) queue.add(row, row);
  expect([...queue.due(25, 'closed')]).toEqual([1, 2, 3]);
  expect([...queue.due(30, 'closed')]).toEqual([1, 2, 3, 0]);
});

it('lets nothing go before what has an earlier queue place, also where that has to wait longer', () => {
  const rows = [
    { nextAt: 30, queuePlace: 1 },
    { nextAt: 10, queuePlace: 2 },
  ];
  const queue = new DeliveryQueue({
    nextAt: (row) => rows[row]?.nextAt ?? 0,
    queuePlace: (row) => rows[row]?.queuePlace ?? 0,
    retryAt: () => null,
  });
  queue.add(0, 7);
  queue.add(1, 7);
  expect([...queue.due(20, 'closed')]).toEqual([]);
  expect(queue.nextAt(20)).toBe(30);
  expect([...queue.due(30, 'closed')]).toEqual([0]);
  rows[0] = { nextAt: 30, queuePlace: 30 };
  queue.move(0, 7);
  expect([...queue.due(20, 'closed')]).toEqual([1]);
});

it('keeps the queue place of a delivery and the time at which it is due apart', async () => {
  const store = openMemoryStore();
  const tenant = 'alice.test';
  const [first, second] = [action({ c: 'first' }), action({ c: 'second' })];
  const made = { tenant, to: 'bob.test', nextAt: 10, at: 10 };
  await store.append([{ ...made, kind: 'deliveries', actionId: first.actionId, to: [made.to] }]);
  await store.append([{ ...made, kind: 'deliveries', actionId: second.actionId, to: [made.to], nextAt: 20, at: 20 }]);
  const due = (now: number) => Array.from(store.dueDeliveries(tenant, now), ({ actionId }) => actionId);
  const tried = { ...made, kind: 'delivery', actionId: first.actionId, state: 'queued', attempts: 1, at: 30 } as const;
  // It waits, and what comes after it waits with it.
  await store.append([{ ...tried, nextAt: 100, queuePlace: 10 }]);
  expect(due(50)).toEqual([]);
  expect(due(100)).toEqual([first.actionId]);
  // It waits, and what comes after it goes first.
  await store.append([{ ...tried, attempts: 2, nextAt: 200, queuePlace: 200 }]);
  expect(due(150)).toEqual([second.actionId]);
  // It is due, and goes last all the same.
  await store.append([{ ...tried, attempts: 3, nextAt: 0, queuePlace: 200 }]);
  expect(due(150)).toEqual([second.actionId]);
  // As earlier versions wrote it: the one stands for the other.
  await store.append([{ ...tried, attempts: 4, nextAt: 15 }]);
  expect(due(150)).toEqual([first.actionId]);
});
