import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DeliveryQueue } from '../../../src/store/index/delivery-queue.ts';

/** What the queue should be: everything looked at each time. */
class Model {
  /** In the order in which each recipient's are to go. */
  readonly rows: { row: number; person: number; nextAt: number; tried: boolean }[] = [];
  readonly retryAt = new Map<number, number>();

  row(row: number) {
    return this.rows.find((one) => one.row === row);
  }

  insert(row: number, person: number, nextAt: number, tried: boolean): void {
    const before = this.rows.findLastIndex((other) => {
      if (other.person !== person) return false;
      const isEarlier = other.nextAt < nextAt || (other.nextAt === nextAt && other.row < row);
      return isEarlier || (other.row < row && !other.tried);
    });
    this.rows.splice(before + 1, 0, { row, person, nextAt, tried });
  }

  remove(row: number): void {
    this.rows.splice(
      this.rows.findIndex((one) => one.row === row),
      1,
    );
  }

  first(person: number): number | null {
    return this.rows.find((row) => row.person === person)?.nextAt ?? null;
  }

  dueAt(person: number): number {
    return Math.max(this.first(person) ?? Number.POSITIVE_INFINITY, this.retryAt.get(person) ?? 0);
  }

  due(now: number, probes: boolean): number[] {
    return PEOPLE.filter((person) => this.dueAt(person) <= now && this.retryAt.has(person) === probes);
  }
}

const PEOPLE = [0, 1, 2, 3];
const time = fc.nat(50);
const person = fc.constantFrom(...PEOPLE);
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), person, at: time }),
  fc.record({ do: fc.constant('remove' as const), pick: fc.nat(100) }),
  fc.record({ do: fc.constant('move' as const), pick: fc.nat(100), at: time, tried: fc.boolean() }),
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
        nextAt: (row) => model.row(row)?.nextAt ?? 0,
        isUntried: (row) => model.row(row)?.tried === false,
        retryAt: (of) => model.retryAt.get(of) ?? null,
      });
      const pick = (index: number) => model.rows[index % Math.max(1, model.rows.length)];
      for (const each of steps) {
        if (each.do === 'add') {
          model.insert(next, each.person, each.at, false);
          queue.add(next, each.person);
          next += 1;
        } else if (each.do === 'remove') {
          const found = pick(each.pick);
          if (!found) continue;
          model.remove(found.row);
          queue.remove(found.row, found.person);
        } else if (each.do === 'move') {
          const found = pick(each.pick);
          if (!found) continue;
          const { row, person: of } = found;
          model.remove(row);
          model.insert(row, of, each.at, found.tried || each.tried);
          queue.move(row, of);
        } else if (each.do === 'fail') {
          model.retryAt.set(each.person, each.at);
          queue.refresh(each.person);
        } else if (each.do === 'recover') {
          model.retryAt.delete(each.person);
          queue.refresh(each.person);
        } else {
          // Time goes on; what was due and is put off again isn't due any longer.
          now = Math.max(now, each.now);
          for (const probes of [false, true]) {
            const rows = [...queue.due(now, probes)].map((row) => model.row(row));
            expect(rows.map((row) => row?.person).sort()).toEqual(model.due(now, probes));
            for (const row of rows) expect(row?.nextAt).toBe(model.first(row?.person ?? -1));
          }
          const later = PEOPLE.map((of) => model.dueAt(of)).filter((at) => at > now);
          const nextAt = Math.min(...later);
          expect(queue.nextAt(now)).toBe(nextAt === Number.POSITIVE_INFINITY ? null : nextAt);
        }
        expect(queue.size).toBe(model.rows.length);
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
  const queue = new DeliveryQueue({ nextAt: (row) => times.get(row) ?? 0, isUntried: () => true, retryAt: () => null });
  for (const row of times.keys()) queue.add(row, row);
  expect([...queue.due(25, false)]).toEqual([1, 2, 3]);
  expect([...queue.due(30, false)]).toEqual([1, 2, 3, 0]);
});

it('lets nothing go before what was queued earlier and never tried, whatever its time', () => {
  const rows = [
    { nextAt: 30, tried: false },
    { nextAt: 10, tried: false },
  ];
  const queue = new DeliveryQueue({
    nextAt: (row) => rows[row]?.nextAt ?? 0,
    isUntried: (row) => rows[row]?.tried === false,
    retryAt: () => null,
  });
  queue.add(0, 7);
  queue.add(1, 7);
  expect([...queue.due(20, false)]).toEqual([]);
  expect(queue.nextAt(20)).toBe(30);
  // Tried, and to be tried again at the same time: the other doesn't wait for that.
  rows[0] = { nextAt: 30, tried: true };
  queue.move(0, 7);
  expect([...queue.due(20, false)]).toEqual([1]);
});
