import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OrderedRows } from '../../../src/store/index/ordered-rows.ts';

const all = (rows: OrderedRows): number[] => Array.from({ length: rows.length }, (_, place) => rows.at(place));
const expected = (times: number[]): number[] =>
  times.map((_, row) => row).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);

it('is in order of time and arrival, row by row or in bulk, or one after the other', () => {
  const times = fc.array(fc.nat(20), { maxLength: 200 });
  fc.assert(
    fc.property(times, fc.nat(200), (list, switchAt) => {
      for (const bulkBefore of [true, false]) {
        const rows = new OrderedRows((row) => list[row] as number);
        for (const row of list.keys()) {
          rows.bulk = row < switchAt === bulkBefore;
          rows.add(row);
          if (row === switchAt) expect(all(rows)).toEqual(expected(list.slice(0, row + 1)));
        }
        expect(all(rows)).toEqual(expected(list));
      }
    }),
  );
});

it('finds the first place after a time and row', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(10), { maxLength: 60 }),
      fc.nat(11),
      fc.integer({ min: -1, max: 60 }),
      (list, time, row) => {
        const rows = new OrderedRows((at) => list[at] as number);
        for (const at of list.keys()) rows.add(at);
        const before = expected(list).filter((at) => (list[at] as number) < time || (list[at] === time && at <= row));
        expect(rows.indexAfter(time, row)).toBe(before.length);
      },
    ),
  );
});
